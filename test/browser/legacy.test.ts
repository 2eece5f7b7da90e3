import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { backendAuth, publishing, RealtimeClient, type RealtimeError, statistics } from '../../src/index';
import { createLegacyService, installLegacySockets, LegacySocket } from '../../src/legacy/index';

const Native = window.WebSocket;
const routes = { '/ws/native': 'test-channel', '/ws/plugin/{id}': 'private-plugin-{id}' };
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
  vi.restoreAllMocks();
  expect(window.WebSocket).toBe(Native);
});

/** A client of the server in Node, whose routes lead from old addresses on whatever host. */
function begin(onError: (error: RealtimeError) => void = () => {}): RealtimeClient {
  const { key, host, port, authEndpoint, publishEndpoint, token } = inject('server');
  const client = new RealtimeClient({
    key,
    host,
    port,
    tls: false,
    auth: backendAuth({ endpoint: authEndpoint, token: () => token }),
    publish: publishing({ endpoint: publishEndpoint }),
    statistics: statistics(),
  });
  client.on('error', onError);
  ends.push(() => client.destroy(), installLegacySockets(client, routes, { onError }));
  return client;
}

function next<Type extends keyof WebSocketEventMap>(
  socket: WebSocket,
  type: Type,
): Promise<WebSocketEventMap[Type]> {
  return new Promise((resolve) => socket.addEventListener(type, resolve as EventListener, { once: true }));
}

/** The name of what is thrown. */
function thrownBy(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as Error).name;
  }
}

/** Everything of an event that code can look at, in a form that can be compared. */
function shape(event: Event): Record<string, unknown> {
  const { type, bubbles, cancelable, composed, defaultPrevented } = event;
  const kind = Object.prototype.toString.call(event);
  return { kind, type, bubbles, cancelable, composed, defaultPrevented };
}

