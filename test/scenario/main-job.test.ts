import { afterEach, describe, expect, test } from 'vitest';
import {
  backendAuth,
  defineChannels,
  event,
  presence,
  RealtimeClient,
  type RealtimeError,
} from '../../src/index';
import { createTestServer } from '../../src/testing/index';

interface Progress {
  readonly status: string;
  readonly progress: number;
}

const channels = defineChannels({
  'content-generation-{id}': { progress: event<Progress>() },
  'private-plugin-{id}': {
    command: event<{ run: string }>(),
    'client-cursor': event<{ x: number; y: number }>(),
    'client-note': event<string>(),
  },
  'presence-classroom-{classId}': presence<{ name: string }>()({
    'hand-raised': event<{ userId: string }>(),
  }),
});

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(): Promise<{
  server: ReturnType<typeof createTestServer>;
  connect: (userId?: string) => RealtimeClient<typeof channels>;
  errors: RealtimeError[];
}> {
  const server = createTestServer();
  const listening = await server.listen({ port: 0 });
  ends.push(() => listening.close());
  const errors: RealtimeError[] = [];
  return {
    server,
    errors,
    connect: (userId = 'ada') => {
      const client = new RealtimeClient({
        ...listening.options,
        auth: backendAuth({ endpoint: listening.endpoints.auth, token: () => server.issueToken({ userId }) }),
        channels,
      });
      client.on('error', (error) => errors.push(error));
      ends.push(() => client.destroy());
      return client;
    },
  };
}

describe('the main job, over real sockets and pusher-js', () => {
  test('listening subscribes, connects and delivers typed payloads', async () => {
    const { server, connect, errors } = await start();
    const client = connect();
    const generation = client.channel('content-generation-{id}', { id: 42 });
    const next = generation.once('progress', { timeout: 60_000 });
    await generation.ready({ timeout: 60_000 });
    server.trigger('content-generation-42', 'progress', { status: 'running', progress: 40 });
    expect(await next).toEqual({ status: 'running', progress: 40 });
    expect(client.status.get().state).toBe('connected');
    expect(errors).toEqual([]);
  });

  test('publish resolves with what the server accepted, and the other client hears it', async () => {
    const { connect } = await start();
    const [ada, ben] = [connect('ada'), connect('ben')];
    const heard = ben.channel('private-plugin-7').once('command', { timeout: 60_000 });
    await ben.channel('private-plugin-7').ready({ timeout: 60_000 });
    const acknowledgement = await ada.channel('private-plugin-7').publish('command', { run: 'build' });
    expect(acknowledgement).toMatchObject({ level: 'accepted', attempts: 1 });
    expect(await heard).toEqual({ run: 'build' });
  });

  test('a client event published before anything is connected arrives', async () => {
    const { connect } = await start();
    const [ada, ben] = [connect('ada'), connect('ben')];
    const heard = ben.channel('private-plugin-7').once('client-cursor', { timeout: 60_000 });
    await ben.channel('private-plugin-7').ready({ timeout: 60_000 });
    const acknowledgement = await ada.publish('private-plugin-7', 'client-cursor', { x: 1, y: 2 });
    expect(acknowledgement.level).toBe('written');
    expect(await heard).toEqual({ x: 1, y: 2 });
  });

  test('a text that reads as a number arrives as a text', async () => {
    const { connect } = await start();
    const [ada, ben] = [connect('ada'), connect('ben')];
    const heard = ben.channel('private-plugin-7').once('client-note', { timeout: 60_000 });
    await ben.channel('private-plugin-7').ready({ timeout: 60_000 });
    await ada.publish('private-plugin-7', 'client-note', '7');
    expect(await heard).toBe('7');
  });

  test('everybody on a presence channel is known, ourselves included', async () => {
    const { connect } = await start();
    const [ada, ben] = [connect('ada'), connect('ben')];
    const classroom = ada.channel('presence-classroom-5');
    await classroom.ready({ timeout: 60_000 });
    expect(classroom.me.get()).toEqual({ id: 'ada', info: { name: 'ada' } });
    const both = new Promise<void>((resolve) => {
      classroom.members.subscribe((members) => members.length === 2 && resolve());
    });
    ben.channel('presence-classroom-5').hold();
    await both;
    expect(classroom.members.get().map(({ id }) => id)).toEqual(['ada', 'ben']);
  });

  test('a wrong key fails at once with the reason, and nothing dials again', async () => {
    const { connect, server } = await start();
    const good = connect();
    await good.connect();
    const listening = await server.listen({ port: 0 });
    ends.push(() => listening.close());
    const client = new RealtimeClient({ ...listening.options, key: 'no-such-key' });
    ends.push(() => client.destroy());
    client.on('error', () => {});
    await expect(client.connect()).rejects.toMatchObject({ name: 'ConnectionError', status: 4001 });
    expect(client.status.get()).toMatchObject({ state: 'failed', attempt: 1 });
  });
});
