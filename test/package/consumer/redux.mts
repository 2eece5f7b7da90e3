// Compiled by its types, and run as it is: old Redux with our middleware, over a server in memory.
import { applyMiddleware, combineReducers, legacy_createStore as createStore } from 'redux';
import { defineChannels, event, RealtimeClient } from 'surewire';
import { createRealtimeActions, createRealtimeMiddleware, createRealtimeReducer } from 'surewire/redux';
import { createTestServer } from 'surewire/testing';

const channels = defineChannels({ 'private-plugin-{id}': { command: event<{ run: string }>() } });
const client = new RealtimeClient({ ...createTestServer().options, channels });
const { middleware, stop } = createRealtimeMiddleware(client);
const reducer = combineReducers({ realtime: createRealtimeReducer<typeof channels>() });
const store = createStore(reducer, applyMiddleware(middleware));
const actions = createRealtimeActions<typeof channels>();

store.dispatch(actions.subscribe('private-plugin-7'));
// @ts-expect-error there is no such channel
actions.publish('private-plugins-7', 'command', { run: 'build' });
await client.channel('private-plugin-7').ready();
const heard = client.channel('private-plugin-7').once('command');
const acknowledgement = await client.publish('private-plugin-7', 'command', { run: 'build' });
await heard;
stop();
const { status } = store.getState().realtime;
const state: string = status.state;
console.log(`${state} ${acknowledgement.level}`);
client.destroy();
