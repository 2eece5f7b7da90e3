import { createElement, type ReactElement } from 'react';
import { renderToString } from 'react-dom/server';
import { afterEach, expect, test, vi } from 'vitest';
import { createApp } from 'vue';
import * as surewire from '../src/index';
import * as legacy from '../src/legacy/index';
import * as legacyReact from '../src/legacy/react';
import Pusher, { pusherOf } from '../src/pusher/index';
import * as react from '../src/react/index';
import * as redux from '../src/redux/index';
import { createManualClock, createTestClient, createTestServer } from '../src/testing/index';
import { clientOptionsFromEnv } from '../src/toolbox/index';
import * as vue from '../src/vue/index';

// What callers without types hand over where a function or an object is wanted, to every public function that takes one.

/** By the words of the table. */
const values: Readonly<Record<string, unknown>> = {
  undefined,
  null: null,
  number: 7,
  text: 'text',
  object: {},
};

/** A client that has been used, so that it tells what it doubts, and everything that is made of one. */
function world() {
  const made = createTestClient();
  const { client, server, clock } = made;
  const told: surewire.RealtimeError[] = [];
  client.on('error', (error) => told.push(error));
  const user = new surewire.RealtimeClient({
    ...server.options,
    auth: surewire.backendAuth({
      endpoint: server.endpoints.auth,
      user: surewire.userEndpoint(server.endpoints.user),
    }),
  }).user;
  client.channel('used').hold();
  const app = createApp({});
  app.use(vue.createRealtime(client));
  return {
    client,
    server,
    clock,
    told,
    user,
    room: client.channel('presence-room'),
    pusher: () => pusherOf(client),
    service: () => legacy.createLegacyService(client),
    inReact: (use: () => unknown) => {
      const Part = (): ReactElement | null => {
        use();
        return null;
      };
      return renderToString(createElement(react.RealtimeProvider, { client } as never, createElement(Part)));
    },
    inVue: (use: () => unknown) => app.runWithContext(use),
  };
}

type World = ReturnType<typeof world>;

/** What is called, and which of the values mean something there, or do no harm: all others are refused. */
type Row = readonly [name: string, fine: string, call: (value: never, world: World) => unknown];

