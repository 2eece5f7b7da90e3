import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Gap, type RealtimeError, type RealtimeMessage, recoverFromHistory } from '../../src/index';
import { createTestClient, type TestClient } from '../../src/testing/index';

interface Channels {
  [name: `news-${string}`]: { headline: { text: string } };
}

// Jitter draws from it: a client that is back in no time misses nothing.
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

const ends: (() => unknown)[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0)) end();
});

interface Story extends TestClient<Channels> {
  readonly heard: string[];
  readonly gaps: Gap[];
  readonly errors: RealtimeError[];
}

async function story(options: Parameters<typeof createTestClient<Channels>>[0] = {}): Promise<Story> {
  const made = createTestClient<Channels>(options);
  const heard: string[] = [];
  const gaps: Gap[] = [];
  const errors: RealtimeError[] = [];
  const note = ({ text }: { text: string }, { recovered }: RealtimeMessage): void => {
    heard.push(recovered === true ? `${text} (recovered)` : text);
  };
  made.client.on('gap', (gap) => gaps.push(gap));
  made.client.on('error', (error) => errors.push(error));
  made.client.channel('news-today').on('headline', note);
  ends.push(() => made.client.destroy());
  await made.clock.advance(100);
  return { ...made, heard, gaps, errors };
}

const recover = recoverFromHistory({ endpoint: 'http://surewire.test/realtime/history' });

describe('missed messages', () => {
  test('a cut is told once it is over, with its bounds and the last id seen', async () => {
    const { server, clock, heard, gaps } = await story();
    server.trigger('news-today', 'headline', { text: 'before' }, { id: 'm-1' });
    await clock.advance(1_000);
    const cutAt = clock.now();
    server.drop();
    await clock.advance(0);
    server.trigger('news-today', 'headline', { text: 'lost' }, { id: 'm-2' });
    expect(gaps).toEqual([]);
    await clock.advance(20_000);
    expect(heard).toEqual(['before']);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ channel: 'news-today', lastId: 'm-1' });
    expect(gaps[0]?.from).toBeLessThanOrEqual(cutAt);
    expect(gaps[0]?.to).toBeGreaterThan(cutAt);
  });

  test('the history fills it: missed ones first, live ones behind, nothing twice', async () => {
    const { server, clock, heard, errors, client } = await story({ recover });
    server.trigger('news-today', 'headline', { text: 'before' }, { id: 'm-1' });
    await clock.advance(100);
    server.drop();
    await clock.advance(0);
    server.trigger('news-today', 'headline', { text: 'missed 1' }, { id: 'm-2' });
    server.trigger('news-today', 'headline', { text: 'missed 2' }, { id: 'm-3' });
    await clock.advance(20_000);
    server.trigger('news-today', 'headline', { text: 'after' }, { id: 'm-4' });
    await clock.advance(100);
    expect(errors).toEqual([]);
    expect(heard).toEqual(['before', 'missed 1 (recovered)', 'missed 2 (recovered)', 'after']);
    expect(client.statistics.get()).toMatchObject({ gaps: 1, duplicates: 0, reconnects: 1 });
  });

  test('a history that does not reach back says so, and gives what it has', async () => {
    const { server, clock, heard, errors } = await story({
      recover,
      server: { apps: [{ limits: { history: 1 } }] },
    });
    server.trigger('news-today', 'headline', { text: 'before' }, { id: 'm-1' });
    await clock.advance(100);
    server.drop();
    await clock.advance(0);
    server.trigger('news-today', 'headline', { text: 'gone' }, { id: 'm-2' });
    server.trigger('news-today', 'headline', { text: 'kept' }, { id: 'm-3' });
    await clock.advance(20_000);
    expect(heard).toEqual(['before', 'kept (recovered)']);
    expect(errors.filter(({ code }) => code === 'recovery')).toHaveLength(1);
  });

  test('a history that is down is reported, and live messages go on', async () => {
    const { server, clock, heard, errors } = await story({ recover });
    server.rejectHistory(503);
    server.drop();
    await clock.advance(20_000);
    server.trigger('news-today', 'headline', { text: 'live' });
    await clock.advance(0);
    expect(heard).toEqual(['live']);
    expect(errors).toMatchObject([{ code: 'recovery', status: 503, retryable: true }]);
  });

  test('ids in the payload do as well', async () => {
    const { server, clock, client } = await story({
      messageId: (data) => (data as { text: string }).text,
    });
    const frame = JSON.stringify({ event: 'headline', channel: 'news-today', data: '{"text":"same"}' });
    for (const connection of server.connections) {
      connection.send(frame);
      connection.send(frame);
    }
    await clock.advance(100);
    expect(client.statistics.get()).toMatchObject({ received: 2, duplicates: 1 });
  });

  test('a channel that nobody held when the cut came has no gap', async () => {
    const { server, clock, client, gaps } = await story();
    const release = client.channel('news-yesterday').hold();
    await clock.advance(100);
    release();
    await clock.advance(2_000);
    server.drop();
    await clock.advance(20_000);
    expect(gaps.map(({ channel }) => channel)).toEqual(['news-today']);
  });
});
