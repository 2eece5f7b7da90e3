import { expect, test, vi } from 'vitest';
import { pusherOf } from '../../src/pusher/index';
import { HandNetwork } from '../fakes/hand-network';
import { face, port } from './face';

/** Everything that a connection tells, as one list. */
function listen(pusher: ReturnType<typeof face>['pusher']): unknown[] {
  const heard: unknown[] = [];
  pusher.connection.bind_global((event: string, data: unknown) =>
    heard.push(data === undefined ? event : [event, data]),
  );
  return heard;
}

const change = (previous: string, current: string) => ['state_change', { previous, current }];

test('a client that nobody connected is initialized, and the first subscription connects it', async () => {
  const { pusher, clock } = face();
  const heard = listen(pusher);
  expect(pusher.connection.state).toBe('initialized');
  pusher.subscribe('news');
  await clock.settle();
  expect(heard).toEqual([
    change('initialized', 'connecting'),
    'connecting',
    change('connecting', 'connected'),
    ['connected', { socket_id: pusher.connection.socket_id }],
  ]);
  expect(pusher.connection.socket_id).toMatch(/^\d+\.\d+$/);
});

test('a lost connection is not called connected for another second, and has no socket id', async () => {
  const { pusher, server, clock } = face();
  pusher.connect();
  await clock.settle();
  const heard = listen(pusher);
  server.drop();
  await clock.settle();
  expect([pusher.connection.state, pusher.connection.socket_id]).toEqual(['connecting', undefined]);
  await clock.advance(8_000);
  expect(pusher.connection.state).toBe('connected');
  expect(heard.filter((each) => Array.isArray(each) && each[0] === 'state_change')).toEqual([
    change('connected', 'connecting'),
    change('connecting', 'connected'),
  ]);
});

test('the wait before a dial is told in whole seconds', async () => {
  const { client, pusher, server, clock } = face();
  pusher.connect();
  await clock.settle();
  const waits: number[] = [];
  const expected: number[] = [];
  pusher.connection.bind('connecting_in', (seconds: number) => {
    waits.push(seconds);
    expected.push(Math.max(1, Math.round(((client.status.get().retryAt ?? 0) - clock.now()) / 1_000)));
  });
  const stop = server.refuse('tcp');
  server.drop();
  await clock.advance(20_000);
  stop();
  expect(waits.length).toBeGreaterThan(1);
  expect(waits).toEqual(expected);
});

test('after ten seconds without a connection it is unavailable, and stays so until there is one', async () => {
  const { pusher, server, clock } = face();
  const heard = listen(pusher);
  const stop = server.refuse('tcp');
  pusher.connect();
  await clock.advance(9_999);
  expect(pusher.connection.state).toBe('connecting');
  await clock.advance(1);
  expect(pusher.connection.state).toBe('unavailable');
  await clock.advance(60_000);
  expect(pusher.connection.state).toBe('unavailable');
  stop();
  await clock.advance(31_000);
  expect(pusher.connection.state).toBe('connected');
  expect(heard.filter((each) => typeof each === 'string')).toEqual(['connecting', 'unavailable']);
});

test('how long that takes can be said', async () => {
  const { client, server, clock } = face();
  server.refuse('tcp');
  const pusher = pusherOf(client, { clock, unavailableTimeout: 500 });
  pusher.connect();
  await clock.advance(500);
  expect(pusher.connection.state).toBe('unavailable');
});

test.each([Number.NaN, -1, 'soon', {}])(
  'a patience of %s is none: the usual ten seconds count',
  async (unavailableTimeout) => {
    const { client, clock, server } = face();
    const pusher = pusherOf(client, { clock, unavailableTimeout: unavailableTimeout as never });
    server.refuse();
    pusher.connect();
    await clock.advance(9_000);
    expect(pusher.connection.state).toBe('connecting');
    await clock.advance(2_000);
    expect(pusher.connection.state).toBe('unavailable');
  },
);

