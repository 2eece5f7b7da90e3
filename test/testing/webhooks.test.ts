import { describe, expect, test } from 'vitest';
import { hmacSha256Hex } from '../../src/testing/cryptography';
import {
  createManualClock,
  createTestServer,
  type ManualClock,
  type TestServer,
  type WebhookTarget,
} from '../../src/testing/index';
import { signChannel } from '../../src/testing/signatures';
import { RawClient } from './raw-client';

interface Delivery {
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
}

function start(
  target: WebhookTarget,
  answers: number[] = [],
): { server: TestServer; clock: ManualClock; deliveries: Delivery[] } {
  const clock = createManualClock();
  const deliveries: Delivery[] = [];
  const server = createTestServer({
    clock,
    apps: [{ webhooks: [target], subscriptionCount: true }],
    webhookFetch: async (input, init) => {
      deliveries.push({ url: String(input), headers: new Headers(init?.headers), body: String(init?.body) });
      return new Response(null, { status: answers.shift() ?? 200 });
    },
  });
  return { server, clock, deliveries };
}

const url = 'https://backend.test/pusher/webhook';
const names = (server: TestServer): string[] =>
  server.webhooks.flatMap(({ events }) => events.map(({ name }) => name));
const connect = (server: TestServer): Promise<RawClient> => new RawClient(server.connect()).established();
const join = (client: RawClient, userId: string): Promise<unknown> => {
  const channel_data = JSON.stringify({ user_id: userId });
  const credentials = { key: 'app-key', secret: 'app-secret' };
  const auth = signChannel(credentials, client.socketId, 'presence-a', channel_data);
  return client.subscribe('presence-a', { auth, channel_data });
};

describe('webhooks', () => {
  test('are signed over the raw body', async () => {
    const { server, clock, deliveries } = start({ url, events: ['channel_occupied'] });
    await (await connect(server)).subscribe('open');
    await clock.settle();
    const [delivery] = deliveries;
    expect(JSON.parse(delivery?.body ?? '')).toEqual({
      time_ms: clock.now(),
      events: [{ name: 'channel_occupied', channel: 'open' }],
    });
    expect(delivery?.url).toBe(url);
    expect(delivery?.headers.get('x-pusher-key')).toBe('app-key');
    expect(delivery?.headers.get('x-pusher-signature')).toBe(
      hmacSha256Hex('app-secret', delivery?.body ?? ''),
    );
    expect(server.webhooks).toMatchObject([{ state: 'delivered', attempts: 1 }]);
  });

  test('tell of presence, client events, caches and counts, one request each', async () => {
    const { server, clock } = start({ leaveDelay: 0 });
    const [one, two] = [await connect(server), await connect(server)];
    await join(one, 'u');
    await join(two, 'u');
    one.send('client-wave', { hand: 'left' }, 'presence-a');
    await one.subscribe('cache-a');
    await one.settled();
    one.close();
    two.close();
    await clock.advance(0);
    expect(server.webhooks.flatMap(({ events }) => events)).toEqual([
      { name: 'channel_occupied', channel: 'presence-a' },
      { name: 'member_added', channel: 'presence-a', user_id: 'u' },
      {
        name: 'client_event',
        channel: 'presence-a',
        event: 'client-wave',
        data: '{"hand":"left"}',
        socket_id: one.socketId,
        user_id: 'u',
      },
      { name: 'channel_occupied', channel: 'cache-a' },
      { name: 'cache_miss', channel: 'cache-a' },
      { name: 'subscription_count', channel: 'cache-a', subscription_count: 1 },
      { name: 'subscription_count', channel: 'cache-a', subscription_count: 0 },
      { name: 'channel_vacated', channel: 'cache-a' },
      { name: 'member_removed', channel: 'presence-a', user_id: 'u' },
      { name: 'channel_vacated', channel: 'presence-a' },
    ]);
    expect(server.webhooks.every(({ state }) => state === 'recorded')).toBe(true);
  });

  test('a reload within three seconds is no news', async () => {
    const { server, clock } = start({
      events: ['channel_occupied', 'channel_vacated', 'member_added', 'member_removed'],
    });
    const before = await connect(server);
    await join(before, 'u');
    before.close();
    await clock.advance(2_900);
    const after = await connect(server);
    await join(after, 'u');
    await clock.advance(10_000);
    expect(names(server)).toEqual(['channel_occupied', 'member_added']);
    after.close();
    await clock.advance(3_000);
    expect(names(server).slice(2).sort()).toEqual(['channel_vacated', 'member_removed']);
  });

  test('a reload is no news either for a receiver that only wants arrivals', async () => {
    const { server, clock } = start({ events: ['channel_occupied'] });
    const before = await connect(server);
    await before.subscribe('open');
    before.close();
    await clock.advance(1_000);
    await (await connect(server)).subscribe('open');
    await clock.advance(10_000);
    expect(names(server)).toEqual(['channel_occupied']);
  });

  test('can be gathered into batches', async () => {
    const { server, clock, deliveries } = start({ url, batch: 500, events: ['channel_occupied'] });
    const client = await connect(server);
    for (const channel of ['a', 'b', 'c']) await client.subscribe(channel);
    expect(deliveries).toEqual([]);
    await clock.advance(500);
    expect(deliveries).toHaveLength(1);
    expect(server.webhooks[0]?.events.map(({ channel }) => channel)).toEqual(['a', 'b', 'c']);
  });

  test('are sent again with growing pauses until they are taken', async () => {
    const { server, clock, deliveries } = start({ url, events: ['channel_occupied'] }, [500, 404, 200]);
    await (await connect(server)).subscribe('open');
    await clock.advance(999);
    expect(deliveries).toHaveLength(1);
    await clock.advance(1);
    expect(deliveries).toHaveLength(2);
    await clock.advance(2_000);
    expect(server.webhooks).toMatchObject([{ state: 'delivered', attempts: 3 }]);
  });

  test('are given up after five minutes', async () => {
    const { server, clock } = start({ url, events: ['channel_occupied'] }, Array(20).fill(503));
    await (await connect(server)).subscribe('open');
    await clock.advance(300_000);
    expect(server.webhooks).toMatchObject([{ state: 'given-up', attempts: 9 }]);
    await server.stop();
    await clock.settle();
    expect(clock.pending).toBe(0);
  });
});
