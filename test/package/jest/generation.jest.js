// An application's test, as the guide shows it. Run by Jest 29 and 30, in node and in jsdom.
const { RealtimeClient } = require('surewire');
const { createTestClient, createTestServer } = require('surewire/testing');

describe.each(['real timers', 'fake timers'])('with %s', (timers) => {
  beforeEach(() => {
    if (timers === 'fake timers') jest.useFakeTimers();
  });
  afterEach(() => jest.useRealTimers());

  test('a client listens, publishes, loses the connection and comes back', async () => {
    const { client, server, clock } = createTestClient({});
    const heard = [];
    const errors = [];
    client.on('error', (error) => errors.push(error));
    client.channel('content-generation-42').on('progress', (payload) => heard.push(payload));
    client.channel('private-plugin-7').on('command', (payload) => heard.push(payload));
    client.channel('presence-room').on('said', (payload) => heard.push(payload));
    client.channel('private-encrypted-vault').on('secret', (payload) => heard.push(payload));
    await clock.settle();
    expect(server.connections[0].channels).toHaveLength(4);

    server.drop();
    await clock.advance(30_000);
    server.trigger('content-generation-42', 'progress', { progress: 40 });
    server.trigger('private-plugin-7', 'command', { run: 'grün' });
    server.trigger('presence-room', 'said', 'hello');
    server.trigger('private-encrypted-vault', 'secret', { word: 'ü' });
    await clock.settle();
    expect(heard).toEqual([{ progress: 40 }, { run: 'grün' }, 'hello', { word: 'ü' }]);

    const published = client.publish('private-plugin-7', 'command', { run: 'bauen – ä' });
    await clock.settle();
    await expect(published).resolves.toMatchObject({ level: 'accepted' });
    await clock.settle();

    server.rejectTrigger(403);
    const refused = client.publish('private-plugin-7', 'command', { run: 'x' });
    const reason = expect(refused).rejects.toMatchObject({ name: 'PublishError', status: 403 });
    await clock.settle();
    await reason;

    client.destroy();
    await clock.settle();
    expect(clock.pending).toBe(0);
  });

  test('a token that has expired is renewed', async () => {
    const { client, server, clock } = createTestClient({});
    server.rejectAuth(401);
    client.channel('private-plugin-7').hold();
    await clock.settle();
    expect(server.requests.map(({ status }) => status)).toEqual([401, 200]);
    client.destroy();
  });
});

test('a client over real sockets follows a channel', async () => {
  const server = createTestServer();
  const { options } = await server.listen();
  // Public channels need no fetch, which jsdom does not have.
  const client = new RealtimeClient({ key: options.key, host: options.host, port: options.port, tls: false });
  const heard = new Promise((resolve) => client.channel('open').on('said', resolve));
  await client.channel('open').ready();
  server.trigger('open', 'said', { hello: 'world' });
  expect(await heard).toEqual({ hello: 'world' });
  client.destroy();
  await server.stop();
});

test('handlers() says that Jest has no import()', async () => {
  await expect(createTestServer().handlers()).rejects.toThrow(/In Jest use/);
});
