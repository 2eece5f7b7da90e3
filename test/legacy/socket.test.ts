import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { defineChannels, event } from '../../src/index';
import { createLegacyWebSocket, LegacySocket } from '../../src/legacy/index';
import { createTestClient, type TestClient } from '../../src/testing/index';
import { clientOfTest } from '../fakes/client-of-test';
import { dial, lost, native, routes } from '../fakes/legacy-socket';

/** Goes past the second that a socket takes to tell of a refusal that was known before it. */
async function aSecondAfter<T>(clock: TestClient['clock'], act: () => T): Promise<T> {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const made = act();
  await clock.settle();
  vi.advanceTimersByTime(1_000);
  vi.useRealTimers();
  return made;
}

describe('LegacySocket', () => {
  it('is a WebSocket to the compiler, and takes a client of any contract', () => {
    const channels = defineChannels({ 'test-channel': { said: event<{ n: number }>() } });
    const { client } = createTestClient({ channels });
    const Socket: new (address: string | URL, protocols?: string | string[]) => WebSocket =
      createLegacyWebSocket(client, routes);
    const socket: WebSocket = new Socket(native);
    expect(socket.readyState).toBe(WebSocket.CONNECTING);
    client.destroy();
  });

  it('opens when its channel is subscribed, and subscribes by the parameters of its address', async () => {
    const { client, server, clock } = clientOfTest();
    const content = dial({ client }, 'wss://old.example/ws/content?token=t&session=42');
    const plugin = dial({ client }, 'wss://old.example/ws/plugin/7');
    expect(server.connections).toEqual([]);
    await clock.settle();
    expect([content.told, plugin.told]).toEqual([['open'], ['open']]);
    expect(server.channels.map(({ name }) => name).sort()).toEqual([
      'content-generation-42',
      'private-plugin-7',
    ]);
  });

  it('brings each event of its channel as the frame that the old server would have sent', async () => {
    const { client, server, clock } = clientOfTest();
    const { told } = dial({ client });
    await clock.settle();
    server.trigger('test-channel', 'progress', { done: 3 });
    server.trigger('test-channel', 'nothing', null);
    server.trigger('other-channel', 'progress', {});
    await clock.settle();
    expect(told).toEqual(['open', { type: 'progress', data: { done: 3 } }, { type: 'nothing', data: null }]);
  });

  it('takes frames out of what the old service put around them, under both names for the content', async () => {
    const { client, server, clock } = clientOfTest();
    const { told } = dial({ client });
    await clock.settle();
    const frame = { type: 'progress', payload: { done: 3 }, channel: 'a', timestamp: 1, messageId: 'm-1' };
    server.trigger('test-channel', 'message', frame);
    server.trigger('test-channel', 'message', { text: 'hello' });
    await clock.settle();
    expect(told.slice(1)).toEqual([
      { ...frame, data: { done: 3 } },
      { type: 'message', data: { text: 'hello' } },
    ]);
  });

  it('publishes frames through the outbox, both forms of them', async () => {
    const { client, server, clock } = clientOfTest();
    const { socket, errors } = dial({ client });
    await clock.settle();
    const seen: unknown[] = [];
    client.on('message', ({ event, data }) => seen.push([event, data]));
    for (const frame of [
      { type: 'command', data: { run: 'build' } },
      { type: 'command', payload: { run: 'test' }, channel: 'a', timestamp: 1, messageId: 'm' },
      { event: 'command', channel: 'test-channel', data: 3 },
      { type: 'hello' },
      { type: 'chat', text: 'hi', user: 'u1' },
      { type: 'chat', data: 'hi', room: 'blue' },
      { no: 'type' },
      [1],
    ]) {
      socket.send(JSON.stringify(frame));
    }
    socket.send('no JSON');
    expect(client.outbox.pending.get()).toHaveLength(9);
    await clock.settle();
    expect(seen).toEqual([
      ['command', { run: 'build' }],
      ['command', { run: 'test' }],
      ['command', 3],
      ['hello', null],
      ['chat', { text: 'hi', user: 'u1' }],
      ['message', { type: 'chat', payload: 'hi', room: 'blue' }],
      ['message', { no: 'type' }],
      ['message', [1]],
      ['message', 'no JSON'],
    ]);
    expect([errors, socket.bufferedAmount]).toEqual([[], 0]);
    expect(server.requests.filter(({ path }) => path === '/realtime/trigger')).toHaveLength(9);
  });

  it('loses nothing that was sent when the connection breaks in the same moment', async () => {
    const { client, server, clock } = clientOfTest();
    const { socket, told } = dial({ client });
    await clock.settle();
    client.on('error', () => {});
    server.restart({ downFor: 20_000 });
    socket.send('{"type":"last","data":"words"}');
    await clock.settle();
    expect(told).toEqual(['open', ...lost]);
    await clock.advance(60_000);
    const published = server.requests.filter(
      ({ path, status }) => path === '/realtime/trigger' && status === 200,
    );
    expect(published.map(({ body }) => body)).toMatchObject([{ event: 'last', data: 'words' }]);
    expect([client.outbox.pending.get(), socket.bufferedAmount]).toEqual([[], 0]);
  });

  it('closes when the connection is lost, and the next one opens as soon as the client is back', async () => {
    const { client, server, clock } = clientOfTest();
    const first = dial({ client });
    await clock.settle();
    server.drop();
    await clock.settle();
    expect(first.told).toEqual(['open', ...lost]);
    expect(first.socket.readyState).toBe(3);
    const second = dial({ client });
    await clock.settle();
    expect(second.told).toEqual([]);
    await clock.advance(30_000);
    expect([second.told, first.told.length]).toEqual([['open'], 3]);
    expect(server.connections).toHaveLength(1);
  });

  it('stays connecting for as long as the server is away: the client dials, nobody else need to', async () => {
    const { client, server, clock } = clientOfTest();
    const back = server.refuse('tcp');
    const { socket, told } = dial({ client });
    client.on('error', () => {});
    await clock.advance(120_000);
    expect([socket.readyState, told]).toEqual([0, []]);
    back();
    await clock.advance(60_000);
    expect(told).toEqual(['open']);
  });

  it('fails as a refused handshake does when the subscription is refused, each time', async () => {
    const { client, server, clock } = clientOfTest();
    client.on('error', () => {});
    server.rejectAuth(403);
    const first = dial({ client }, 'ws://old.example/ws/plugin/7');
    await clock.settle();
    expect(first.told).toEqual(lost);
    expect(first.socket.readyState).toBe(3);
    const second = await aSecondAfter(clock, () => dial({ client }, 'ws://old.example/ws/plugin/7'));
    expect(second.told).toEqual(lost);
  });

  it('does not let code that comes back at once spin: a refusal that was known is told a second later', async () => {
    const { client, server, clock } = clientOfTest();
    client.on('error', () => {});
    server.rejectAuth(403);
    let dials = 0;
    const connect = (): void => {
      dials += 1;
      const { socket } = dial({ client }, 'ws://old.example/ws/plugin/7');
      socket.onclose = connect;
    };
    await aSecondAfter(clock, connect);
    await clock.settle();
    expect(dials).toBe(3);
    client.destroy();
  });

  it('opens in that second, too, when the answer changes', async () => {
    const { client, server, clock } = clientOfTest();
    client.on('error', () => {});
    server.rejectAuth(403);
    const address = 'ws://old.example/ws/plugin/7';
    dial({ client }, address);
    await clock.settle();
    const { told } = dial({ client }, address);
    await clock.settle();
    expect(told).toEqual([]);
    await client.connect();
    await clock.settle();
    expect(told).toEqual(['open']);
  });

  it('fails when the client gives up, and when it is destroyed', async () => {
    const { client, server, clock } = clientOfTest();
    client.on('error', () => {});
    server.refuse(4001);
    const first = dial({ client });
    await clock.settle();
    expect([first.told, client.status.get().state]).toEqual([lost, 'failed']);
    const second = await aSecondAfter(clock, () => dial({ client }));
    expect(second.told).toEqual(lost);
    client.destroy();
    const third = await aSecondAfter(clock, () => dial({ client }));
    expect(third.told).toEqual(lost);
  });

  it('is closed by the end of its client', async () => {
    const { client, clock } = clientOfTest();
    const { told } = dial({ client });
    await clock.settle();
    client.destroy();
    expect(told).toEqual(['open', ...lost]);
  });

  it('waits while the client is disconnected on purpose', async () => {
    const { client, clock } = clientOfTest();
    const first = dial({ client });
    await clock.settle();
    client.disconnect();
    const second = dial({ client });
    await clock.advance(60_000);
    expect([first.told, second.told]).toEqual([['open', ...lost], []]);
    await client.connect();
    await clock.settle();
    expect(second.told).toEqual(['open']);
  });

  it('fails without a route, or with a name that no channel can have, and tells why without the query', async () => {
    const { client, clock } = clientOfTest();
    const [nowhere, unnameable] = await aSecondAfter(clock, () => [
      dial({ client }, 'ws://old.example/ws/nowhere?token=secret'),
      dial({ client }, 'ws://old.example/ws/plugin/a%20b'),
    ]);
    expect([nowhere?.told, unnameable?.told]).toEqual([lost, lost]);
    expect(nowhere?.errors[0]?.message).toMatch(/^No route leads from "\/ws\/nowhere" to a channel\./);
    expect(unnameable?.errors[0]).toMatchObject({ code: 'configuration' });
  });

  it('shares its channel: one subscription, and closing one leaves the other', async () => {
    const { client, server, clock } = clientOfTest();
    const [one, two] = [dial({ client }), dial({ client })];
    await clock.settle();
    expect(server.channels).toMatchObject([{ name: 'test-channel', subscriptions: 1 }]);
    one.socket.close(1000);
    await clock.advance(5_000);
    server.trigger('test-channel', 'said', 1);
    await clock.settle();
    expect(one.told).toEqual(['open', { code: 1000, wasClean: true }]);
    expect(two.told).toEqual(['open', { type: 'said', data: 1 }]);
    two.socket.close();
    await clock.advance(5_000);
    expect(server.channels).toEqual([]);
  });

  it('hears nothing between close() and the close event', async () => {
    const { client, server, clock } = clientOfTest();
    const { socket, told } = dial({ client });
    await clock.settle();
    server.trigger('test-channel', 'said', 1);
    socket.close(3000, 'enough');
    expect(told).toEqual(['open']);
    await clock.settle();
    expect(told).toEqual(['open', { code: 3000, wasClean: true }]);
  });

  it('says nothing in the call of close() itself', async () => {
    const { client, clock } = clientOfTest();
    const { socket, told } = dial({ client });
    socket.close();
    expect([socket.readyState, told]).toEqual([2, []]);
    await clock.settle();
    expect([socket.readyState, told]).toEqual([3, lost]);
  });

  it('counts what is sent after the end, and sends none of it', async () => {
    const { client, server, clock } = clientOfTest();
    const { socket } = dial({ client });
    await clock.settle();
    socket.close();
    socket.send('{"type":"ä"}');
    await clock.settle();
    socket.send('x');
    expect(socket.bufferedAmount).toBe(13 + 1);
    expect(server.requests).toEqual([]);
  });

  it('reports what cannot be published, and stays open', async () => {
    const { client, clock } = clientOfTest({ limits: { payloadBytes: 100 } });
    const { socket, told, errors } = dial({ client });
    await clock.settle();
    socket.send(new Uint8Array(5));
    socket.send(JSON.stringify({ type: 'big', data: 'x'.repeat(200) }));
    socket.send(JSON.stringify({ type: 'client-cursor', data: {} }));
    await clock.settle();
    expect(errors.map(({ code }) => code).sort()).toEqual([
      'configuration',
      'payload-too-large',
      'validation',
    ]);
    expect([told, socket.readyState, socket.bufferedAmount]).toEqual([['open'], 1, 0]);
  });

  it.each<[string, unknown]>([
    ['a Blob', new Blob(['12345'])],
    ['a file', new File(['12345'], 'a.txt')],
    ['an ArrayBuffer', new ArrayBuffer(5)],
    ['a view of one', new DataView(new ArrayBuffer(8), 1, 5)],
    ['one of another frame', runInNewContext('new ArrayBuffer(5)')],
    ['an array of another frame', runInNewContext('new Uint8Array(5)')],
  ])('does not publish %s as the text that it would make', async (_, data) => {
    const { client, server, clock } = clientOfTest();
    const { socket, errors } = dial({ client });
    await clock.settle();
    socket.binaryType = 'arraybuffer';
    Reflect.apply(socket.send, socket, [data]);
    expect(socket.bufferedAmount).toBe(0);
    await clock.settle();
    expect(errors).toMatchObject([{ code: 'validation' }]);
    expect(server.requests).toEqual([]);
  });

  it('closed by its own handler says nothing more, and is the only one that is closed', async () => {
    const { client, server, clock } = clientOfTest();
    const [early, late, other] = [dial({ client }), dial({ client }), dial({ client })];
    early.socket.addEventListener('open', () => early.socket.close(3001, 'enough'));
    late.socket.addEventListener('message', () => late.socket.close());
    await clock.settle();
    server.trigger('test-channel', 'said', 1);
    server.trigger('test-channel', 'said', 2);
    await clock.settle();
    const said = (data: number) => ({ type: 'said', data });
    expect(early.told).toEqual(['open', { code: 3001, wasClean: true }]);
    expect(late.told).toEqual(['open', said(1), { code: 1005, wasClean: true }]);
    expect(other.told).toEqual(['open', said(1), said(2)]);
  });

  it('reports to the console when nobody listens', async () => {
    const written = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { client, clock } = clientOfTest();
    new LegacySocket('ws://old.example/ws/nowhere', [], { client, routes });
    await clock.settle();
    expect(written).toHaveBeenCalledOnce();
    written.mockRestore();
  });

  it('says nothing of messages that end with the client', async () => {
    const { client, server, clock } = clientOfTest();
    const { socket, errors } = dial({ client });
    await clock.settle();
    server.drop();
    server.refuse('tcp');
    socket.send('{"type":"late"}');
    client.destroy();
    await clock.settle();
    expect(errors).toEqual([]);
  });

  it('answers at once what code asks to find out whether the server lives, when told to', async () => {
    const { client, server, clock } = clientOfTest();
    const { socket, told } = dial({ client }, native, { answers: { ping: 'pong' } });
    await clock.settle();
    socket.send('{"type":"ping","data":7}');
    expect(told).toEqual(['open']);
    await clock.settle();
    expect(told).toEqual(['open', { type: 'pong', data: 7 }]);
    expect([server.requests, socket.bufferedAmount]).toEqual([[], 0]);
    // A name that every object has is not among the answers.
    socket.send('{"type":"constructor","data":1}');
    await clock.settle();
    expect(server.requests.map(({ body }) => body)).toMatchObject([{ event: 'constructor', data: 1 }]);
  });
});
