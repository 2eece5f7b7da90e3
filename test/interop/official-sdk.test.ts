import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Pusher, { type RequestError } from 'pusher';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { channelKey, decodeBase64, openSecretBox } from '../../src/testing/cryptography';
import { createTestServer, type TestServer } from '../../src/testing/index';
import { asRecord, textField } from '../../src/testing/json-values';
import { RawClient } from '../testing/raw-client';

const masterKey = Buffer.alloc(32, 7).toString('base64');

describe('the official server library, unchanged, against the test server', () => {
  let server: TestServer;
  let sdk: Pusher;

  const connect = (): Promise<RawClient> => new RawClient(server.connect()).established();

  async function start(app: object = {}): Promise<void> {
    server = createTestServer({ apps: [{ encryptionMasterKey: masterKey, ...app }] });
    const { port } = await server.listen();
    sdk = new Pusher({
      appId: 'app-id',
      key: 'app-key',
      secret: 'app-secret',
      host: '127.0.0.1',
      port: String(port),
      useTLS: false,
      encryptionMasterKeyBase64: masterKey,
    });
  }

  beforeEach(() => start());
  afterEach(() => server.stop());

  test('triggers on several channels, and leaves out the connection it names', async () => {
    const [one, two] = [await connect(), await connect()];
    for (const client of [one, two]) for (const name of ['a', 'b']) await client.subscribe(name);
    const answer = await sdk.trigger(['a', 'b'], 'said', { n: 1 }, { socket_id: one.socketId });
    expect(await answer.json()).toEqual({});
    expect((await two.next('said')).channel).toBe('a');
    expect((await two.next('said')).channel).toBe('b');
    await one.settled();
    expect(one.events).not.toContain('said');
  });

  test('asks for attributes while it triggers', async () => {
    await start({ subscriptionCount: true });
    const client = await connect();
    await client.subscribe('a');
    const answer = await sdk.trigger(
      ['a', 'presence-b'],
      'said',
      {},
      { info: 'subscription_count,user_count' },
    );
    expect(await answer.json()).toEqual({
      channels: { a: { subscription_count: 1 }, 'presence-b': { user_count: 0 } },
    });
  });

  test('triggers a batch', async () => {
    const client = await connect();
    await client.subscribe('a');
    const answer = await sdk.triggerBatch([
      { channel: 'a', name: 'first', data: { n: 1 } },
      { channel: 'a', name: 'second', data: 'text' },
    ]);
    expect(answer.status).toBe(200);
    expect((await client.next('first')).data).toEqual({ n: 1 });
    expect((await client.next('second')).data).toBe('text');
  });

  test('authorizes private and presence channels', async () => {
    const client = await connect();
    await client.subscribe('private-a', { ...sdk.authorizeChannel(client.socketId, 'private-a') });
    const member = { user_id: 'u', user_info: { name: 'Ü' } };
    const proof = sdk.authorizeChannel(client.socketId, 'presence-a', member);
    const joined = await client.subscribe('presence-a', { ...proof });
    expect(joined.data).toMatchObject({ presence: { ids: ['u'], hash: { u: { name: 'Ü' } } } });
    const users = await sdk.get({ path: '/channels/presence-a/users' });
    expect(await users.json()).toEqual({ users: [{ id: 'u' }] });
    const channel = await sdk.get({ path: '/channels/presence-a', params: { info: 'user_count' } });
    expect(await channel.json()).toEqual({ occupied: true, user_count: 1 });
    const channels = await sdk.get({
      path: '/channels',
      params: { filter_by_prefix: 'presence-', info: 'user_count' },
    });
    expect(await channels.json()).toEqual({ channels: { 'presence-a': { user_count: 1 } } });
  });

  test('encrypts for encrypted channels with the key that the auth answer gives out', async () => {
    const client = await connect();
    const name = 'private-encrypted-a';
    const { auth, shared_secret } = sdk.authorizeChannel(client.socketId, name);
    expect(shared_secret).toBe(Buffer.from(channelKey(masterKey, name)).toString('base64'));
    await client.subscribe(name, { auth });
    await sdk.trigger(name, 'secret', { n: 1 });
    const sealed = asRecord((await client.next('secret')).data);
    const [nonce, ciphertext] = [textField(sealed, 'nonce') ?? '', textField(sealed, 'ciphertext') ?? ''];
    const opened = openSecretBox(decodeBase64(ciphertext), decodeBase64(nonce), channelKey(masterKey, name));
    expect(new TextDecoder().decode(opened ?? undefined)).toBe('{"n":1}');
  });

  test('authenticates a user, reaches and disconnects that user', async () => {
    const [client, other] = [await connect(), await connect()];
    const proof = sdk.authenticateUser(client.socketId, { id: 'u' });
    client.send('pusher:signin', proof);
    expect((await client.next('pusher:signin_success')).data).toEqual({ user_data: '{"id":"u"}' });
    await client.subscribe('#server-to-user-u');
    await sdk.sendToUser('u', 'note', { n: 1 });
    expect((await client.next('note')).data).toEqual({ n: 1 });
    await sdk.terminateUserConnections('u');
    await expect(client.closed).resolves.toBe(4009);
    await other.settled();
  });

  /** The library itself refuses to trigger on several encrypted channels; others do not. */
  const raw = (channels: readonly string[]): Promise<unknown> =>
    // Its types say text; what it posts is the object as JSON.
    sdk.post({ path: '/events', body: { name: 'said', channels, data: '{}' } as unknown as string });

  test('verifies webhooks', async () => {
    const received: { headers: Record<string, string>; rawBody: string }[] = [];
    const receiver = createServer(async (request, response) => {
      let rawBody = '';
      for await (const chunk of request) rawBody += chunk;
      received.push({ headers: JSON.parse(JSON.stringify(request.headers)), rawBody });
      response.end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    await server.stop();
    await start({ webhooks: [{ url: `http://127.0.0.1:${port}/pusher/webhook` }] });
    const client = await connect();
    await client.subscribe('a');
    await expect.poll(() => server.webhooks[0]?.state).toBe('delivered');
    receiver.close();
    const [request] = received;
    if (request === undefined) throw new Error('no webhook came');
    const webhook = sdk.webhook(request);
    expect(webhook.isValid()).toBe(true);
    expect(webhook.getEvents()).toEqual([{ name: 'channel_occupied', channel: 'a' }]);
    expect(sdk.webhook({ ...request, rawBody: `${request.rawBody} ` }).isValid()).toBe(false);
  });

  test.each([
    [400, 'several encrypted channels at once', () => raw(['private-encrypted-a', 'private-encrypted-b'])],
    [400, 'an encrypted channel beside another', () => raw(['open', 'private-encrypted-a'])],
    [413, 'data over 10 kB', () => sdk.trigger('a', 'said', 'x'.repeat(10_241))],
    [400, 'a batch of eleven', () => sdk.triggerBatch(Array(11).fill({ channel: 'a', name: 'e', data: '' }))],
    [400, 'users of a channel without presence', () => sdk.get({ path: '/channels/a/users' })],
    [404, 'an unknown path', () => sdk.get({ path: '/nowhere' })],
  ])('gets %i for %s', async (status, _what, call) => {
    await expect(call()).rejects.toMatchObject({ status } satisfies Partial<RequestError>);
  });

  test('gets 401 when it signs with another secret', async () => {
    const { port } = await server.listen();
    const stranger = new Pusher({
      appId: 'app-id',
      key: 'app-key',
      secret: 'wrong',
      host: '127.0.0.1',
      port: String(port),
      useTLS: false,
    });
    await expect(stranger.trigger('a', 'said', {})).rejects.toMatchObject({ status: 401 });
  });
});
