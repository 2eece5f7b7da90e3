// Over pusher-js and real sockets against soketi, which we did not write: what our own server only says that others do.

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { backendAuth, userEndpoint } from '../../src/index';
import { echoAsPusher, testLaravelEcho } from './laravel-echo';
import { testProtocol } from './protocol';
import { expectOneDial, state, visit } from './server-visit';
import { apps, placeOf } from './soketi-apps';
import { Soketi } from './soketi-process';

describe('soketi', () => {
  let soketi: Soketi;
  beforeAll(async () => {
    soketi = await Soketi.start(apps);
  });
  afterAll(() => soketi.end());

  testProtocol(() => placeOf(soketi));
  testLaravelEcho(() => placeOf(soketi));

  test('what soketi refuses is refused, although its status is 200, where the backend reads the answer', async () => {
    const { sdk, connect } = await visit(placeOf(soketi));
    const refusal = await sdk.trigger('private-plugin-7', 'client-note', '');
    expect([refusal.status, await refusal.json()]).toEqual([200, expect.objectContaining({ code: 400 })]);
    const published = connect('ada').publish('private-plugin-7', 'client-note', '', { route: 'server' });
    await expect(published).rejects.toMatchObject({ name: 'PublishError', status: 422, retryable: false });
  });

  test('where client events are off receivers stay silent, and say so in the log only; the backend can confirm', async () => {
    const { sdk, connect } = await visit(placeOf(soketi, 'silent'));
    const [ada, ben] = [connect('ada'), connect('ben')];
    const warnings: string[] = [];
    ben.on('log', ({ level, message }) => level === 'warn' && warnings.push(message));
    ben.channel('private-plugin-7').on('command', (_, { channel, id }) => {
      if (id !== undefined && warnings.length > 0) void sdk.trigger(channel, 'ack', { id });
    });
    await ben.channel('private-plugin-7').ready();
    const publish = (timeout: number) =>
      ada.publish('private-plugin-7', 'command', { run: 'build' }, { acknowledge: 'delivered', timeout });
    await expect(publish(1_500)).rejects.toMatchObject({ code: 'unconfirmed', receivers: 0 });
    await expect.poll(() => warnings).toHaveLength(1);
    await expect(publish(20_000)).resolves.toMatchObject({ level: 'delivered', receivers: 1 });
    expect(ben.errors).toEqual([]);
    expect(warnings).toHaveLength(1);
  });

  test('client events go both ways, and soketi vouches for their sender', async () => {
    const { connect } = await visit(placeOf(soketi));
    const clients = [connect('ada'), connect('ben')] as const;
    const rooms = clients.map((client) => client.channel('presence-classroom-2'));
    const heard: string[] = [];
    for (const room of rooms) {
      room.on('client-wave', ({ hand }, { userId }) => heard.push(`${userId} ${hand}`));
      await room.ready();
    }
    const written = await Promise.all([
      rooms[0]?.publish('client-wave', { hand: 'left' }),
      rooms[1]?.publish('client-wave', { hand: 'right' }),
    ]);
    expect(written.map((each) => each?.level)).toEqual(['written', 'written']);
    await expect.poll(() => heard.toSorted()).toEqual(['ada left', 'ben right']);
  });

  test('at the limit for client events nothing is rejected and nothing is lost', async () => {
    const { connect } = await visit(placeOf(soketi, 'slow'));
    const [ada, ben] = [connect('ada', { limits: { clientEventsPerSecond: 3 } }), connect('ben')];
    const heard: unknown[] = [];
    ben.channel('private-plugin-7').on('client-note', (note) => heard.push(note));
    await ben.channel('private-plugin-7').ready();
    const notes = Array.from({ length: 8 }, (_, n) => n);
    await Promise.all(notes.map((n) => ada.publish('private-plugin-7', 'client-note', n)));
    await expect.poll(() => heard).toEqual(notes);
    expect(ada.errors).toEqual([]);
  });

  test('over a limit that it was not told of, the client says so and slows down', async () => {
    const { connect } = await visit(placeOf(soketi, 'slow'));
    const client = connect('ada');
    // From the moment in which it is told: a machine that looks late would find it as quick as ever again.
    const slowed = new Promise<number>((resolve) => {
      const stop = client.on('error', () => {
        stop();
        const before = performance.now();
        void client
          .publish('private-plugin-7', 'client-note', 5)
          .then(() => resolve(performance.now() - before));
      });
    });
    await Promise.all(
      Array.from({ length: 5 }, (_, n) => client.publish('private-plugin-7', 'client-note', n)),
    );
    expect(await slowed).toBeGreaterThan(500);
    await expect.poll(() => client.errors.length).toBe(2);
    expect(client.errors[0]).toMatchObject({ name: 'RateLimitError', status: 4301 });
  });

  test.each([
    ['silent', 'switched off', 'x', /client messaging enabled/],
    ['school', 'too long', 'x'.repeat(101 * 1024), /less than 100 KB/],
  ])(
    'app "%s": client events that are %s are reported, in the words of soketi',
    async (key, _what, note, words) => {
      const { connect } = await visit(placeOf(soketi, key));
      const client = connect('ada', { limits: { payloadBytes: 200_000 } });
      await client.publish('private-plugin-7', 'client-note', note);
      await expect.poll(() => client.errors).toHaveLength(1);
      expect(client.errors[0]).toMatchObject({ name: 'RateLimitError', status: 4301 });
      expect(client.errors[0]?.message).toMatch(words);
      expect(client.status.get().state).toBe('connected');
    },
  );

  test('a signature that soketi refuses is known at once, by its channel, and the others go on', async () => {
    const { connect } = await visit(placeOf(soketi));
    const client = connect('ada');
    const [forged, good] = [client.channel('private-forged'), client.channel('private-plugin-7')];
    await Promise.all([
      expect(forged.ready({ timeout: 60_000 })).rejects.toMatchObject({
        name: 'SubscriptionError',
        channel: 'private-forged',
        status: 401,
      }),
      good.ready({ timeout: 60_000 }),
    ]);
    expect(forged.subscription.get().state).toBe('refused');
    expect(good.subscription.get().state).toBe('subscribed');
    expect(client.errors.map(({ channel }) => channel)).toEqual(['private-forged']);
  });

  test('with the key of an app that is disabled the client stops after one dial', async () => {
    const { connect } = await visit(placeOf(soketi, 'disabled'));
    await expectOneDial(connect('ada'), 4003);
  });

  test('over its quota of connections the client waits for a place, without hurry, and takes it', async () => {
    const { connect } = await visit(placeOf(soketi, 'small'));
    const [first, second] = [connect('ada'), connect('ben')];
    await first.connect();
    const connected = second.connect();
    await state(second, 'reconnecting');
    expect(second.status.get().reason).toMatch(/4100/);
    first.destroy();
    await connected;
    expect(second.statistics.get().dials).toBeLessThan(4);
  });

  test('a user is signed in, and hears on each connection what the backend sends', async () => {
    const { sdk, connect } = await visit(placeOf(soketi, 'signed'));
    const clients = [connect('ada'), connect('ada'), connect('ben')];
    const heard: unknown[] = [];
    for (const [n, client] of clients.entries()) {
      client.user.on('notice', (payload) => heard.push([n, payload]));
      await expect.poll(() => client.user.get()?.id).toBe(n < 2 ? 'ada' : 'ben');
    }
    await sdk.sendToUser('ada', 'notice', { text: 'hello' });
    await expect.poll(() => heard).toHaveLength(2);
    expect(heard.toSorted()).toEqual([
      [0, { text: 'hello' }],
      [1, { text: 'hello' }],
    ]);
    expect(clients.flatMap(({ errors }) => errors)).toEqual([]);
  });

  test('a user whom the backend disconnects is back with another token, and signed in', async () => {
    const { sdk, connect, application } = await visit(placeOf(soketi, 'signed'));
    const tokens = ['ada', 'ada-again'];
    const client = connect('ada', {
      auth: backendAuth({
        endpoint: `${application.url}/pusher/auth`,
        user: userEndpoint(`${application.url}/pusher/user-auth`),
        token: () => tokens.shift() ?? 'nobody',
      }),
    });
    client.user.on('notice', () => {});
    await expect.poll(() => client.user.get()?.id).toBe('ada');
    await sdk.terminateUserConnections('ada');
    await state(client, 'reconnecting');
    expect(client.status.get().reason).toContain('(4009: You got disconnected by the app.)');
    await expect.poll(() => client.user.get()?.id, { timeout: 60_000 }).toBe('ada-again');
    expect(client.errors).toEqual([]);
  });
});

