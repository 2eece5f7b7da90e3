import { configureStore, createSlice, Tuple } from '@reduxjs/toolkit';
import { applyMiddleware, combineReducers, legacy_createStore as createStore } from 'redux';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Acknowledgement, backendAuth, RealtimeClient, type UntypedChannels } from '../../src/index';
import {
  realtimeActions as actions,
  createRealtimeMiddleware,
  createRealtimeReducer,
  realtimeNews as news,
  type RealtimeMiddleware,
  realtimeReducer,
} from '../../src/redux/index';
import { createTestClient, type TestClient, type TestServer } from '../../src/testing/index';

let kit: TestClient<UntypedChannels>;
let middleware: RealtimeMiddleware['middleware'];
let stop: RealtimeMiddleware['stop'];
let printed: unknown[][];

beforeEach(() => {
  printed = [];
  for (const level of ['log', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((...words) => void printed.push(words));
  }
  kit = createTestClient<UntypedChannels>();
  ({ middleware, stop } = createRealtimeMiddleware(kit.client, { clock: kit.clock }));
});

afterEach(() => {
  stop();
  kit.client.destroy();
  vi.restoreAllMocks();
});

/** A toolkit store with every default check on; only how long a check took on a busy machine is no matter of ours. */
function toolkitStore() {
  const warnAfter = Number.POSITIVE_INFINITY;
  return configureStore({
    reducer: { realtime: realtimeReducer },
    middleware: (defaults) =>
      defaults({ immutableCheck: { warnAfter }, serializableCheck: { warnAfter } }).prepend(middleware),
  });
}

/** Another user of the same server. */
function someoneElse(server: TestServer, userId: string): RealtimeClient<UntypedChannels> {
  return new RealtimeClient({
    ...server.options,
    auth: backendAuth({ endpoint: server.endpoints.auth, token: () => server.issueToken({ userId }) }),
  });
}

describe('a store of Redux Toolkit', () => {
  it('follows a channel from subscribe to unsubscribe, and its checks print nothing', async () => {
    const store = toolkitStore();
    const { server, clock } = kit;
    store.dispatch(actions.subscribe('presence-classroom-3'));
    expect(store.getState().realtime.status.state).toBe('connecting');
    await clock.settle();
    expect(store.getState().realtime).toMatchObject({
      status: { state: 'connected' },
      channels: { 'presence-classroom-3': { subscription: { state: 'subscribed' }, me: { id: 'user-1' } } },
    });
    server.trigger('presence-classroom-3', 'hand-raised', { userId: 'ann', extra: [1, { two: 2 }] });
    await clock.advance(50);
    const channel = store.getState().realtime.channels['presence-classroom-3'];
    expect(channel?.messages).toMatchObject([
      { event: 'hand-raised', data: { userId: 'ann', extra: [1, { two: 2 }] } },
    ]);
    expect(channel?.members).toEqual([{ id: 'user-1', info: { name: 'user-1' } }]);
    store.dispatch(actions.unsubscribe('presence-classroom-3'));
    expect(store.getState().realtime.channels).toEqual({});
    await clock.advance(2_000);
    expect(server.channels).toEqual([]);
    expect(printed).toEqual([]);
  });

  it('stays plain data when things go wrong', async () => {
    kit.server.rejectAuth(403);
    kit.server.rejectTrigger(422);
    const store = toolkitStore();
    store.dispatch(actions.subscribe('private-plugin-7'));
    await kit.clock.advance(1_000);
    store.dispatch(actions.publish('agent-status', 'changed', { status: 'idle' }));
    await kit.clock.settle();
    const { realtime } = store.getState();
    expect(realtime.channels['private-plugin-7']?.subscription).toMatchObject({
      state: 'refused',
      error: { code: 'subscription', channel: 'private-plugin-7', status: 403, retryable: false },
    });
    expect(realtime.error).toMatchObject({ name: 'PublishError', code: 'publish', status: 422 });
    expect(structuredClone(realtime)).toEqual(realtime);
    expect(JSON.parse(JSON.stringify(realtime))).toEqual(realtime);
    expect(printed).toEqual([]);
  });

  it('gives the acknowledgement to who waits for it', async () => {
    const store = toolkitStore();
    const acknowledgement: Promise<Acknowledgement> = store.dispatch(
      actions.publish('private-plugin-7', 'command', { run: 'build' }),
    );
    await kit.clock.settle();
    expect((await acknowledgement).level).toBe('accepted');
    expect(printed).toEqual([]);
  });

  it('lets other slices listen to the news', async () => {
    const generations = createSlice({
      name: 'generations',
      initialState: { steps: [] as unknown[] },
      reducers: {},
      extraReducers: (builder) => {
        builder.addCase(news.messagesReceived, (state, { payload }) => {
          for (const message of payload) state.steps.push(message.data);
        });
      },
    });
    const store = configureStore({
      reducer: { generations: generations.reducer },
      middleware: () => new Tuple(middleware),
    });
    store.dispatch(actions.subscribe('content-generation-42'));
    await kit.clock.settle();
    kit.server.trigger('content-generation-42', 'progress', { progress: 40 });
    await kit.clock.advance(50);
    expect(store.getState().generations.steps).toEqual([{ progress: 40 }]);
  });
});

describe('a plain store', () => {
  it('does the same', async () => {
    const store = createStore(combineReducers({ realtime: realtimeReducer }), applyMiddleware(middleware));
    store.dispatch(actions.subscribe('content-generation-42'));
    await kit.clock.settle();
    kit.server.trigger('content-generation-42', 'progress', { progress: 40 });
    await kit.clock.advance(50);
    expect(store.getState().realtime.channels['content-generation-42']?.messages).toMatchObject([
      { event: 'progress', data: { progress: 40 } },
    ]);
  });
});

describe('what the store knows', () => {
  it('is where the connection is, also when it was there before the store', async () => {
    void kit.client.connect();
    await kit.clock.settle();
    const store = toolkitStore();
    store.dispatch({ type: 'something/else' });
    expect(store.getState().realtime.status.state).toBe('connected');
    kit.server.drop();
    await kit.clock.settle();
    expect(store.getState().realtime.status.state).toBe('reconnecting');
    store.dispatch(actions.disconnect());
    expect(store.getState().realtime.status.state).toBe('idle');
    void store.dispatch(actions.connect());
    await kit.clock.settle();
    expect(store.getState().realtime.status.state).toBe('connected');
  });

  it('is what waits in the outbox, without payloads, until it has ended', async () => {
    const heal = kit.server.rejectTrigger(503, Number.POSITIVE_INFINITY);
    const store = toolkitStore();
    void store.dispatch(actions.publish('private-plugin-7', 'command', { secret: 'payload' }));
    await kit.clock.advance(60);
    const [pending] = store.getState().realtime.pending;
    expect(pending).toMatchObject({ event: 'command', state: 'waiting', error: { status: 503 } });
    expect(JSON.stringify(store.getState())).not.toContain('secret');
    heal();
    store.dispatch(actions.retry(pending?.id ?? ''));
    await kit.clock.advance(60);
    expect(store.getState().realtime.pending).toEqual([]);
    kit.server.rejectTrigger(503, Number.POSITIVE_INFINITY);
    const discarded = store.dispatch(actions.publish('private-plugin-7', 'command', {}));
    await kit.clock.advance(60);
    store.dispatch(actions.discard(store.getState().realtime.pending[0]?.id ?? ''));
    await expect(discarded).rejects.toMatchObject({ code: 'aborted' });
    await kit.clock.advance(60);
    expect(store.getState().realtime.pending).toEqual([]);
    expect(store.getState().realtime.error?.code).toBe('aborted');
  });

  it('is why a message was not even taken', async () => {
    const store = toolkitStore();
    void store.dispatch(actions.publish('agent-status', 'client-cursor', {}));
    await kit.clock.settle();
    expect(store.getState().realtime.error).toMatchObject({
      code: 'configuration',
      channel: 'agent-status',
      event: 'client-cursor',
    });
  });

  it('is that a message was too old', async () => {
    kit.server.rejectTrigger('network', 100);
    const store = toolkitStore();
    void store.dispatch(actions.publish('a', 'tick', 1, { expiresIn: 1_000 }));
    await kit.clock.advance(60_000);
    expect(store.getState().realtime).toMatchObject({ pending: [], error: { code: 'message-expired' } });
    expect(printed).toEqual([]);
  });

  it('is bounded: the last messages of each channel, and nothing of channels that were left', async () => {
    const reducer = createRealtimeReducer<UntypedChannels>({ messagesPerChannel: 3 });
    const store = createStore(reducer, applyMiddleware(middleware));
    for (const channel of ['a', 'b', 'constructor', '__proto__']) store.dispatch(actions.subscribe(channel));
    await kit.clock.settle();
    for (let count = 1; count <= 5; count += 1) kit.server.trigger('a', 'tick', count);
    kit.server.trigger('__proto__', 'tick', 1);
    await kit.clock.advance(50);
    const { channels } = store.getState();
    expect(channels['a']?.messages.map(({ data }) => data)).toEqual([3, 4, 5]);
    expect(channels['b']?.messages).toEqual([]);
    expect(Object.keys(channels)).toEqual(['a', 'b', 'constructor', '__proto__']);
    for (const channel of Object.keys(channels)) store.dispatch(actions.unsubscribe(channel));
    expect(Object.keys(store.getState().channels)).toEqual([]);
    store.dispatch(news.messagesReceived([{ channel: 'a', event: 'tick', data: 6, receivedAt: 0 }]));
    expect(Object.keys(store.getState().channels)).toEqual([]);
  });

  it('changes nowhere else: what did not change is the same object', async () => {
    const store = toolkitStore();
    store.dispatch(actions.subscribe('a'));
    store.dispatch(actions.subscribe('b'));
    await kit.clock.settle();
    const before = store.getState().realtime;
    kit.server.trigger('a', 'tick', 1);
    await kit.clock.advance(50);
    const after = store.getState().realtime;
    expect(after.channels['a']).not.toBe(before.channels['a']);
    expect(after.channels['b']).toBe(before.channels['b']);
    store.dispatch({ type: 'something/else' });
    expect(store.getState().realtime).toBe(after);
  });

  it('stays while somebody else is subscribed', async () => {
    const store = toolkitStore();
    store.dispatch(actions.subscribe('a'));
    store.dispatch(actions.subscribe('a'));
    store.dispatch(actions.unsubscribe('a'));
    expect(Object.keys(store.getState().realtime.channels)).toEqual(['a']);
    store.dispatch(actions.unsubscribe('a'));
    store.dispatch(actions.unsubscribe('a'));
    expect(Object.keys(store.getState().realtime.channels)).toEqual([]);
  });

  it('does not change for a name that no server takes; the dispatch throws', () => {
    const store = toolkitStore();
    expect(() => store.dispatch(actions.subscribe('not a name'))).toThrow(/must not contain/);
    expect(store.getState().realtime.channels).toEqual({});
  });
});

describe('dispatches', () => {
  /** Every action that reached the reducers. */
  function recording() {
    const seen: { readonly type: string; readonly payload?: unknown }[] = [];
    const reduce = (_: null | undefined, action: { readonly type: string }): null => {
      seen.push(action);
      return null;
    };
    return { store: createStore(reduce, applyMiddleware(middleware)), seen };
  }

  it('are few in a storm: messages share actions, none is lost, the order is kept', async () => {
    const { store, seen } = recording();
    store.dispatch(actions.subscribe('a'));
    await kit.clock.settle();
    seen.length = 0;
    for (let count = 0; count < 1_000; count += 1) kit.server.trigger('a', 'tick', count);
    await kit.clock.advance(60);
    const storms = seen.filter(news.messagesReceived.match).map(({ payload }) => payload);
    expect(storms.flat().map(({ data }) => data)).toEqual(Array.from({ length: 1_000 }, (_, count) => count));
    expect(storms.length).toBeLessThanOrEqual(12);
    expect(Math.max(...storms.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  it('do not wait when it is quiet', async () => {
    const { store, seen } = recording();
    store.dispatch(actions.subscribe('a'));
    await kit.clock.advance(100);
    seen.length = 0;
    kit.server.trigger('a', 'tick', 1);
    await kit.clock.settle();
    expect(seen.map(({ type }) => type)).toEqual(['realtime/messagesReceived']);
  });

  it('of statistics come at most once a second', async () => {
    const { store, seen } = recording();
    store.dispatch(actions.subscribe('a'));
    for (let second = 0; second < 5; second += 1) {
      for (let count = 0; count < 20; count += 1) kit.server.trigger('a', 'tick', count);
      await kit.clock.advance(1_000);
    }
    expect(seen.filter(news.statisticsChanged.match)).toHaveLength(5);
  });

  it('are none the fewer when a reducer throws, and the client tells of it', async () => {
    const seen: string[] = [];
    const fragile = (state = 0, action: { type: string }): number => {
      seen.push(action.type);
      if (news.messagesReceived.match(action)) throw new Error('a reducer of the application');
      return state;
    };
    const store = createStore(
      combineReducers({ realtime: realtimeReducer, fragile }),
      applyMiddleware(middleware),
    );
    store.dispatch(actions.subscribe('presence-game-1'));
    await kit.clock.advance(1_000);
    seen.length = 0;
    kit.server.trigger('presence-game-1', 'tick', 1);
    kit.server.trigger('presence-game-1', 'tick', 2);
    void store.dispatch(actions.publish('presence-game-1', 'tick', 3));
    await kit.clock.advance(40);
    expect(seen).toContain(news.acknowledged.type);
    expect(seen.filter((type) => type === news.messagesReceived.type).length).toBeGreaterThan(1);
    expect(store.getState().realtime).toMatchObject({
      pending: [],
      error: { code: 'listener' },
      channels: { 'presence-game-1': { subscription: { state: 'subscribed' } } },
    });
  });

  it('of many members coming are as few as the windows they come in', async () => {
    const server = kit.server;
    const { store, seen } = recording();
    store.dispatch(actions.subscribe('presence-game-1'));
    await kit.clock.settle();
    seen.length = 0;
    const others = Array.from({ length: 20 }, (_, index) => someoneElse(server, `user-${index + 10}`));
    for (const other of others) other.channel('presence-game-1').hold();
    await kit.clock.advance(49);
    const told = seen.filter(news.membersChanged.match);
    await kit.clock.advance(60);
    const last = seen.filter(news.membersChanged.match).at(-1);
    expect(told.length).toBeLessThan(5);
    expect(last?.payload.members).toHaveLength(21);
    for (const other of others) other.destroy();
  });
});

describe('stop', () => {
  it('leaves nothing behind: no channel, no timer, no dispatch', async () => {
    const store = toolkitStore();
    const before = kit.clock.pending;
    store.dispatch(actions.subscribe('a'));
    store.dispatch(actions.subscribe('presence-game-1'));
    await kit.clock.settle();
    kit.server.trigger('a', 'tick', 1);
    kit.server.trigger('a', 'tick', 2);
    await kit.clock.settle();
    stop();
    stop();
    const state = store.getState();
    await kit.clock.advance(2_000);
    expect(kit.server.channels).toEqual([]);
    kit.client.disconnect();
    await kit.clock.advance(60_000);
    expect(store.getState()).toBe(state);
    expect(kit.clock.pending).toBe(before);
    // An action that comes too late is only an action.
    store.dispatch(actions.subscribe('a'));
    expect(kit.client.channel('a').subscription.get().state).toBe('unsubscribed');
  });

  it('before the first action is as good', () => {
    const store = toolkitStore();
    stop();
    store.dispatch(actions.subscribe('a'));
    expect(store.getState().realtime.channels).toEqual({});
  });
});

describe('actions', () => {
  it('are plain data, and say which they are', () => {
    const all = [
      actions.connect(),
      actions.disconnect(),
      actions.subscribe('a'),
      actions.unsubscribe('a'),
      actions.publish('a', 'tick', { count: 1 }, { expiresIn: 5_000 }),
      actions.retry('1'),
      actions.discard('1'),
    ];
    for (const action of all) expect(structuredClone(action)).toEqual(action);
    expect(all.map(({ type }) => type)).toEqual(Object.values(actions).map(({ type }) => type));
    expect(Object.values(actions).map(({ match }) => all.filter(match).length)).toEqual([
      1, 1, 1, 1, 1, 1, 1,
    ]);
  });
});
