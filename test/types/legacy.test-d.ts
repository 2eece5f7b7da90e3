// Old code on surewire: what must infer, and what must not compile.
import { applyMiddleware, combineReducers, legacy_createStore as createStore } from 'redux';
import { defineChannels, event, RealtimeClient, type TokenSource, type UntypedChannels } from 'surewire';
import {
  type ChannelFrame,
  createHandedToken,
  createLegacyService,
  createLegacyWebSocket,
  fromLegacyFrame,
  installLegacySockets,
  type LegacyAcknowledgment,
  type LegacyFrame,
  type LegacyMessage,
  LegacySocket,
  type LegacyState,
  type oldActionTypes,
  PusherService,
  readFrame,
  toLegacyFrame,
  translateOldActions,
} from 'surewire/legacy';
import type { useWebSocket } from 'surewire/legacy/react';
import { createRealtimeMiddleware, realtimeReducer } from 'surewire/redux';
import { legacyRoutes } from 'surewire/toolbox';
import { same } from './same.js';

const channels = defineChannels({ 'private-class-{id}': { grade: event<{ score: number }>() } });
const typed = new RealtimeClient({ key: 'app-key', cluster: 'us2', channels });
const untyped = new RealtimeClient<UntypedChannels>({ key: 'app-key', cluster: 'us2' });

// Frames.
same<ReturnType<typeof fromLegacyFrame>, ChannelFrame>(true);
same<ReturnType<typeof toLegacyFrame>, LegacyFrame>(true);
const { event: name, data, session } = readFrame('{}');
same<typeof name, string>(true);
same<typeof data, unknown>(true);
same<typeof session, unknown>(true);

// Sockets take a client of any contract, and are what code that says WebSocket expects.
const OldSocket = createLegacyWebSocket(typed, legacyRoutes);
const socket: WebSocket = new OldSocket(new URL('wss://old.example/ws/native'), ['json']);
socket.onmessage = (message) => same<typeof message, MessageEvent>(true);
const Class: new (address: string | URL, protocols?: string | string[]) => WebSocket = OldSocket;
class Reconnecting extends OldSocket {}
const undo: () => void = installLegacySockets(untyped, legacyRoutes, { answers: { ping: 'pong' } });
void [Class, Reconnecting, undo, OldSocket.OPEN satisfies 1];

// The service.
const token = createHandedToken({ renew: async () => 'token' });
same<typeof token.source, TokenSource>(true);
const service = createLegacyService(typed, { channel: 'private-class-1', token });
same<ReturnType<typeof service.connect>, Promise<void>>(true);
same<ReturnType<typeof service.send>, Promise<LegacyAcknowledgment | undefined>>(true);
same<ReturnType<typeof service.getState>, LegacyState>(true);
const id: string = service.subscribe<{ score: number }>(
  'private-class-1',
  (message) => same<typeof message, LegacyMessage<{ score: number }>>(true),
  ({ payload }) => payload.score > 5,
);
service.subscribe('private-class-1', ({ payload }) => same<typeof payload, unknown>(true));
service.on<number>('grade', (payload) => same<typeof payload, number>(true));
service.unsubscribe(id);

// React and Redux.
declare const hook: ReturnType<typeof useWebSocket>;
const { send, isConnected, state, stats } = hook;
same<typeof send, typeof service.send>(true);
same<typeof isConnected, boolean>(true);
same<typeof state, LegacyState>(true);
same<typeof stats.latency, number | undefined>(true);
same<(typeof oldActionTypes)['websocket/send'], 'realtime/publish'>(true);
createStore(
  combineReducers({ realtime: realtimeReducer }),
  applyMiddleware(translateOldActions({ token }), createRealtimeMiddleware(typed).middleware),
).dispatch({ type: 'websocket/subscribe', payload: { channel: 'private-class-1' } });

// The class that old code makes by itself, with what else it passes to it.
new PusherService({ debug: true, client: typed, reconnectInterval: 1_000 }).onError(({ code }) =>
  same<typeof code, string>(true),
);
PusherService.use(untyped, { channel: 'test-channel' });
// A route may be a function of the address.
installLegacySockets(untyped, {
  ...legacyRoutes,
  '/ws/content': ({ searchParams }) => `content-generation-${searchParams.get('session')}`,
});

// @ts-expect-error a switch
new PusherService({ debug: 'yes' });
// @ts-expect-error a frame has a type
fromLegacyFrame({ event: 'grade', data: 1 });
// @ts-expect-error a frame of today has an event
toLegacyFrame({ type: 'grade', data: 1 });
// @ts-expect-error a socket needs an address
new OldSocket();
// @ts-expect-error the class itself needs to be told what drives it
new LegacySocket('ws://old.example/ws/native', undefined);
// @ts-expect-error routes lead to channels
installLegacySockets(untyped, { '/ws/native': 7 });
// @ts-expect-error answers are types of frames
installLegacySockets(untyped, legacyRoutes, { answers: { ping: { type: 'pong' } } });
// @ts-expect-error a message has a type
void service.send();
// @ts-expect-error an option by another name
void service.send('grade', 1, { awaitAcknowledgement: true });
// @ts-expect-error a token is text
void service.refreshToken(7);
// @ts-expect-error no such state
void (service.getState() === 'open');
// @ts-expect-error two ways to send, and no third
createLegacyService(untyped, { sendAs: 'frame' });
// @ts-expect-error what the hook returns is for reading
hook.state = 'connected';
// @ts-expect-error the name of a channel is text
installLegacySockets(untyped, { '/ws/content': () => 7 });
