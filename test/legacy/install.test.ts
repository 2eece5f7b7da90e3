import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError, RealtimeClient, type RealtimeError } from '../../src/index';
import { installLegacySockets, LegacySocket } from '../../src/legacy/index';
import { createTestClient, createTestServer } from '../../src/testing/index';

const routes = { '/ws/native': 'test-channel' };
const Real = globalThis.WebSocket;
const { client } = createTestClient();

afterEach(() => {
  vi.unstubAllGlobals();
  expect(globalThis.WebSocket).toBe(Real);
});

/** Where nobody listens: the real one fails there, and nothing else happens. */
function elsewhere(): WebSocket {
  const socket = new WebSocket('ws://127.0.0.1:9/elsewhere', ['json']);
  socket.close();
  return socket;
}

describe('installLegacySockets', () => {
  it('tells of a hundred paths without a route, whatever old code dials', async () => {
    vi.stubGlobal('WebSocket', class {});
    const told: RealtimeError[] = [];
    const undo = installLegacySockets(client, routes, { onError: (error) => told.push(error) });
    for (let path = 0; path < 5_000; path += 1) new WebSocket(`ws://old.example/ws/session-${path}`);
    await Promise.resolve();
    undo();
    vi.unstubAllGlobals();
    expect(told).toHaveLength(100);
  });

  it('ends no process when `onError` throws: what it throws goes to the console', async () => {
    vi.stubGlobal('WebSocket', class {});
    const broken = new Error('no');
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
    const undo = installLegacySockets(client, routes, {
      onError: () => {
        throw broken;
      },
    });
    new WebSocket('ws://old.example/ws/nothing');
    await Promise.resolve();
    undo();
    vi.unstubAllGlobals();
    expect(printed).toHaveBeenCalledWith(broken);
    printed.mockRestore();
  });

  it('replaces WebSocket for addresses with a route, and only for those', () => {
    const undo = installLegacySockets(client, routes);
    const old = new WebSocket('ws://old.example/ws/native', ['json']);
    expect([old instanceof LegacySocket, old instanceof Real, old.url]).toEqual([
      true,
      false,
      'ws://old.example/ws/native',
    ]);
    expect([elsewhere() instanceof Real, elsewhere() instanceof LegacySocket]).toEqual([true, false]);
    old.close();
    undo();
    const after = new WebSocket('ws://127.0.0.1:9/ws/native');
    after.close();
    expect(after).toBeInstanceOf(Real);
  });

  it('leaves WebSocket what it was otherwise', () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
    const undo = installLegacySockets(client, routes);
    expect([WebSocket.CONNECTING, WebSocket.OPEN, WebSocket.CLOSING, WebSocket.CLOSED]).toEqual([0, 1, 2, 3]);
    expect([WebSocket.name, WebSocket.length, WebSocket.prototype]).toEqual(['WebSocket', 1, Real.prototype]);
    const old = new WebSocket('ws://old.example/ws/native');
    expect([old instanceof WebSocket, elsewhere() instanceof WebSocket]).toEqual([true, true]);
    expect({} instanceof WebSocket).toBe(false);
    expect(Object.keys(globalThis)).not.toContain('WebSocket');
    expect(() => new WebSocket('not an address')).toThrow(DOMException);
    expect(() => Reflect.construct(WebSocket, [])).toThrow(TypeError);
    expect(() => Reflect.apply(WebSocket as never, undefined, ['ws://old.example/ws/native'])).toThrow(
      TypeError,
    );
    old.close();
    undo();
    expect(Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')).toEqual(before);
  });

  it('leaves classes that extend WebSocket real, and their instances theirs', () => {
    const undo = installLegacySockets(client, routes);
    class Reconnecting extends WebSocket {}
    const socket = new Reconnecting('ws://127.0.0.1:9/ws/native');
    socket.close();
    expect([
      socket instanceof Reconnecting,
      socket instanceof Real,
      elsewhere() instanceof Reconnecting,
    ]).toEqual([true, true, false]);
    undo();
  });

  it('can be undone twice, without harm to who came later', () => {
    const undo = installLegacySockets(client, routes);
    undo();
    const later = installLegacySockets(client, routes);
    undo();
    const old = new WebSocket('ws://old.example/ws/native');
    expect(old).toBeInstanceOf(LegacySocket);
    old.close();
    later();
  });

  it.each([
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ])('can be nested and undone in the order %i, %i, %i', (...order) => {
    const paths = ['/ws/a', '/ws/b', '/ws/c'];
    const undos = paths.map((path) => installLegacySockets(client, { [path]: 'test-channel' }));
    const standing = new Set(paths);
    const legacy = (): string[] =>
      paths.filter((path) => {
        const socket = new WebSocket(`ws://127.0.0.1:9${path}`);
        socket.close();
        return socket instanceof LegacySocket && socket instanceof WebSocket;
      });
    expect(legacy()).toEqual(paths);
    for (const index of order) {
      undos[index]?.();
      standing.delete(paths[index] ?? '');
      expect(legacy()).toEqual([...standing]);
    }
  });

  it('leaves alone what somebody else put in its place, and passes everything on from then', () => {
    const undo = installLegacySockets(client, routes);
    class Other extends WebSocket {}
    globalThis.WebSocket = Other;
    undo();
    expect(globalThis.WebSocket).toBe(Other);
    const socket = new WebSocket('ws://127.0.0.1:9/ws/native');
    socket.close();
    expect(socket).toBeInstanceOf(Real);
    globalThis.WebSocket = Real;
  });

  it('refuses routes that cannot be read, and platforms without a WebSocket, and replaces nothing then', () => {
    expect(() => installLegacySockets(client, { 'ws/native': 'test-channel' })).toThrow(ConfigurationError);
    vi.stubGlobal('WebSocket', undefined);
    expect(() => installLegacySockets(client, routes)).toThrow(/createLegacyWebSocket/);
    expect(globalThis.WebSocket).toBeUndefined();
    vi.unstubAllGlobals();
  });

  it('lets the client connect over real sockets, even when a route matches everything', async () => {
    const server = createTestServer();
    const { options } = await server.listen();
    const online = new RealtimeClient({ ...options });
    const undo = installLegacySockets(online, { '/{any}/{thing}': 'test-channel' });
    const socket = new WebSocket('ws://old.example/ws/native');
    const arrived = new Promise<string>((resolve) => {
      socket.onmessage = ({ data }) => resolve(data);
    });
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    server.trigger('test-channel', 'said', { n: 1 });
    expect(JSON.parse(await arrived)).toEqual({ type: 'said', data: { n: 1 } });
    expect(server.connections).toHaveLength(1);
    undo();
    online.destroy();
    await server.stop();
  });

  it('tells once of an old address that no route takes, with the line to write, and leaves the socket real', async () => {
    const errors: RealtimeError[] = [];
    const undo = installLegacySockets(
      client,
      {
        '/ws/content/{id}': 'content-generation-{id}',
        '/ws/content?session={id}': 'content-generation-{id}',
      },
      { onError: (error) => errors.push(error) },
    );
    const dialled = ['ws://127.0.0.1:9/ws/content?token=secret', 'ws://127.0.0.1:9/ws/content'].map(
      (address) => {
        const socket = new WebSocket(address);
        socket.close();
        return socket instanceof Real;
      },
    );
    elsewhere();
    undo();
    new WebSocket('ws://127.0.0.1:9/ws/other').close();
    await Promise.resolve();
    expect(dialled).toEqual([true, true]);
    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      [
        'configuration',
        "No route leads from \"/ws/content\" to a channel: it lacks the parameter of '/ws/content/{id}' and '/ws/content?session={id}'. Add a line to the routes: '/ws/content': () => 'content-generation-…'.",
      ],
    ]);
  });

  it('tells the console, when nobody listens', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const undo = installLegacySockets(client, { '/ws/plugin/{id}': 'private-plugin-{id}' });
    new WebSocket('ws://127.0.0.1:9/ws/plugin/').close();
    undo();
    await Promise.resolve();
    expect(error.mock.calls).toMatchObject([[{ code: 'configuration' }]]);
    error.mockRestore();
  });

  it('takes the address that all old code begins with, when a function names its channel', async () => {
    const { client: own, server, clock } = createTestClient();
    let content = 42;
    const undo = installLegacySockets(own, { '/ws/content': () => `content-generation-${content}` });
    const frames: unknown[] = [];
    const listen = (): void => {
      const socket = new WebSocket('ws://localhost:8009/ws/content');
      socket.onmessage = ({ data }) => frames.push(JSON.parse(data));
    };
    listen();
    content = 43;
    listen();
    undo();
    await clock.settle();
    server.trigger('content-generation-42', 'progress', { progress: 10 });
    server.trigger('content-generation-43', 'progress', { progress: 20 });
    await clock.settle();
    expect(frames).toEqual([
      { type: 'progress', data: { progress: 10 } },
      { type: 'progress', data: { progress: 20 } },
    ]);
    own.destroy();
  });

  it('lets a lookalike tell of a route whose function fails, instead of the constructor', async () => {
    const errors: RealtimeError[] = [];
    const undo = installLegacySockets(
      client,
      {
        '/ws/content': () => {
          throw new Error('no lesson');
        },
      },
      { onError: (error) => errors.push(error) },
    );
    const socket = new WebSocket('ws://localhost:8009/ws/content');
    undo();
    await expect
      .poll(() => errors)
      .toMatchObject([{ code: 'configuration', cause: { message: 'no lesson' } }]);
    expect(socket).toBeInstanceOf(LegacySocket);
  });
});