const table: readonly Row[] = [
  ['client.on', '', (v, w) => w.client.on('error', v)],
  ['client.on event', '', (v, w) => w.client.on(v, () => {})],
  ['channel.on', '', (v, w) => w.room.on('x' as never, v)],
  ['channel.on event', 'text', (v, w) => w.room.on(v, () => {})],
  ['channel.on options', 'undefined null object', (v, w) => w.room.on('x' as never, () => {}, v)],
  ['channel.on filter', 'undefined', (v, w) => w.room.on('x' as never, () => {}, { filter: v })],
  ['channel.onAny', '', (v, w) => w.room.onAny(v)],
  ['channel.once', 'undefined null object', (v, w) => w.room.once('x' as never, v)],
  ['channel.once event', 'text', (v, w) => w.room.once(v, { timeout: 1 })],
  ['channel.ready', 'undefined null object', (v, w) => w.room.ready(v)],
  ['messagesOf channel', '', (v) => surewire.messagesOf(v, 'x' as never)],
  ['messagesOf event', 'text', (v, w) => surewire.messagesOf(w.room, v)],
  ['messagesOf options', 'undefined object', (v, w) => surewire.messagesOf(w.room, 'x' as never, v)],
  ['status.subscribe', '', (v, w) => w.client.status.subscribe(v)],
  ['user.subscribe', '', (v, w) => w.user.subscribe(v)],
  ['user.on', '', (v, w) => w.user.on('x', v)],
  ['user.on event', 'text', (v, w) => w.user.on(v, () => {})],
  ['statistics.subscribe', '', (v, w) => w.client.statistics.subscribe(v)],
  ['pending.subscribe', '', (v, w) => w.client.outbox.pending.subscribe(v)],
  ['rejected.subscribe', '', (v, w) => w.client.outbox.rejected.subscribe(v)],
  ['subscription.subscribe', '', (v, w) => w.room.subscription.subscribe(v)],
  ['members.subscribe', '', (v, w) => w.room.members.subscribe(v)],
  ['me.subscribe', '', (v, w) => w.room.me.subscribe(v)],
  ['client.channel', 'text', (v, w) => w.client.channel(v)],
  ['client.channel params', '', (v, w) => w.client.channel('a-{id}' as never, v)],
  ['client.publish channel', 'text', (v, w) => w.client.publish(v, 'x', 1 as never)],
  ['client.publish event', 'text', (v, w) => w.client.publish('a', v, 1)],
  ['client.publish options', 'undefined object', (v, w) => w.client.publish('a', 'x', 1, v)],
  ['channel.publish event', 'text', (v, w) => w.room.publish(v, 1)],
  ['outbox.retry', 'any', (v, w) => w.client.outbox.retry(v)],
  ['outbox.discard', 'any', (v, w) => w.client.outbox.discard(v)],
  ['selectFrom store', '', (v) => surewire.selectFrom(v, () => 1).get()],
  ['selectFrom select', '', (v, w) => surewire.selectFrom(w.client.status, v).get()],
  ['selectFrom.subscribe', '', (v, w) => surewire.selectFrom(w.client.status, () => 1).subscribe(v)],
  ['combineStores', 'object', (v) => surewire.combineStores(v).get()],
  ['combineStores of none', '', (v) => surewire.combineStores({ a: v }).get()],
  ['combineStores.subscribe', '', (v, w) => surewire.combineStores({ a: w.client.status }).subscribe(v)],
  ['subscriptionOf', 'undefined', (v) => surewire.subscriptionOf(v).get()],
  ['subscriptionOf.subscribe', '', (v, w) => surewire.subscriptionOf(w.room).subscribe(v)],
  ['subscriptionOf nothing.subscribe', '', (v) => surewire.subscriptionOf(undefined).subscribe(v)],
  ['presenceOf', 'undefined', (v) => surewire.presenceOf(v).get()],
  ['presenceOf.subscribe', '', (v, w) => surewire.presenceOf(w.room).subscribe(v)],
  ['pendingOf client', '', (v, w) => surewire.pendingOf(v, w.room, 'x' as never).get()],
  ['pendingOf channel', '', (v, w) => surewire.pendingOf(w.client, v, 'x' as never).get()],
  ['pendingOf event', 'text', (v, w) => surewire.pendingOf(w.client, w.room, v).get()],
  ['pendingOf.subscribe', '', (v, w) => surewire.pendingOf(w.client, w.room, 'x' as never).subscribe(v)],
  ['publicationOf client', '', (v, w) => surewire.publicationOf(v, w.room, 'x').get()],
  ['publicationOf channel', 'undefined', (v, w) => surewire.publicationOf(w.client, v, 'x').get()],
  ['publicationOf.subscribe', '', (v, w) => surewire.publicationOf(w.client, w.room, 'x').subscribe(v)],
  ['reduceEvents channel', 'undefined', (v) => surewire.reduceEvents(v, {}, 1).get()],
  ['reduceEvents reducers', 'object', (v, w) => surewire.reduceEvents(w.room, v, 1).subscribe(() => {})()],
  [
    'reduceEvents reducer',
    'undefined',
    (v, w) => surewire.reduceEvents(w.room, { x: v } as never, 1).subscribe(() => {})(),
  ],
  [
    'reduceEvents options',
    'undefined object',
    (v, w) => surewire.reduceEvents(w.room, {}, 1, v).subscribe(() => {})(),
  ],
  [
    'reduceEvents recover',
    'undefined',
    (v, w) => surewire.reduceEvents(w.room, {}, 1, { recover: v }).subscribe(() => {})(),
  ],
  ['reduceEvents.subscribe', '', (v, w) => surewire.reduceEvents(w.room, {}, 1).subscribe(v)],
  ['reduceEvents.update', 'object', (v, w) => surewire.reduceEvents(w.room, {}, 1).update(v)],
  ['guardUnload', '', (v) => surewire.guardUnload(v)],
  ['asyncStorage store', '', (v) => surewire.asyncStorage(v)],
  [
    'asyncStorage options',
    'undefined object',
    (v) =>
      surewire.asyncStorage(
        { getItem: async () => null, setItem: async () => {}, removeItem: async () => {} },
        v,
      ),
  ],
  ['indexedDbStorage', 'undefined object', (v) => surewire.indexedDbStorage(v)],
  ['backendAuth', '', (v) => surewire.backendAuth(v)],
  ['backendAuth.token', 'undefined text', (v) => surewire.backendAuth({ endpoint: '/a', token: v })],
  ['batches', 'undefined object', (v) => surewire.batches(v)],
  ['publishBatches', 'undefined object', (v) => surewire.publishBatches(v)],
  ['publishing', 'undefined object', (v) => surewire.publishing(v)],
  ['publishing.batch', 'undefined', (v) => surewire.publishing({ endpoint: '/a', batch: v })],
  ['publishing.publisher', 'undefined', (v) => surewire.publishing({ publisher: v })],
  ['publishing.headers', 'undefined object', (v) => surewire.publishing({ endpoint: '/a', headers: v })],
  ['publishing.pace', 'undefined object', (v) => surewire.publishing({ endpoint: '/a', pace: v })],
  ['durable', '', (v) => surewire.durable(v)],
  ['durable.storage', '', (v) => surewire.durable({ storage: v })],
  ['sharedToken', '', (v) => surewire.sharedToken(v)],
  ['userEndpoint', 'text', (v) => surewire.userEndpoint(v)],
  ['recoverFromHistory', '', (v) => surewire.recoverFromHistory(v)],
  ['pusherInstance', '', (v) => surewire.pusherInstance(v)],
  ['protocolTransport', '', (v) => surewire.protocolTransport(v)],
  ['webSocketLink', 'undefined object', (v) => surewire.webSocketLink(v)],
  ['defineChannels', 'object', (v) => surewire.defineChannels(v)],
  ['defineChannels pattern', 'object', (v) => surewire.defineChannels({ a: v })],
  ['defineChannels event', '', (v) => surewire.defineChannels({ a: { b: v } })],
  ['presence', 'undefined object', (v) => surewire.presence()(v)],
  ['isRealtimeError', 'any', (v) => surewire.isRealtimeError(v)],
  ['new RealtimeClient', '', (v) => new surewire.RealtimeClient(v)],
  [
    'new RealtimeClient.recover',
    'undefined',
    (v, w) => new surewire.RealtimeClient({ ...w.server.options, recover: v }),
  ],
  [
    'new RealtimeClient.fetch',
    'undefined',
    (v, w) => new surewire.RealtimeClient({ ...w.server.options, fetch: v }),
  ],
  [
    'new RealtimeClient.messageId',
    'undefined',
    (v, w) => new surewire.RealtimeClient({ ...w.server.options, messageId: v }),
  ],
  [
    'new RealtimeClient.clock',
    'undefined',
    (v, w) => new surewire.RealtimeClient({ ...w.server.options, clock: v }),
  ],
  [
    'new RealtimeClient.auth',
    'undefined',
    (v, w) => new surewire.RealtimeClient({ ...w.server.options, auth: v }),
  ],
  [
    'new RealtimeClient.channels',
    'undefined',
    (v, w) => new surewire.RealtimeClient({ ...w.server.options, channels: v }),
  ],
  [
    'new RealtimeClient.Pusher',
    'undefined',
    (v) => new surewire.RealtimeClient({ key: 'k', cluster: 'eu', Pusher: v }),
  ],
  [
    'RealtimeProvider',
    '',
    (v) => renderToString(createElement(react.RealtimeProvider, { client: v } as never, null)),
  ],
  ['useConnection', 'undefined null', (v, w) => w.inReact(() => react.useConnection(v))],
  ['useEvent listener', '', (v, w) => w.inReact(() => react.useEvent('a', 'x' as never, v))],
  ['useEvent event', 'text', (v, w) => w.inReact(() => react.useEvent('a', v, () => {}))],
  [
    'useEvent name',
    'undefined null text',
    (v, w) => w.inReact(() => react.useEvent(v, 'x' as never, () => {})),
  ],
  ['useEventReducer', 'object', (v, w) => w.inReact(() => react.useEventReducer('a', v, 1))],
  [
    'useEventReducer reducer',
    'undefined',
    (v, w) => w.inReact(() => react.useEventReducer('a', { x: v } as never, 1)),
  ],
  ['useGap', '', (v, w) => w.inReact(() => react.useGap(v))],
  ['useOutbox', 'undefined null', (v, w) => w.inReact(() => react.useOutbox(v))],
  ['usePresence', 'undefined null', (v, w) => w.inReact(() => react.usePresence('presence-a', v))],
  ['usePublish', 'text', (v, w) => w.inReact(() => react.usePublish('a', v))],
  ['useStatistics', 'undefined null', (v, w) => w.inReact(() => react.useStatistics(v))],
  ['useStore', '', (v, w) => w.inReact(() => react.useStore(v))],
  ['useStore select', 'undefined null', (v, w) => w.inReact(() => react.useStore(w.client.status, v))],
  ['vue createRealtime', '', (v) => createApp({}).use(vue.createRealtime(v))],
  ['vue useConnection', 'undefined null', (v, w) => w.inVue(() => vue.useConnection(v))],
  ['vue useEvent listener', '', (v, w) => w.inVue(() => vue.useEvent('a', 'x' as never, v))],
  ['vue useEvent event', 'text', (v, w) => w.inVue(() => vue.useEvent('a', v, () => {}))],
  [
    'vue useEvent name',
    'undefined null text',
    (v, w) => w.inVue(() => vue.useEvent(v, 'x' as never, () => {})),
  ],
  ['vue useEventReducer', 'object', (v, w) => w.inVue(() => vue.useEventReducer('a', v, 1))],
  ['vue useGap', '', (v, w) => w.inVue(() => vue.useGap(v))],
  ['vue useOutbox', 'undefined null', (v, w) => w.inVue(() => vue.useOutbox(v))],
  ['vue usePresence', 'undefined null', (v, w) => w.inVue(() => vue.usePresence('presence-a', v))],
  ['vue useStatistics', 'undefined null', (v, w) => w.inVue(() => vue.useStatistics(v))],
  ['vue useStore', '', (v, w) => w.inVue(() => vue.useStore(v))],
  ['vue useStore select', 'undefined null', (v, w) => w.inVue(() => vue.useStore(w.client.status, v))],
  ['redux middleware client', '', (v) => redux.createRealtimeMiddleware(v)],
  [
    'redux middleware options',
    'undefined object',
    (v, w) => redux.createRealtimeMiddleware(w.client as never, v),
  ],
  ['redux reducer', 'undefined object', (v) => redux.createRealtimeReducer(v)],
  ['legacy service client', '', (v) => legacy.createLegacyService(v)],
  ['legacy service options', 'undefined object', (v, w) => legacy.createLegacyService(w.client, v)],
  ['legacy service.on', '', (v, w) => w.service().on('x', v)],
  ['legacy service.on type', 'text', (v, w) => w.service().on(v, () => {})],
  ['legacy service.off', 'any', (v, w) => w.service().off('x', v)],
  ['legacy service.subscribe', '', (v, w) => w.service().subscribe('a', v)],
  ['legacy service.subscribe channel', 'text', (v, w) => w.service().subscribe(v, () => {})],
  ['legacy service.subscribe filter', 'undefined', (v, w) => w.service().subscribe('a', () => {}, v)],
  ['legacy service.onStateChange', '', (v, w) => w.service().onStateChange(v)],
  ['legacy service.onConnectionStatusChange', '', (v, w) => w.service().onConnectionStatusChange(v)],
  ['legacy service.onError', '', (v, w) => w.service().onError(v)],
  ['legacy service.onStatsChange', '', (v, w) => w.service().onStatsChange(v)],
  ['legacy service.onTokenRefresh', '', (v, w) => w.service().onTokenRefresh(v)],
  ['legacy service.refreshToken', '', (v, w) => w.service().refreshToken(v)],
  ['legacy service.send', '', (v, w) => w.service().send(v)],
  ['legacy service.send options', '', (v, w) => w.service().send('x', 1, v)],
  ['legacy service.unsubscribe', 'any', (v, w) => w.service().unsubscribe(v)],
  ['createHandedToken', 'undefined object', (v) => legacy.createHandedToken(v)],
  ['createHandedToken.renew', 'undefined', (v) => legacy.createHandedToken({ renew: v })],
  ['createHandedToken.onReplaced', '', (v) => legacy.createHandedToken().onReplaced(v)],
  ['createHandedToken.hand', 'text', (v) => legacy.createHandedToken().hand(v)],
  ['createLegacyWebSocket client', '', (v) => legacy.createLegacyWebSocket(v, {})],
  ['createLegacyWebSocket routes', 'object', (v, w) => legacy.createLegacyWebSocket(w.client, v)],
  [
    'createLegacyWebSocket options',
    'undefined object',
    (v, w) => legacy.createLegacyWebSocket(w.client, {}, v),
  ],
  ['installLegacySockets', '', (v) => legacy.installLegacySockets(v, {})()],
  ['installLegacySockets routes', 'object', (v, w) => legacy.installLegacySockets(w.client, v)()],
  [
    'installLegacySockets options',
    'undefined object',
    (v, w) => legacy.installLegacySockets(w.client, {}, v)(),
  ],
  ['fromLegacyFrame', '', (v) => legacy.fromLegacyFrame(v)],
  ['toLegacyFrame', '', (v) => legacy.toLegacyFrame(v)],
  ['readFrame', '', (v) => legacy.readFrame(v)],
  ['translateOldActions', 'undefined object', (v) => legacy.translateOldActions(v)],
  [
    'translateOldActions.channel',
    'undefined text',
    (v) => legacy.translateOldActions({ channel: v } as never),
  ],
  ['PusherService.use', '', (v) => legacy.PusherService.use(v)],
  ['new PusherService', 'undefined object', (v) => new legacy.PusherService(v)],
  ['useWebSocket', '', (v, w) => w.inReact(() => legacyReact.useWebSocket(v))],
  ['clientOptionsFromEnv', '', (v) => clientOptionsFromEnv(v)],
  ['pusherOf', '', (v) => pusherOf(v)],
  ['pusherOf options', 'undefined object', (v, w) => pusherOf(w.client, v)],
  ['new Pusher', '', (v) => new Pusher(v, {} as never)],
  ['new Pusher options', '', (v) => new Pusher('key', v)],
  ['pusher.bind', '', (v, w) => w.pusher().bind('x', v)],
  ['pusher.bind event', 'text', (v, w) => w.pusher().bind(v, () => {})],
  ['pusher.bind_global', '', (v, w) => w.pusher().bind_global(v)],
  ['pusher.unbind', 'any', (v, w) => w.pusher().unbind('x', v)],
  ['pusher.subscribe', 'text', (v, w) => w.pusher().subscribe(v)],
  ['pusher.unsubscribe', 'any', (v, w) => w.pusher().unsubscribe(v)],
  ['pusher.channel', 'any', (v, w) => w.pusher().channel(v)],
  ['pusher.send_event', 'any', (v, w) => w.pusher().send_event(v, 1, 'private-a')],
  ['pusher.channel.bind', '', (v, w) => w.pusher().subscribe('a').bind('x', v)],
  ['pusher.channel.bind_global', '', (v, w) => w.pusher().subscribe('a').bind_global(v)],
  ['pusher.channel.trigger', '', (v, w) => w.pusher().subscribe('private-a').trigger(v, 1)],
  ['pusher.connection.bind', '', (v, w) => w.pusher().connection.bind('x', v)],
  ['createManualClock', 'undefined number', (v) => createManualClock(v)],
  ['clock.after', '', (v, w) => w.clock.after(1, v)],
  ['clock.advance', 'number', (v, w) => w.clock.advance(v)],
  ['createTestClient', 'undefined object', (v) => createTestClient(v)],
  ['createTestServer', 'undefined object', (v) => createTestServer(v)],
  ['createTestServer.authorize', 'undefined', (v) => createTestServer({ authorize: v })],
  ['createTestServer.watchlist', 'undefined', (v) => createTestServer({ watchlist: v })],
  ['createTestServer.apps', 'undefined', (v) => createTestServer({ apps: v })],
  ['createTestServer.apps of one', 'object', (v) => createTestServer({ apps: [v] })],
  ['createTestServer.webhooks', 'undefined', (v) => createTestServer({ apps: [{ webhooks: v }] })],
  ['createTestServer.headers', 'undefined object', (v) => createTestServer({ headers: v })],
  ['createTestServer.ids', 'undefined', (v) => createTestServer({ ids: v })],
  ['createTestServer.userId', 'undefined text', (v) => createTestServer({ userId: v })],
  ['createTestServer.capacity', 'undefined number', (v) => createTestServer({ capacity: v })],
  ['createTestServer.triggerAnswer', 'undefined', (v) => createTestServer({ triggerAnswer: v })],
  ['server.rejectTrigger options', 'undefined object', (v, w) => w.server.rejectTrigger(500, 1, v)()],
  [
    'new RealtimeClient.port',
    'undefined number',
    (v) => new surewire.RealtimeClient({ key: 'k', host: 'a', port: v }),
  ],
  ['createTestServer.clock', 'undefined', (v) => createTestServer({ clock: v })],
  ['server.trigger', 'text', (v, w) => w.server.trigger(v, 'x', 1)],
  ['server.trigger event', 'text', (v, w) => w.server.trigger('a', v, 1)],
  ['server.trigger options', 'undefined object', (v, w) => w.server.trigger('a', 'x', 1, v)],
  ['server.issueToken', 'undefined object', (v, w) => w.server.issueToken(v)],
  ['server.delay', 'number', (v, w) => w.server.delay(v)()],
  ['server.refuse', 'undefined', (v, w) => w.server.refuse(v)()],
  ['server.rejectAuth', '', (v, w) => w.server.rejectAuth(v)()],
  ['server.restart', 'undefined object', (v, w) => w.server.restart(v)],
  ['server.connect', 'undefined', (v, w) => w.server.connect(v)],
];