test('without a network it is unavailable at once, and connected again if the link has outlived that', async () => {
  const network = new HandNetwork();
  const { pusher, server, clock } = face({ network });
  pusher.connect();
  await clock.settle();
  network.say('offline');
  expect(pusher.connection.state).toBe('unavailable');
  network.say('online');
  expect(pusher.connection.state).toBe('connected');
  network.say('offline');
  server.drop();
  await clock.settle();
  expect(pusher.connection.state).toBe('unavailable');
  network.say('online');
  expect(pusher.connection.state).toBe('connecting');
  await clock.advance(1_000);
  expect(pusher.connection.state).toBe('connected');
});

test('disconnect is final until connect, and channels come back with it', async () => {
  const { pusher, clock } = face();
  const channel = pusher.subscribe('news');
  await clock.settle();
  const heard = listen(pusher);
  pusher.disconnect();
  expect(pusher.connection.state).toBe('disconnected');
  pusher.subscribe('more-news');
  await clock.advance(60_000);
  expect([pusher.connection.state, channel.subscribed]).toEqual(['disconnected', false]);
  pusher.connect();
  await clock.settle();
  expect([pusher.connection.state, channel.subscribed]).toEqual(['connected', true]);
  expect(heard.filter((each) => typeof each === 'string')).toEqual(['disconnected', 'connecting']);
});

test('disconnect before any connect is told, too', () => {
  const { pusher } = face();
  pusher.disconnect();
  expect(pusher.connection.state).toBe('disconnected');
});

test('a callback that hangs up while it hears of the connection is the last that hears of it', async () => {
  const { pusher, clock } = face();
  const states: string[] = [];
  pusher.connection.bind('connected', () => states.push('connected'));
  pusher.connection.bind('state_change', ({ current }: { current: string }) => {
    if (current === 'connected') pusher.disconnect();
  });
  pusher.connect();
  await clock.advance(10_000);
  expect([states, pusher.connection.state]).toEqual([[], 'disconnected']);
});

test('a server that refuses the key fails, with its code where either kind of code looks for it', async () => {
  const { pusher, server, clock } = face();
  const codes: unknown[] = [];
  type Told = { type: string; data: { code: number }; error: { data: { code: number } } };
  pusher.connection.bind('error', ({ type, data, error }: Told) =>
    codes.push(type, data.code, error.data.code),
  );
  server.refuse(4001);
  pusher.connect();
  await clock.settle();
  expect([pusher.connection.state, codes]).toEqual(['failed', ['PusherError', 4001, 4001]]);
});

test('what a callback throws is told, and keeps no other callback from its event', async () => {
  const { client, pusher, clock } = face();
  const heard: string[] = [];
  const told: unknown[] = [];
  client.on('error', ({ code, cause }) => told.push([code, (cause as Error).message]));
  pusher.connection.bind('state_change', () => {
    throw new Error('of mine');
  });
  pusher.connection.bind('state_change', () => heard.push('state_change'));
  pusher.connection.bind('connecting', () => heard.push('connecting'));
  pusher.connect();
  expect(heard).toEqual(['state_change', 'connecting']);
  expect(told).toEqual([['listener', 'of mine']]);
  await clock.settle();
});

test('errors of channels and of callbacks are not errors of the connection', async () => {
  const { client, pusher, clock } = face({ server: { authorize: () => false } });
  const codes: unknown[] = [];
  client.on('error', ({ code }) => codes.push(code));
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  let told = 0;
  pusher.connection.bind('error', () => {
    told += 1;
  });
  pusher.subscribe('private-plugin-7');
  pusher.connection.bind('connected', () => {
    throw new Error('of mine');
  });
  await clock.settle();
  expect([codes, told, log.mock.calls.length]).toEqual([['listener', 'subscription'], 0, 2]);
  log.mockRestore();
});

test('an error that unbinds its own callback was told, and is not on the console', async () => {
  const { pusher, server, clock } = face();
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  pusher.connection.bind('error', () => pusher.connection.unbind('error'));
  server.refuse(4001);
  pusher.connect();
  await clock.settle();
  expect([pusher.connection.state, log.mock.calls]).toEqual(['failed', []]);
  log.mockRestore();
});

test('the constructor connects, and the state says so in the same turn', async () => {
  const { connect } = await port();
  const pusher = connect();
  expect(pusher.connection.state).toBe('connecting');
  await expect.poll(() => pusher.connection.state).toBe('connected');
  pusher.disconnect();
});
