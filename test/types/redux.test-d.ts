// A Redux store that knows the channels: what must infer, and what must not compile.
import { applyMiddleware, combineReducers, legacy_createStore as createStore } from 'redux';
import { type Acknowledgement, defineChannels, event, type Member, presence, RealtimeClient } from 'surewire';
import {
  createRealtimeActions,
  createRealtimeMiddleware,
  createRealtimeReducer,
  type RealtimeDispatch,
  realtimeActions,
  realtimeNews,
} from 'surewire/redux';
import { same } from './same.js';

interface Progress {
  progress: number;
}

const channels = defineChannels({
  'content-generation-{id}': { progress: event<Progress>(), complete: event<{ contentId: string }>() },
  'private-plugin-{id}': { command: event<{ run: string }>(), 'client-cursor': event<{ x: number }>() },
  'presence-game-{gameId}': presence<{ name: string }>()({ moved: event<{ to: number }>() }),
  'agent-status': { changed: event<'idle' | 'working'>() },
});

const client = new RealtimeClient({ key: 'app-key', cluster: 'us2', channels });
const { middleware } = createRealtimeMiddleware(client);
const actions = createRealtimeActions<typeof channels>();
const store = createStore(
  combineReducers({ realtime: createRealtimeReducer<typeof channels>({ messagesPerChannel: 10 }) }),
  applyMiddleware(middleware),
);

const { realtime } = store.getState();
const generation = realtime.channels['content-generation-42'];
const [message] = generation?.messages ?? [];
if (message?.event === 'progress') same<typeof message.data, Progress>(true);
if (message?.event === 'complete') same<typeof message.data, { contentId: string }>(true);
same<
  NonNullable<(typeof realtime.channels)['presence-game-1']>['members'],
  readonly Member<{ name: string }>[]
>(true);
same<typeof realtime.status.state, ReturnType<typeof client.status.get>['state']>(true);

// A plain store says of every action that it is returned; Redux Toolkit knows better (test/redux/store.test.ts).
declare const dispatch: RealtimeDispatch;
same<ReturnType<typeof connect>, Promise<void>>(true);
same<ReturnType<typeof publish>, Promise<Acknowledgement>>(true);
const connect = () => dispatch(actions.connect());
const publish = () => dispatch(actions.publish('private-plugin-7', 'command', { run: 'build' }));
store.dispatch(actions.subscribe('content-generation-42'));
store.dispatch(actions.publish('agent-status', 'changed', 'idle', { expiresIn: 5_000 }));

// Without a contract every name goes.
store.dispatch(realtimeActions.subscribe('whatever'));
const unknownAction: { readonly type: string } = actions.discard('1');
if (realtimeNews.messagesReceived.match(unknownAction)) {
  same<(typeof unknownAction.payload)[number]['channel'], string>(true);
}

// @ts-expect-error no such channel
actions.subscribe('content-generatoin-42');
// @ts-expect-error no such channel in the state
void realtime.channels['agent-statu'];
// @ts-expect-error no such event
actions.publish('private-plugin-7', 'comand', { run: 'build' });
// @ts-expect-error another payload
actions.publish('private-plugin-7', 'command', { runs: 'build' });
// @ts-expect-error client events cannot be published on public channels
actions.publish('content-generation-42', 'client-cursor', { x: 1 });
// @ts-expect-error a signal is no plain data
actions.publish('agent-status', 'changed', 'idle', { signal: new AbortController().signal });
// @ts-expect-error state is for reading
realtime.pending = [];
// @ts-expect-error there is no such event on the channel
if (message?.event === 'progres') void message;
// @ts-expect-error an option by another name
createRealtimeReducer({ messages: 10 });
