import { applyMiddleware, combineReducers, legacy_createStore as createStore, type Middleware } from 'redux';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Acknowledgement, UntypedChannels } from '../../src/index';
import { createHandedToken, oldActionTypes, translateOldActions } from '../../src/legacy/index';
import {
  createRealtimeMiddleware,
  createRealtimeReducer,
  type RealtimeMiddleware,
  realtimeActions,
} from '../../src/redux/index';
import { createTestClient, type TestClient } from '../../src/testing/index';

let kit: TestClient<UntypedChannels>;
let realtime: RealtimeMiddleware;
let seen: string[];

beforeEach(() => {
  kit = createTestClient<UntypedChannels>();
  realtime = createRealtimeMiddleware(kit.client, { clock: kit.clock, statistics: false });
  seen = [];
});

afterEach(() => {
  realtime.stop();
  kit.client.destroy();
});

/** A store whose old reducers see every action. */
function start(options: Parameters<typeof translateOldActions>[0] = {}) {
  const old: Middleware = translateOldActions(options);
  return createStore(
    combineReducers({
      realtime: createRealtimeReducer<UntypedChannels>(),
      seen: (_: null = null, { type }: { readonly type: string }) => {
        seen.push(type);
        return null;
      },
    }),
    applyMiddleware(old, realtime.middleware),
  );
}

describe('old actions', () => {
  it('have counterparts that surewire/redux knows', () => {
    const types = Object.values(realtimeActions).map(({ type }) => type as string);
    for (const todays of Object.values(oldActionTypes)) expect(types).toContain(todays);
  });

  it('connect, subscribe, send, unsubscribe and disconnect', async () => {
    const store = start();
    store.dispatch({ type: 'websocket/connect' });
    store.dispatch({ type: 'websocket/subscribe', payload: { channel: 'a' } });
    await kit.clock.settle();
    expect(store.getState().realtime.status.state).toBe('connected');
    const sent: unknown = store.dispatch({
      type: 'websocket/send',
      payload: { channel: 'a', type: 'tick', payload: { count: 1 }, awaitAcknowledgment: true },
    });
    await kit.clock.advance(100);
    expect(((await sent) as Acknowledgement).level).toBe('accepted');
    expect(store.getState().realtime.channels['a']?.messages).toMatchObject([
      { event: 'tick', data: { count: 1 } },
    ]);
    store.dispatch({ type: 'websocket/unsubscribe', payload: { channel: 'a' } });
    expect(store.getState().realtime.channels).toEqual({});
    store.dispatch({ type: 'websocket/disconnect' });
    expect(store.getState().realtime.status.state).toBe('idle');
  });

  it('reach the reducers as they were, before their counterparts', () => {
    const store = start();
    seen.length = 0;
    store.dispatch({ type: 'websocket/subscribe', payload: 'a' });
    expect(seen.filter((type) => !type.includes('Changed'))).toEqual([
      'websocket/subscribe',
      'realtime/subscribe',
    ]);
  });

  it.each([
    { type: 'tick', payload: 1 },
    { type: 'tick', data: 1 },
    { event: 'tick', data: 1 },
    { event: 'tick', payload: 1, awaitAcknowledgment: false },
  ])('send %j, as senders in the field write it', async (payload) => {
    const store = start({ channel: 'a' });
    store.dispatch({ type: 'websocket/send', payload });
    await kit.clock.settle();
    expect(kit.server.requests.at(-1)?.body).toMatchObject({ channel: 'a', event: 'tick', data: 1 });
  });

  it('name one channel or several, in each of the three ways', () => {
    const store = start();
    for (const payload of ['a', { channel: 'b' }, { channels: ['c', 'd'] }]) {
      store.dispatch({ type: 'websocket/subscribe', payload });
    }
    expect(Object.keys(store.getState().realtime.channels)).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each([
    { type: 'websocket/send', payload: { type: 'tick' } },
    { type: 'websocket/send', payload: { channel: 'a' } },
    { type: 'websocket/send' },
    { type: 'websocket/subscribe' },
    { type: 'websocket/subscribe', payload: { channels: [1] } },
  ])('that say too little throw: %j', (action) => {
    const store = start();
    seen.length = 0;
    expect(() => store.dispatch(action)).toThrow(/needs/);
    expect(seen).toEqual([]);
  });

  it.each([['a-token'], [{ token: 'a-token' }]])('hand the token of a connect over: %j', async (payload) => {
    const token = createHandedToken();
    start({ token }).dispatch({ type: 'websocket/connect', payload });
    const { signal } = new AbortController();
    expect(await token.source({ reason: 'missing', signal })).toBe('a-token');
  });

  it('are five: everything else passes untouched', () => {
    const store = start();
    seen.length = 0;
    const action = { type: 'websocket/toString' };
    expect(store.dispatch(action)).toBe(action);
    expect(store.dispatch({ type: 'toString' }).type).toBe('toString');
    expect(seen.filter((type) => !type.startsWith('realtime/'))).toEqual(['websocket/toString', 'toString']);
  });
});