/** How a call ended: refused in our words, or not at all, or in somebody else's. */
async function outcome([, , call]: Row, value: unknown): Promise<string> {
  const made = world();
  // Whoever listens makes it a used client.
  await made.clock.settle();
  made.told.length = 0;
  try {
    const answer = call(value as never, made);
    if (answer instanceof Promise) await Promise.race([answer, made.clock.settle()]);
  } catch (error) {
    if (!(error instanceof surewire.RealtimeError)) return `raw ${String(error)}`;
    return ['configuration', 'validation', 'missing-feature'].includes(error.code)
      ? 'refused'
      : `code ${error.code}`;
  }
  await made.clock.settle();
  return made.told.some(({ code }) => code === 'configuration') ? 'refused' : 'fine';
}

afterEach(() => {
  vi.restoreAllMocks();
});

test.each(table)('E6: %s', async (...row) => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const ends: Record<string, string> = {};
  for (const [word, value] of Object.entries(values)) ends[word] = await outcome(row, value);
  const fine = row[1].split(' ');
  const wanted = Object.keys(values).map((word) => [
    word,
    fine.includes(word) || row[1] === 'any' ? 'fine' : 'refused',
  ]);
  expect(ends).toEqual(Object.fromEntries(wanted));
});

/** Functions that take nothing, or nothing that could be wrong; errors take what they are given. */
const without =
  /Error$|^(isSameSelection|statistics|encryption|memoryStorage|event|deliveryConfirmations|createRealtimeHooks|createRealtimeComposables|createRealtimeActions|SystemClock|needed\w*|realtimeReducer|useRealtime|useChannel|useLatest|LegacySocket|LegacyServiceProvider|TestServer|MemorySocket)$/;

test('E6: every public function that takes something stands in the table', () => {
  const calls = table.map(([name, , call]) => `${name} ${String(call)}`);
  const missing = [surewire, legacy, legacyReact, react, redux, vue]
    .flatMap((entry) => Object.entries(entry))
    .filter(([name, value]) => typeof value === 'function' && !without.test(name))
    .filter(([name]) => !calls.some((call) => new RegExp(`\\b${name}\\b`).test(call)));
  expect(missing.map(([name]) => name)).toEqual([]);
});
