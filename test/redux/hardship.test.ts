// Stores whose state begins anew, whose subscribers throw, and whose callers have no types.
import { combineSlices, configureStore } from '@reduxjs/toolkit';
import {
  applyMiddleware,
  combineReducers,
  legacy_createStore as createStore,
  type Reducer,
  type UnknownAction,
} from 'redux';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError, type UntypedChannels } from '../../src/index';
import {
  realtimeActions as actions,
  createRealtimeMiddleware,
  createRealtimeReducer,
  type RealtimeMiddleware,
  type RealtimeState,
  realtimeReducer,
} from '../../src/redux/index';
import { createTestClient, type TestClient } from '../../src/testing/index';

let kit: TestClient<UntypedChannels>;
let bridge: RealtimeMiddleware;

beforeEach(() => {
  kit = createTestClient<UntypedChannels>();
  bridge = createRealtimeMiddleware(kit.client, { clock: kit.clock });
});

afterEach(() => {
  bridge.stop();
  kit.client.destroy();
  vi.restoreAllMocks();
});

interface Root {
  readonly realtime: RealtimeState<UntypedChannels>;
}

const all: Reducer<Root> = combineReducers({ realtime: realtimeReducer as Reducer<Root['realtime']> });

function storeOf(reducer: Reducer<Root>) {
  return createStore(reducer, applyMiddleware(bridge.middleware));
}

describe('a state that begins anew', () => {
  it('knows what it cannot have heard: after a logout that resets all of it, with the channels still followed', async () => {
    const store = storeOf((state, action: UnknownAction) =>
      all(action.type === 'session/ended' ? undefined : state, action),
    );
    store.dispatch(actions.subscribe('presence-room'));
    await kit.clock.advance(100);
    kit.server.hangTrigger();
    // What it returns may be left alone.
    store.dispatch(actions.publish('news', 'progress', 2));
    await kit.clock.advance(100);
    store.dispatch({ type: 'session/ended' });
    const { realtime } = store.getState();
    expect(realtime.status.state).toBe('connected');
    expect(realtime.pending).toMatchObject([{ channel: 'news', event: 'progress' }]);
    expect(realtime.channels['presence-room']).toMatchObject({
      subscription: { state: 'subscribed' },
      messages: [],
    });
    await kit.clock.advance(100);
    kit.server.trigger('presence-room', 'progress', 3);
    await kit.clock.advance(100);
    expect(store.getState().realtime.channels['presence-room']).toMatchObject({
      messages: [{ data: 3 }],
      members: [{ id: 'user-1' }],
      me: { id: 'user-1' },
    });
  });

  it('is told once, and not again by each further action', async () => {
    const types: string[] = [];
    const store = storeOf((state, action: UnknownAction) => {
      types.push(action.type);
      return all(action.type === 'session/ended' ? undefined : state, action);
    });
    store.dispatch(actions.subscribe('news'));
    await kit.clock.advance(100);
    types.length = 0;
    store.dispatch({ type: 'session/ended' });
    for (let index = 0; index < 5; index++) store.dispatch({ type: 'anything' });
    expect(types).toEqual([
      'session/ended',
      'realtime/statusChanged',
      'realtime/subscriptionChanged',
      ...Array(5).fill('anything'),
    ]);
  });

  it('is a slice that was injected after the channel was subscribed', async () => {
    const slices = combineSlices({ other: (state = 0) => state }).withLazyLoadedSlices<Root>();
    const store = configureStore({
      reducer: slices,
      middleware: (defaults) => defaults().prepend(bridge.middleware),
    });
    store.dispatch(actions.subscribe('news'));
    await kit.clock.advance(100);
    slices.inject({ reducerPath: 'realtime', reducer: realtimeReducer as never });
    store.dispatch({ type: 'page/opened' });
    kit.server.trigger('news', 'progress', 1);
    await kit.clock.advance(100);
    expect(store.getState().realtime).toMatchObject({
      status: { state: 'connected' },
      channels: { news: { subscription: { state: 'subscribed' }, messages: [{ data: 1 }] } },
    });
  });

  it('is one whose reducer was replaced, as hot reload does', async () => {
    const store = storeOf(all);
    store.dispatch(actions.subscribe('news'));
    await kit.clock.advance(100);
    store.replaceReducer(combineReducers({ realtime: createRealtimeReducer() as Reducer<Root['realtime']> }));
    kit.server.trigger('news', 'progress', 1);
    await kit.clock.advance(100);
    expect(store.getState().realtime.channels['news']?.messages).toMatchObject([{ data: 1 }]);
  });
});

describe('a subscriber of the store that throws', () => {
  it('keeps no channel from being followed, nor from being left', async () => {
    const store = storeOf(all);
    let mistakes = 0;
    store.subscribe(() => {
      // As a view that takes for granted that there is a message.
      const messages = store.getState().realtime.channels['news']?.messages;
      if (messages?.length === 0 && mistakes++ === 0) throw new TypeError('a mistake');
    });
    expect(() => store.dispatch(actions.subscribe('news'))).toThrow('a mistake');
    await kit.clock.advance(100);
    kit.server.trigger('news', 'progress', 1);
    await kit.clock.advance(100);
    expect(store.getState().realtime.channels['news']?.messages).toHaveLength(1);
    store.dispatch(actions.unsubscribe('news'));
    await kit.clock.advance(2_000);
    expect(store.getState().realtime.channels).toEqual({});
    expect(kit.server.channels).toEqual([]);
  });

  it('ends no process when it throws in a timer', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
    const store = storeOf(all);
    store.dispatch(actions.subscribe('news'));
    await kit.clock.advance(100);
    kit.server.trigger('news', 'progress', 1);
    await kit.clock.settle();
    const stop = store.subscribe(() => {
      stop();
      throw new TypeError('a mistake');
    });
    kit.server.trigger('news', 'progress', 2);
    await kit.clock.advance(100);
    expect(printed.mock.calls).toMatchObject([[{ message: 'a mistake' }]]);
    kit.server.trigger('news', 'progress', 3);
    await kit.clock.advance(100);
    expect(store.getState().realtime.channels['news']?.messages.map(({ data }) => data)).toEqual([1, 2, 3]);
  });
});

describe('callers without types', () => {
  it.each(['subscribe', 'unsubscribe', 'retry', 'discard'])(
    'are told that realtime/%s needs a payload',
    (name) => {
      const store = storeOf(all);
      for (const payload of [undefined, null, 'news'])
        expect(() => store.dispatch({ type: `realtime/${name}`, payload })).toThrow(ConfigurationError);
    },
  );

  it('get a rejection for a publish without one', async () => {
    const store = storeOf(all);
    await expect(store.dispatch({ type: 'realtime/publish', payload: undefined } as never)).rejects.toThrow(
      ConfigurationError,
    );
  });

  it.each([
    ['window', '50'],
    ['window', null],
    ['window', Number.POSITIVE_INFINITY],
    ['window', true],
    ['clock', {}],
    ['clock', null],
    ['statistics', 'no'],
  ])('are told that the middleware cannot go by %s: %s', (name, value) => {
    expect(() => createRealtimeMiddleware(kit.client, { [name]: value })).toThrow(ConfigurationError);
  });

  it.each(['50', null, true, 1.5, Number.NaN, -1])('are told that %s is no number of messages', (value) => {
    expect(() => createRealtimeReducer({ messagesPerChannel: value as number })).toThrow(ConfigurationError);
  });
});
