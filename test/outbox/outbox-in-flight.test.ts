import { describe, expect, test } from 'vitest';
import { scriptedOutbox } from '../fakes/scripted-outbox';
import { accept, retryable } from '../fakes/scripted-publisher';

describe('A5: of a hundred channels that share 32 places', () => {
  test.each(['discard', 'abort', 'expire'])(
    'none is forgotten when 40 that wait are gone: %s',
    async (how) => {
      const { clock, server, outbox, outcome } = scriptedOutbox();
      const controllers: AbortController[] = [];
      for (let index = 0; index < 100; index += 1) {
        const controller = new AbortController();
        controllers.push(controller);
        const waits = index >= 32 && index < 72;
        const options = how === 'expire' && waits ? { expiresIn: 300 } : { signal: controller.signal };
        void outcome(index, `room-${index}`, options);
      }
      await clock.advance(10);
      expect(server.offers).toHaveLength(32);
      if (how === 'discard') for (const { id } of outbox.pending.get().slice(32, 72)) outbox.discard(id);
      if (how === 'abort') for (const controller of controllers.slice(32, 72)) controller.abort();
      await clock.advance(500);
      server.rule = accept;
      for (const { answer } of server.offers) answer.resolve({ level: 'accepted' });
      await clock.advance(10);
      expect(server.offers).toHaveLength(60);
      expect(outbox.pending.get()).toEqual([]);
    },
  );
});

describe('H8: the pace of the server route', () => {
  test('is so many requests a second, and everything that waited is told', async () => {
    let waits = 0;
    const { clock, server, outcome } = scriptedOutbox({
      pace: {
        requestsPerSecond: 10,
        onWait: () => {
          waits += 1;
        },
      },
    });
    server.rule = accept;
    const begun = clock.now();
    const times: number[] = [];
    const ends = Array.from({ length: 35 }, (_, n) =>
      outcome(n, `room-${n % 7}`).then(() => times.push(clock.now() - begun)),
    );
    await clock.advance(5_000);
    await Promise.all(ends);
    for (const from of [0, 500, 1_000, 1_500, 2_000])
      expect(times.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(10);
    expect(Math.max(...times)).toBeLessThanOrEqual(4_000);
    expect(waits).toBeGreaterThan(0);
    expect(clock.waiting).toBe(0);
  });
});

describe('many channels at once', () => {
  test('send 32 messages at the same time; the next goes when one of them is done, whatever came of it', async () => {
    const { server, publish, outbox, clock } = scriptedOutbox();
    const all = Array.from({ length: 100 }, (_, index) => publish(index, { channel: `c${index}` }));
    await clock.settle();
    expect(server.offers).toHaveLength(32);
    server.offers[0]?.answer.resolve({ level: 'accepted' });
    server.offers[1]?.answer.reject(retryable());
    await clock.settle();
    expect(server.offers).toHaveLength(34);
    outbox.discard(outbox.pending.get()[1]?.id ?? '');
    await clock.settle();
    expect(server.offers).toHaveLength(35);
    server.rule = accept;
    for (const { answer } of server.offers) answer.resolve({ level: 'accepted' });
    await clock.advance(1_000);
    expect(outbox.pending.get()).toEqual([]);
    expect(all.filter(({ end }) => end === undefined)).toEqual([]);
  });

  test('flush waits for those that were held back', async () => {
    const { server, publish, outbox, clock } = scriptedOutbox();
    for (let index = 0; index < 40; index += 1) publish(index, { channel: `c${index}` });
    await clock.settle();
    let flushed = false;
    void outbox.flush().then(() => {
      flushed = true;
    });
    for (const { answer } of server.offers) answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect([server.offers.length, flushed]).toEqual([40, false]);
    for (const { answer } of server.offers) answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(flushed).toBe(true);
  });

  test('do not hold back messages to peers, which make no request', async () => {
    const { server, peer, publish, outbox, clock } = scriptedOutbox();
    for (let index = 0; index < 40; index += 1) {
      outbox.setConfirmed(`c${index}`, true);
      publish(index, { channel: `c${index}`, route: 'peer' });
      publish(index, { channel: `c${index}` });
    }
    await clock.settle();
    expect([server.offers.length, peer.offers.length]).toEqual([32, 40]);
  });
});
