import { expect, onTestFinished, test } from 'vitest';
import { FaultProxy } from '../../bench/fault-proxy';
import { publishing } from '../../src/index';
import { enter, expectOneDial, type ServerPlace, state, visit } from './server-visit';

/** What surewire does with every server of the protocol, as tests. `place` is asked when they run. */
export function testProtocol(place: () => ServerPlace, { tls = false } = {}): void {
  test('a public channel hears what the official library triggers over the HTTP API', async () => {
    const { sdk, connect } = await visit(place());
    const client = connect('ada');
    const generation = client.channel('content-generation-{id}', { id: 42 });
    const heard: number[] = [];
    generation.on('progress', ({ progress }) => heard.push(progress));
    await generation.ready();
    expect(client.status.get()).toMatchObject({ state: 'connected', socketId: client.socketId });
    for (const progress of [0, 50, 100]) await sdk.trigger('content-generation-42', 'progress', { progress });
    await expect.poll(() => heard).toEqual([0, 50, 100]);
    expect(client.errors).toEqual([]);
  });

  test('publishing through the backend is acknowledged, reaches the others and, when asked, not ourselves', async () => {
    const { connect, application } = await visit(place());
    const publish = publishing({ endpoint: `${application.url}/realtime/trigger`, excludeSender: true });
    const [ada, ben] = [connect('ada'), connect('ben', { publish })];
    const heard: string[] = [];
    for (const [name, client] of Object.entries({ ada, ben })) {
      client.channel('private-plugin-7').on('command', ({ run }) => heard.push(`${name}: ${run}`));
      await client.channel('private-plugin-7').ready();
    }
    const acknowledgement = await ada.publish('private-plugin-7', 'command', { run: 'build' });
    expect(acknowledgement).toMatchObject({ level: 'accepted', attempts: 1 });
    await expect.poll(() => heard.toSorted()).toEqual(['ada: build', 'ben: build']);
    await ben.publish('private-plugin-7', 'command', { run: 'test' });
    await ada.publish('private-plugin-7', 'command', { run: 'end' });
    await expect.poll(() => heard.slice(2).toSorted()).toEqual(['ada: end', 'ada: test', 'ben: end']);
  });

  test('who is present is known to all, and who comes and goes is told', async () => {
    const { connect } = await visit(place());
    const ada = enter(connect('ada'));
    await ada.room.ready();
    const late = connect('ben');
    const ben = enter(late);
    await ben.room.ready();
    expect(ben.present().toSorted()).toEqual(['ada', 'ben']);
    expect(ben.room.me.get()).toEqual({ id: 'ben', info: { name: 'BEN' } });
    expect(ben.told).toEqual([]);
    await expect.poll(() => ada.told).toEqual(['+ben BEN']);
    late.destroy();
    await expect.poll(() => ada.told).toEqual(['+ben BEN', '-ben']);
    expect(ada.present()).toEqual(['ada']);
  });

  // With TLS nothing can be between us and the server.
  test.skipIf(tls)(
    'over a lost connection the list stays, and only who really came or went meanwhile is told',
    async () => {
      const { connect } = await visit(place());
      const { host, port } = place();
      const proxy = await FaultProxy.open({ host, port });
      onTestFinished(() => proxy.close());
      const client = connect('ada', { port: proxy.port });
      const ada = enter(client);
      await ada.room.ready();
      const [staying, leaving] = [enter(connect('ben')), connect('cleo')];
      await Promise.all([staying.room.ready(), enter(leaving).room.ready()]);
      await expect.poll(() => ada.present()).toHaveLength(3);
      ada.told.length = 0;
      proxy.refuse();
      proxy.reset();
      await state(client, 'reconnecting');
      expect(ada.present()).toHaveLength(3);
      leaving.destroy();
      const dora = enter(connect('dora'));
      await dora.room.ready();
      await expect.poll(() => dora.present().toSorted()).toEqual(['ben', 'dora']);
      await proxy.listen();
      await ada.room.ready();
      expect(ada.told.toSorted()).toEqual(['+dora DORA', '-cleo']);
      expect(ada.present().toSorted()).toEqual(['ada', 'ben', 'dora']);
      expect(client.gaps.map(({ channel }) => channel)).toEqual(['presence-classroom-1']);
    },
  );

  test('an encrypted channel is read, with a key that the server never has', async () => {
    const { sdk, connect } = await visit(place());
    const client = connect('ada');
    const heard = client.channel('private-encrypted-1').once('secret', { timeout: 60_000 });
    await client.channel('private-encrypted-1').ready();
    await sdk.trigger('private-encrypted-1', 'secret', { n: 1 });
    await expect(heard).resolves.toEqual({ n: 1 });
  });

  test.each(['cache-state-{id}', 'private-cache-state-{id}'] as const)(
    '%s tells that it has nothing, then what it has to whoever comes late',
    async (pattern) => {
      const { sdk, connect } = await visit(place());
      const id = crypto.randomUUID();
      const early = connect('ada').channel(pattern, { id });
      const missed = early.once('pusher:cache_miss', { timeout: 60_000 });
      await early.ready();
      await missed;
      await sdk.trigger(early.name, 'changed', { n: 1 });
      const late = connect('ben').channel(pattern, { id });
      await expect(late.once('changed', { timeout: 60_000 })).resolves.toEqual({ n: 1 });
    },
  );

  test('receivers confirm what asks for it, over the backend and from client to client', async () => {
    const { connect } = await visit(place());
    const [ada, ben, cleo] = [connect('ada'), connect('ben'), connect('cleo')];
    const heard: string[] = [];
    for (const client of [ben, cleo]) {
      client
        .channel('private-plugin-7')
        .on('command', ({ run }, { id }) => heard.push(`${run} ${typeof id}`));
      client.channel('presence-classroom-3').on('client-wave', ({ hand }) => heard.push(hand));
      await client.channel('private-plugin-7').ready();
      await client.channel('presence-classroom-3').ready();
    }
    const options = { acknowledge: 'delivered', receivers: 2 } as const;
    await expect(
      ada.publish('private-plugin-7', 'command', { run: 'build' }, options),
    ).resolves.toMatchObject({
      level: 'delivered',
      receivers: 2,
    });
    const waves = Array.from({ length: 20 }, (_, n) =>
      ada.publish('presence-classroom-3', 'client-wave', { hand: `wave ${n}` }, options),
    );
    const levels = (await Promise.all(waves)).map(({ level, receivers }) => `${level} ${receivers}`);
    expect(new Set(levels)).toEqual(new Set(['delivered 2']));
    expect(heard.slice(0, 2)).toEqual(['build string', 'build string']);
    expect(heard).toHaveLength(42);
    expect([...ada.errors, ...ben.errors, ...cleo.errors]).toEqual([]);
  });

  test('client events go both ways', async () => {
    const { connect } = await visit(place());
    const rooms = [connect('ada'), connect('ben')].map((client) => client.channel('presence-classroom-2'));
    const heard: string[] = [];
    for (const [n, room] of rooms.entries()) {
      room.on('client-wave', ({ hand }) => heard.push(`${n} ${hand}`));
      await room.ready();
    }
    const written = await Promise.all(
      rooms.map((room, n) => room.publish('client-wave', { hand: `of ${n}` })),
    );
    expect(written.map(({ level }) => level)).toEqual(['written', 'written']);
    await expect.poll(() => heard.toSorted()).toEqual(['0 of 1', '1 of 0']);
  });

  test('a wrong signature refuses its channel and no other', async () => {
    const { connect } = await visit(place());
    const client = connect('ada');
    const [forged, good] = [client.channel('private-forged'), client.channel('private-plugin-7')];
    good.hold();
    await expect(forged.ready()).rejects.toMatchObject({
      name: 'SubscriptionError',
      channel: 'private-forged',
    });
    await good.ready();
    expect(forged.subscription.get().state).toBe('refused');
    expect(client.errors.map(({ channel }) => channel)).toEqual(['private-forged']);
  });

  test('with a key that nobody has the client stops after one dial', async () => {
    const { connect } = await visit(place());
    await expectOneDial(connect('ada', { key: 'nobody-has-it' }), 4001);
  });
}