test('Laravel Echo on surewire: presence, whispers, encryption and a refusal, with a soketi that goes away meanwhile', async () => {
  const soketi = await Soketi.start(apps);
  onTestFinished(() => soketi.end());
  const place = placeOf(soketi);
  const { sdk, application } = await visit(place);
  const told: unknown[] = [];
  const at = { place, application: application.url };
  const [ada, ben] = [echoAsPusher('ada', at), echoAsPusher('ben', at)];
  const names = (members: readonly { name: string }[]) => members.map(({ name }) => name).toSorted();
  ada
    .join('room')
    .here((members: { name: string }[]) => told.push(names(members)))
    .joining(({ name }: { name: string }) => told.push(`+${name}`))
    .listenForWhisper('wave', ({ hand }: { hand: string }) => told.push(hand));
  ada.encryptedPrivate('secrets').listen('.told', ({ n }: { n: number }) => told.push(n));
  await expect.poll(() => told).toEqual([['ADA']]);
  const room = ben.join('room');
  room.whisper('wave', { hand: 'left' });
  await expect.poll(() => told).toEqual([['ADA'], '+BEN', 'left']);
  await sdk.trigger('private-encrypted-secrets', 'told', { n: 1 });
  await expect.poll(() => told.at(-1)).toBe(1);
  const before = told.length;
  await soketi.kill();
  await expect.poll(() => ada.connectionStatus()).not.toBe('connected');
  await soketi.restart();
  // Whoever of them is back first meets the other as one who is joining.
  const back = () => told.slice(before).flatMap((each) => String(each).replace('+', '').split(','));
  await expect.poll(back).toEqual(expect.arrayContaining(['ADA', 'BEN']));
  const refusals: unknown[] = [];
  ada.private('forged').error((refusal: unknown) => refusals.push(refusal));
  await expect.poll(() => refusals).toMatchObject([{ type: 'AuthError' }]);
});

