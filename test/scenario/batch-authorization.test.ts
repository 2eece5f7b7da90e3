import { describe, expect, it } from 'vitest';
import { backendAuth, batches, RealtimeClient } from '../../src/index';
import { createManualClock, createTestServer, type TestServerOptions } from '../../src/testing/index';

/** A client that authorizes in batches and holds so many private channels. */
function batching(count: number, options: TestServerOptions = {}) {
  const clock = createManualClock();
  const server = createTestServer({ ids: 'sequential', ...options, clock });
  const client = new RealtimeClient({
    ...server.options,
    auth: backendAuth({
      endpoint: server.endpoints.auth,
      token: () => server.issueToken(),
      batch: batches(),
    }),
  });
  const errors: string[] = [];
  const logs: string[] = [];
  client.on('error', ({ message }) => errors.push(message));
  client.on('log', ({ message }) => logs.push(message));
  const channels = Array.from({ length: count }, (_, id) => client.channel(`private-class-${id}`));
  for (const channel of channels) channel.hold();
  /** How many channels each request so far was about. */
  const sizes = () =>
    server.requests
      .filter(({ path }) => path === '/pusher/auth')
      .map(({ body }) => (body as { readonly channel_names?: readonly string[] }).channel_names?.length ?? 1);
  const states = () => channels.map(({ subscription }) => subscription.get().state);
  return { clock, server, client, errors, logs, sizes, states };
}

describe('channels authorized in batches', () => {
  it('are forty in one request, and in one more after a reconnect', async () => {
    const { clock, server, errors, sizes } = batching(40);
    await clock.advance(1_000);
    expect(server.connections[0]?.channels).toHaveLength(40);
    expect(sizes()).toEqual([40]);
    server.drop();
    await clock.advance(10_000);
    expect(server.connections[0]?.channels).toHaveLength(40);
    expect(sizes()).toEqual([40, 40]);
    expect(errors.filter((message) => !message.includes('connection'))).toEqual([]);
  });

  it('come back although the first batch fails, and one no is no answer to the others', async () => {
    const { clock, server, sizes, states } = batching(12, {
      authorize: ({ channel }) => channel !== 'private-class-7',
    });
    server.rejectAuth(503, 1);
    await clock.advance(60_000);
    expect(states().filter((state) => state === 'refused')).toHaveLength(1);
    expect(states()[7]).toBe('refused');
    expect(server.connections[0]?.channels).toHaveLength(11);
    expect(sizes()[0]).toBe(12);
    expect(sizes().length).toBeLessThanOrEqual(13);
  });

  it('are asked for six at a time, one by one, where the backend knows no batches', async () => {
    const { clock, server, logs, sizes } = batching(40, { batch: false });
    server.delay(50);
    await clock.advance(10_000);
    expect(server.connections[0]?.channels).toHaveLength(40);
    expect(sizes()).toEqual([40, ...Array(40).fill(1)]);
    const times = server.requests.slice(1).map(({ receivedAt }) => receivedAt);
    const most = Math.max(...times.map((time) => times.filter((other) => other === time).length));
    expect(most).toBe(6);
    expect(logs.filter((line) => line.includes('one by one'))).toHaveLength(1);
  });
});
