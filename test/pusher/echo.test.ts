// Laravel Echo 2.5, unchanged, on surewire: as its `Pusher`, and as its `client`.
import Echo from 'laravel-echo';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { backendAuth, encryption, RealtimeClient } from '../../src/index';
import Pusher, { pusherOf } from '../../src/pusher/index';
import { createTestServer, type ListeningServer, type TestServer } from '../../src/testing/index';
import { authOf, placeOf } from './face';

let server: TestServer;
let listening: ListeningServer;

beforeEach(async () => {
  server = createTestServer();
  listening = await server.listen();
  return () => server.stop();
});

function asPusher(userId: string): Echo<'reverb'> {
  const { key } = listening.options;
  const echo = new Echo({
    broadcaster: 'reverb',
    Pusher,
    key,
    ...placeOf(listening),
    ...authOf(server, listening, userId),
  });
  onTestFinished(() => echo.disconnect());
  return echo;
}

function asClient(userId: string): Echo<'reverb'> {
  const auth = backendAuth({
    endpoint: listening.endpoints.auth,
    token: () => server.issueToken({ userId }),
  });
  const client = new RealtimeClient({ ...listening.options, auth, encryption: encryption() });
  onTestFinished(() => client.destroy());
  return new Echo({ broadcaster: 'reverb', client: pusherOf(client) });
}

describe.each([
  ['Pusher', asPusher],
  ['client: pusherOf(client)', asClient],
])('Laravel Echo with %s', (_, echoOf) => {
  test('listens with and without namespace, on public and private channels', async () => {
    const echo = echoOf('ada');
    const heard: unknown[] = [];
    echo.channel('orders').listen('OrderShipped', (data: unknown) => heard.push(['namespaced', data]));
    echo.private('orders.1').listen('.order.shipped', (data: unknown) => heard.push(['named', data]));
    echo.private('orders.1').listenToAll((event: string) => heard.push(event));
    await expect.poll(() => server.channels.length).toBe(2);
    server.trigger('orders', 'App\\Events\\OrderShipped', { id: 1 });
    server.trigger('private-orders.1', 'order.shipped', { id: 2 });
    await expect.poll(() => heard.length).toBe(3);
    expect(heard).toEqual([['namespaced', { id: 1 }], '.order.shipped', ['named', { id: 2 }]]);
  });

  test('decrypts', async () => {
    const heard: unknown[] = [];
    echoOf('ada')
      .encryptedPrivate('secrets')
      .listen('.told', (data: unknown) => heard.push(data));
    await expect.poll(() => server.channels.length).toBe(1);
    server.trigger('private-encrypted-secrets', 'told', { n: 1 });
    await expect.poll(() => heard).toEqual([{ n: 1 }]);
  });

  test('knows who is here, who is joining and who is leaving, through a cut', async () => {
    const [ada, ben] = [echoOf('ada'), echoOf('ben')];
    const told: unknown[] = [];
    const names = (members: readonly { readonly name: string }[]) => members.map(({ name }) => name).join();
    ada
      .join('room')
      .here((members: { name: string }[]) => told.push(`here: ${names(members)}`))
      .joining(({ name }: { name: string }) => told.push(`joining: ${name}`))
      .leaving(({ name }: { name: string }) => told.push(`leaving: ${name}`));
    await expect.poll(() => told).toEqual(['here: ada']);
    ben.join('room');
    await expect.poll(() => told).toEqual(['here: ada', 'joining: ben']);
    ben.leave('room');
    await expect.poll(() => told.at(-1)).toBe('leaving: ben');
    server.drop();
    await expect.poll(() => told.at(-1)).toBe('here: ada');
    ben.join('room');
    await expect.poll(() => told.at(-1)).toBe('joining: ben');
    expect(told).toHaveLength(5);
  });

  test('what is whispered before there is a connection, and while it is lost, arrives in order', async () => {
    const ada = echoOf('ada');
    const heard: unknown[] = [];
    ada.private('chat').listenForWhisper('typed', ({ n }: { n: number }) => heard.push(n));
    await expect.poll(() => server.channels[0]?.subscriptions).toBe(1);
    const ben = echoOf('ben');
    const chat = ben.private('chat');
    chat.whisper('typed', { n: 1 });
    await expect.poll(() => heard).toEqual([1]);
    const stop = server.refuse('tcp');
    server.connections.find(({ socketId }) => socketId === ben.socketId())?.close(1011);
    await expect.poll(() => ben.connectionStatus()).not.toBe('connected');
    for (const n of [2, 3, 4]) chat.whisper('typed', { n });
    stop();
    await expect.poll(() => heard).toEqual([1, 2, 3, 4]);
  });

  test('brings notifications', async () => {
    const heard: unknown[] = [];
    echoOf('ada')
      .private('App.Models.User.1')
      .notification((data: unknown) => heard.push(data));
    await expect.poll(() => server.channels.length).toBe(1);
    const event = 'Illuminate\\Notifications\\Events\\BroadcastNotificationCreated';
    server.trigger('private-App.Models.User.1', event, { type: 'paid' });
    await expect.poll(() => heard).toEqual([{ type: 'paid' }]);
  });

  test('stops listening, and leaves', async () => {
    const echo = echoOf('ada');
    const heard: unknown[] = [];
    const first = (): void => void heard.push('first');
    const second = (): void => void heard.push('second');
    const channel = echo.private('orders').listen('.shipped', first).listen('.shipped', second);
    await expect.poll(() => server.channels.length).toBe(1);
    channel.stopListening('.shipped', first);
    server.trigger('private-orders', 'shipped', {});
    await expect.poll(() => heard).toEqual(['second']);
    echo.leave('orders');
    await expect.poll(() => server.channels).toEqual([]);
    server.trigger('private-orders', 'shipped', {});
    expect(heard).toEqual(['second']);
  });

  test('has a socket id for toOthers while it is connected, and none while it is not', async () => {
    const echo = echoOf('ada');
    echo.channel('news');
    await expect.poll(() => echo.connectionStatus()).toBe('connected');
    expect(server.connections.map(({ socketId }) => socketId)).toEqual([echo.socketId()]);
    server.refuse('tcp');
    server.drop();
    await expect.poll(() => [echo.socketId(), echo.connectionStatus()]).toEqual([undefined, 'connecting']);
  });

  test('tells errors of a subscription', async () => {
    server.rejectAuth(403);
    const errors: unknown[] = [];
    echoOf('ada')
      .private('orders')
      .error((error: unknown) => errors.push(error));
    await expect.poll(() => errors).toMatchObject([{ type: 'AuthError', status: 403 }]);
  });
});