describe('a soketi of its own', () => {
  let soketi: Soketi;
  beforeAll(async () => {
    soketi = await Soketi.start(apps, { signInWithin: 1_000 });
  });
  afterAll(() => soketi.end());

  test('without a sign-in, where the app demands one, the client ends `failed` and says what soketi said', async () => {
    const { connect, application } = await visit(placeOf(soketi, 'signed'));
    const client = connect('ada', {
      auth: backendAuth({ endpoint: `${application.url}/pusher/auth`, token: 'ada' }),
    });
    client.channel('content-generation-1').hold();
    await state(client, 'failed');
    expect(client.status.get().reason).toContain('(4009: Connection not authorized within timeout.)');
    expect(client.errors.map(({ name, status }) => [name, status])).toEqual([['ConnectionError', 4009]]);
  });

  test('killed and started again: the client comes back, with its channels, its gaps, and what was published meanwhile', async () => {
    const { sdk, connect } = await visit(placeOf(soketi));
    const [ada, ben] = [connect('ada'), connect('ben')];
    const heard: unknown[] = [];
    ada.channel('private-plugin-7').on('client-note', (note) => heard.push(note));
    ada.channel('content-generation-42').on('progress', ({ progress }) => heard.push(progress));
    ben.channel('private-plugin-7').hold();
    await Promise.all([
      ada.channel('private-plugin-7').ready(),
      ada.channel('content-generation-42').ready(),
      ben.channel('private-plugin-7').ready(),
    ]);
    const socketId = ada.socketId;
    await soketi.kill();
    await Promise.all([state(ada, 'reconnecting'), state(ben, 'reconnecting')]);
    const published = [
      ben.publish('private-plugin-7', 'client-note', 'while it was away'),
      ben.publish('private-plugin-7', 'command', { run: 'while it was away' }),
    ];
    await soketi.restart();
    await Promise.all([
      ada.channel('private-plugin-7').ready(),
      ada.channel('content-generation-42').ready(),
    ]);
    expect(ada.socketId).not.toBe(socketId);
    expect(ada.gaps.map(({ channel }) => channel).toSorted()).toEqual([
      'content-generation-42',
      'private-plugin-7',
    ]);
    expect((await Promise.all(published)).map(({ level }) => level)).toEqual(['written', 'accepted']);
    await sdk.trigger('content-generation-42', 'progress', { progress: 100 });
    await expect.poll(() => heard).toContain(100);
  });

  test('while it shuts down, it is not stormed, and the client is there when it is back', async () => {
    const { sdk, connect } = await visit(placeOf(soketi));
    const client = connect('ada');
    const generation = client.channel('content-generation-42');
    const heard: number[] = [];
    generation.on('progress', ({ progress }) => heard.push(progress));
    await generation.ready();
    const closed = soketi.close();
    await state(client, 'reconnecting');
    await closed;
    // 12 in the first 28 ms, where a client takes 4200 for "at once" each time.
    expect(client.statistics.get().dials).toBeLessThan(10);
    await soketi.restart();
    await generation.ready();
    await sdk.trigger('content-generation-42', 'progress', { progress: 1 });
    await expect.poll(() => heard).toEqual([1]);
  });
});
