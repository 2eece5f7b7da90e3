import { describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '../../src/index';
import { createLegacyWebSocket, installLegacySockets, LegacySocket } from '../../src/legacy/index';
import { clientOfTest } from '../fakes/client-of-test';
import { dial, native, routes } from '../fakes/legacy-socket';

describe('LegacySocket', () => {
  it('in a worker understands relative addresses by the address of its script', () => {
    const { client } = clientOfTest();
    vi.stubGlobal('location', { href: 'https://app.example/assets/worker.js' });
    const { socket } = dial({ client }, '/ws/native');
    vi.unstubAllGlobals();
    expect(socket.url).toBe('wss://app.example/ws/native');
  });

  it('chooses the first protocol that was asked for', async () => {
    const { client, clock } = clientOfTest();
    const socket = new LegacySocket(native, ['json.v2', 'json.v1'], { client, routes });
    await clock.settle();
    expect(socket.protocol).toBe('json.v2');
  });

  it('throws what a WebSocket throws, for addresses, ends and frames that it does not take', async () => {
    const { client, clock } = clientOfTest();
    const { socket } = dial({ client });
    const Socket = createLegacyWebSocket(client, routes);
    const thrown = (run: () => unknown): unknown => {
      try {
        return run();
      } catch (error) {
        return (error as Error).name;
      }
    };
    for (const address of ['', '/ws/native', 'ftp://old.example/ws', 'ws://no address']) {
      expect([address, thrown(() => new Socket(address))]).toEqual([address, 'SyntaxError']);
    }
    expect(new Socket('https://old.example:443/ws/native').url).toBe('wss://old.example/ws/native');
    expect(thrown(() => socket.send('early'))).toBe('InvalidStateError');
    await clock.settle();
    for (const code of [0, 999, 1001, 1005, 2999, 5000, Number.NaN]) {
      expect([code, thrown(() => socket.close(code))]).toEqual([code, 'InvalidAccessError']);
    }
    expect(thrown(() => socket.close(3000, 'ä'.repeat(62)))).toBe('SyntaxError');
    expect(socket.readyState).toBe(Socket.OPEN);
    socket.close(3000, 'ä'.repeat(61));
    expect(socket.readyState).toBe(socket.CLOSING);
  });

  it('gives each class members of its own, so that a patch of one is not a patch of all', () => {
    const { client } = clientOfTest();
    const [Patched, Other] = [createLegacyWebSocket(client, routes), createLegacyWebSocket(client, routes)];
    Patched.prototype.send = () => {
      throw new Error('patched');
    };
    class Extended extends Patched {}
    expect(() => new Extended(native).send('a')).toThrow('patched');
    expect(() => new Other(native).send('a')).toThrow('not open yet');
    for (const Socket of [Patched, Other, Extended]) expect(new Socket(native)).toBeInstanceOf(LegacySocket);
    expect(new Other(native)).not.toBeInstanceOf(Patched);
  });

  it('ends no process when `onError` throws: what it throws goes to the console', async () => {
    const { client, clock } = clientOfTest();
    const broken = new Error('no');
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { socket } = dial({ client }, native, {
      onError: () => {
        throw broken;
      },
    });
    await clock.settle();
    socket.send(new Uint8Array(3));
    await vi.waitFor(() => expect(printed).toHaveBeenCalledWith(broken));
    printed.mockRestore();
  });

  it('calls the handler that is there when an event comes, and each listener', async () => {
    const { client, clock } = clientOfTest();
    const { socket } = dial({ client });
    const called: string[] = [];
    socket.onopen = () => called.push('replaced');
    socket.onopen = () => called.push('handler');
    socket.addEventListener('open', () => called.push('listener'));
    await clock.settle();
    socket.onclose = () => called.push('removed');
    socket.onclose = null;
    socket.close();
    await clock.settle();
    expect(called).toEqual(['handler', 'listener']);
  });

  it.each([
    [undefined, routes, {}],
    [{}, routes, {}],
    ['client', undefined, {}],
    ['client', null, {}],
    ['client', '/ws/native', {}],
    ['client', routes, { answers: { ping: 7 } }],
    ['client', routes, { onError: 'console' }],
  ])('cannot be made of %o, %o, %o, which is told where it is written', (driver, addresses, options) => {
    const { client } = clientOfTest();
    const words = [driver === 'client' ? client : driver, addresses, options];
    for (const make of [createLegacyWebSocket, installLegacySockets]) {
      expect(() => Reflect.apply(make, undefined, words)).toThrow(ConfigurationError);
    }
  });

  it('closes with an event where the platform has no CloseEvent', async () => {
    const { client, clock } = clientOfTest();
    const { socket, told } = dial({ client });
    await clock.settle();
    vi.stubGlobal('CloseEvent', undefined);
    socket.close(3000, 'why');
    const event = await new Promise<CloseEvent>((resolve) => socket.addEventListener('close', resolve));
    vi.unstubAllGlobals();
    expect(event).toMatchObject({ type: 'close', code: 3000, reason: 'why', wasClean: true });
    expect(told).toEqual(['open', { code: 3000, wasClean: true }]);
  });

  it('lets code with a loop of its own come back once, whatever it tries', async () => {
    const { client, server, clock } = clientOfTest();
    const Socket = createLegacyWebSocket(client, routes);
    let opened = 0;
    // As it is written everywhere.
    function connect(): void {
      const socket = new Socket(native);
      socket.onopen = () => {
        opened += 1;
      };
      socket.onclose = () => clock.after(1_000, connect);
    }
    connect();
    await clock.settle();
    for (let outage = 0; outage < 3; outage += 1) {
      server.restart();
      await clock.advance(60_000);
    }
    expect(opened).toBe(4);
    expect(server.channels).toMatchObject([{ name: 'test-channel', subscriptions: 1 }]);
  });
});