describe('a LegacySocket in a page', () => {
  it('goes through the life of a socket: code of old, with one line before it', async () => {
    begin();
    const socket = new WebSocket('ws://old.example/ws/plugin/7?token=t');
    expect(socket).toBeInstanceOf(LegacySocket);
    expect(socket).toBeInstanceOf(WebSocket);
    const told: string[] = [];
    const answer = new Promise<unknown>((resolve) => {
      socket.onopen = () => {
        told.push('open');
        socket.send(JSON.stringify({ type: 'run', data: { command: 'Grüße 🎉' } }));
      };
      socket.onmessage = ({ data }) => resolve(JSON.parse(data));
    });
    expect(await answer).toEqual({ type: 'run', data: { command: 'Grüße 🎉' } });
    await vi.waitFor(() => expect(socket.bufferedAmount).toBe(0), 60_000);
    const closed = next(socket, 'close');
    socket.close(3001, 'enough');
    expect(socket.readyState).toBe(WebSocket.CLOSING);
    expect(await closed).toMatchObject({ code: 3001, reason: 'enough', wasClean: true });
    expect([told, socket.readyState]).toEqual([['open'], WebSocket.CLOSED]);
  });

  it('tells in events that look as the browser’s own', async () => {
    begin();
    const { host, port, key } = inject('server');
    const real = new WebSocket(`ws://${host}:${port}/app/${key}?protocol=7&client=js`);
    const old = new WebSocket('ws://old.example/ws/native');
    expect([real instanceof Native, old instanceof LegacySocket]).toEqual([true, true]);
    const shapes = await Promise.all(
      [real, old].map(async (socket) => {
        const open = shape(await next(socket, 'open'));
        const arrived = next(socket, 'message');
        socket.send('{"event":"pusher:ping","type":"asked","data":{}}');
        if (socket === old) socket.send('{"type":"said","data":1}');
        const message = await arrived;
        expect(message).toBeInstanceOf(MessageEvent);
        const closed = next(socket, 'close');
        socket.close(1000, 'done');
        const close = await closed;
        expect(close).toBeInstanceOf(CloseEvent);
        const { code, reason, wasClean } = close;
        return [open, shape(message), typeof message.data, shape(close), { code, reason, wasClean }];
      }),
    );
    expect(shapes[1]).toEqual(shapes[0]);
  });

  it('takes addresses as the browser does, relative ones and objects included', () => {
    const client = begin();
    const addresses = [
      '/ws/native',
      'ws/native?a b=ä',
      '//old.example/ws/native',
      'https://old.example/ws/native',
      new URL('http://old.example/ws/native'),
      'ws://user:word@old.example:81/ws/native',
      'wss://old.example/ws/native#f',
      'mailto:a@b',
      'ws://',
    ];
    const urlOf = (make: () => WebSocket): string => {
      try {
        const socket = make();
        ends.push(() => socket.close());
        return socket.url;
      } catch (error) {
        return (error as Error).name;
      }
    };
    const settings = { client, routes: { '/{any}': 'test-channel' }, onError: () => {} };
    for (const address of addresses) {
      const ours = urlOf(() => new LegacySocket(address, undefined, settings));
      expect([address, ours]).toEqual([address, urlOf(() => new Native(address))]);
    }
    expect(urlOf(() => new WebSocket('/ws/native'))).toBe(`ws://${location.host}/ws/native`);
  });

  it('throws what the browser throws', async () => {
    begin();
    const real = new WebSocket('ws://127.0.0.1:9/elsewhere');
    const old = new WebSocket('ws://old.example/ws/native');
    const acts: ((socket: WebSocket) => unknown)[] = [
      (socket) => socket.send('early'),
      (socket) => socket.close(999),
      (socket) => socket.close(1001),
      (socket) => socket.close(1000, 'a'.repeat(124)),
    ];
    for (const act of acts) expect(thrownBy(() => act(old))).toBe(thrownBy(() => act(real)));
    expect([old.binaryType, old.readyState]).toEqual([real.binaryType, real.readyState]);
    real.onerror = null;
    const failed = next(real, 'close');
    real.close();
    old.close();
    await failed;
  });

  it('reports binary data instead of publishing the text that it would make, from another frame, too', async () => {
    const errors: RealtimeError[] = [];
    begin((error) => errors.push(error));
    const socket = new WebSocket('ws://old.example/ws/native');
    socket.binaryType = 'arraybuffer';
    await next(socket, 'open');
    for (const data of [new Blob(['1']), new ArrayBuffer(1), new Uint8Array(1)]) socket.send(data);
    await vi.waitFor(
      () => expect(errors.map(({ code }) => code)).toEqual(Array(3).fill('validation')),
      60_000,
    );
    const text = next(socket, 'message');
    socket.send('{"type":"said","data":"text stays text"}');
    expect(typeof (await text).data).toBe('string');
    const frame = document.createElement('iframe');
    document.body.append(frame);
    ends.push(() => frame.remove());
    const foreign: unknown = frame.contentWindow && Reflect.get(frame.contentWindow, 'ArrayBuffer');
    socket.send(Reflect.construct(foreign as ArrayBufferConstructor, [8]));
    await vi.waitFor(() => expect(errors).toHaveLength(4), 60_000);
    socket.close();
  });

  it('keeps its events where a listener throws: the page hears of it, as of any', async () => {
    begin();
    const thrown: string[] = [];
    const hear = (event: ErrorEvent): void => {
      event.preventDefault();
      event.stopImmediatePropagation();
      thrown.push(event.message);
    };
    window.addEventListener('error', hear, true);
    ends.push(() => window.removeEventListener('error', hear, true));
    const socket = new WebSocket('ws://old.example/ws/native');
    const told: string[] = [];
    socket.onopen = () => {
      told.push('handler');
      throw new TypeError('mine');
    };
    socket.addEventListener('open', () => told.push('listener'));
    await next(socket, 'open');
    expect([told, socket.readyState]).toEqual([['handler', 'listener'], 1]);
    expect(thrown).toEqual(['Uncaught TypeError: mine']);
    socket.close();
  });
});

describe('the old service in a page', () => {
  it('connects, sends with an acknowledgement and hears', async () => {
    const service = createLegacyService(begin(), { channel: 'test-channel' });
    const heard: unknown[] = [];
    service.subscribe('test-channel', ({ type, payload }) => heard.push([type, payload]));
    await service.connect();
    expect(
      await service.send('said', { n: 1 }, { awaitAcknowledgment: true, timeout: 60_000 }),
    ).toMatchObject({
      ok: true,
    });
    await vi.waitFor(() => expect(heard).toContainEqual(['said', { n: 1 }]), 60_000);
    service.disconnect('done');
    expect(service.getState()).toBe('disconnected');
  });
});
