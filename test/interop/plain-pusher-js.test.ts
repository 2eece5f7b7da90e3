import Pusher, { type Channel, type PresenceChannel } from 'pusher-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestServer, type TestServer, type TestServerOptions } from '../../src/testing/index';

describe('plain pusher-js against the test server', () => {
  let server: TestServer;
  let port: number;
  const clients = new Set<Pusher>();

  async function start(options: TestServerOptions = {}): Promise<void> {
    server = createTestServer(options);
    ({ port } = await server.listen());
  }

  function connect(userId = 'user-1', key = 'app-key'): Pusher {
    const headers = { authorization: `Bearer ${server.issueToken({ userId })}` };
    const url = `http://127.0.0.1:${port}`;
    const client = new Pusher(key, {
      cluster: '',
      wsHost: '127.0.0.1',
      wsPort: port,
      forceTLS: false,
      enabledTransports: ['ws', 'wss'],
      channelAuthorization: { transport: 'ajax', endpoint: `${url}/pusher/auth`, headers },
      userAuthentication: { transport: 'ajax', endpoint: `${url}/pusher/user-auth`, headers },
    });
    clients.add(client);
    return client;
  }

  const event = <T = unknown>(source: { bind(name: string, fn: (data: T) => void): unknown }, name: string) =>
    new Promise<T>((resolve) => source.bind(name, resolve));
  const subscribed = async (client: Pusher, name: string): Promise<Channel> => {
    const channel = client.subscribe(name);
    await event(channel, 'pusher:subscription_succeeded');
    return channel;
  };

  beforeEach(() => start());
  afterEach(async () => {
    for (const client of clients) client.disconnect();
    clients.clear();
    await server.stop();
  });

  test('connects, subscribes and hears what is triggered', async () => {
    const channel = await subscribed(connect(), 'open');
    const heard = event(channel, 'said');
    server.trigger('open', 'said', { n: 1 });
    await expect(heard).resolves.toEqual({ n: 1 });
  });

  test('gives up when the app is unknown', async () => {
    const client = connect('user-1', 'other-key');
    await event(client.connection, 'disconnected');
    expect(client.connection.state).toBe('disconnected');
  });

  test('authorizes private channels and exchanges client events', async () => {
    const [one, two] = [connect(), connect()];
    const [from, to] = [await subscribed(one, 'private-a'), await subscribed(two, 'private-a')];
    const heard = event(to, 'client-wave');
    from.trigger('client-wave', { hand: 'left' });
    await expect(heard).resolves.toEqual({ hand: 'left' });
  });

  test('sees who is present, who comes and who goes', async () => {
    const [one, two] = [connect('one'), connect('two')];
    const channel = (await subscribed(one, 'presence-a')) as PresenceChannel;
    expect(channel.members.me).toEqual({ id: 'one', info: { name: 'one' } });
    const added = event(channel, 'pusher:member_added');
    await subscribed(two, 'presence-a');
    await expect(added).resolves.toEqual({ id: 'two', info: { name: 'two' } });
    const removed = event(channel, 'pusher:member_removed');
    two.disconnect();
    await expect(removed).resolves.toEqual({ id: 'two', info: { name: 'two' } });
    expect(channel.members.count).toBe(1);
  });

  test('decrypts what is triggered on encrypted channels', async () => {
    const channel = await subscribed(connect(), 'private-encrypted-a');
    const heard = event(channel, 'secret');
    server.trigger('private-encrypted-a', 'secret', { n: 1 });
    await expect(heard).resolves.toEqual({ n: 1 });
  });

  test('is told of an empty cache, then of the cached event', async () => {
    const channel = connect().subscribe('private-cache-a');
    await event(channel, 'pusher:cache_miss');
    server.trigger('private-cache-a', 'state', { n: 1 });
    const late = connect().subscribe('private-cache-a');
    await expect(event(late, 'state')).resolves.toEqual({ n: 1 });
  });

  test('is told how many subscribe, when the app has that switched on', async () => {
    await server.stop();
    await start({ apps: [{ subscriptionCount: true }] });
    const channel = await subscribed(connect(), 'open');
    const counted = event<{ subscription_count: number }>(channel, 'pusher:subscription_count');
    await subscribed(connect(), 'open');
    await expect(counted).resolves.toEqual({ subscription_count: 2 });
  });

  test('signs in, is reached as a user, watches others, and is disconnected by the backend', async () => {
    await server.stop();
    await start({ watchlist: (userId) => (userId === 'one' ? ['two'] : []) });
    const [one, two] = [connect('one'), connect('two')];
    const offline = event<{ user_ids: string[] }>(one.user.watchlist, 'offline');
    one.signin();
    await expect(offline).resolves.toMatchObject({ user_ids: ['two'] });
    const online = event<{ user_ids: string[] }>(one.user.watchlist, 'online');
    two.signin();
    await expect(online).resolves.toMatchObject({ user_ids: ['two'] });
    await expect.poll(() => server.channels.map(({ name }) => name)).toContain('#server-to-user-one');
    const note = event(one.user, 'note');
    server.trigger('#server-to-user-one', 'note', { n: 1 });
    await expect(note).resolves.toEqual({ n: 1 });
  });

  test('says so when the application refuses a channel', async () => {
    await server.stop();
    await start({ authorize: ({ channel }) => channel !== 'private-staff' });
    const refused = event(connect().subscribe('private-staff'), 'pusher:subscription_error');
    await expect(refused).resolves.toMatchObject({ status: 403 });
  });

  test('comes back after a drop, with its channels', async () => {
    const client = connect();
    const channel = await subscribed(client, 'private-a');
    const again = event(channel, 'pusher:subscription_succeeded');
    server.drop();
    await again;
    const heard = event(channel, 'said');
    server.trigger('private-a', 'said', { n: 2 });
    await expect(heard).resolves.toEqual({ n: 2 });
  });
});
