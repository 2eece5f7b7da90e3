import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SubscriptionProof, Transport, TransportSignal } from '../../src/index';
import { resolveApp } from '../../src/testing/app-options';
import { decodeBase64 } from '../../src/testing/cryptography';
import { createTestServer, type TestServer } from '../../src/testing/index';
import { signChannel } from '../../src/testing/signatures';

/** Makes a transport to a server; called again for each further client. */
export type TransportMaker = (server: TestServer) => Promise<Transport>;

type Signal<Type, Each = TransportSignal> = Each extends { readonly type: infer Types }
  ? Type extends Types
    ? Each
    : never
  : never;

/** A transport with everything that it signalled. */
class Probe {
  readonly signals: TransportSignal[] = [];
  readonly transport: Transport;
  socketId = '';

  constructor(transport: Transport) {
    this.transport = transport;
  }

  open(): void {
    this.transport.open((signal) => this.signals.push(signal));
  }

  async next<Type extends TransportSignal['type']>(type: Type): Promise<Signal<Type>> {
    let found: TransportSignal | undefined;
    await expect
      .poll(() => {
        found ??= this.signals.find((signal) => signal.type === type);
        return found;
      })
      .toBeDefined();
    const [signal] = found === undefined ? [] : this.signals.splice(this.signals.indexOf(found), 1);
    return signal as Signal<Type>;
  }

  /** Asks for a channel with the signature that it needs; false when there is no open connection. */
  subscribe(channel: string, user = 'u1'): boolean {
    return this.transport.subscribe(channel, proofOf(channel, this.socketId, user));
  }

  async subscribed(channel: string, user = 'u1'): Promise<Signal<'subscribed'>> {
    expect(this.subscribe(channel, user)).toBe(true);
    return this.next('subscribed');
  }

  /** Everything that the server said so far is here. */
  async settled(): Promise<void> {
    this.transport.ping();
    await this.next('pong');
  }
}

const app = resolveApp({});

function proofOf(channel: string, socketId: string, user: string): SubscriptionProof | undefined {
  if (/^(?!private|presence)/.test(channel)) return undefined;
  if (!channel.startsWith('presence-')) return { auth: signChannel(app, socketId, channel) };
  const channelData = JSON.stringify({ user_id: user, user_info: { of: user } });
  return { auth: signChannel(app, socketId, channel, channelData), channelData };
}

/** What the client may count on, whatever carries it to the server. */
export function describeTransport(name: string, make: TransportMaker): void {
  describe(`the transport ${name}`, () => {
    let server: TestServer;
    const probes: Probe[] = [];

    async function dial(): Promise<Probe> {
      const probe = new Probe(await make(server));
      probes.push(probe);
      probe.open();
      return probe;
    }

    async function connect(): Promise<Probe> {
      const probe = await dial();
      probe.socketId = (await probe.next('opened')).socketId;
      return probe;
    }

    beforeEach(() => {
      server = createTestServer({ ids: 'sequential' });
    });
    afterEach(async () => {
      for (const { transport } of probes.splice(0)) transport.destroy();
      await server.stop();
    });

    test('opens with its socket id and the idle limit in milliseconds', async () => {
      const probe = await dial();
      expect(await probe.next('opened')).toEqual({ type: 'opened', socketId: '1.1', idleLimit: 120_000 });
    });

    test('subscribes a public channel, and brings its messages with their ids', async () => {
      const probe = await connect();
      await probe.subscribed('open');
      server.trigger('open', 'said', { n: 1 }, { id: 'm-1' });
      expect(await probe.next('message')).toMatchObject({
        channel: 'open',
        event: 'said',
        data: { n: 1 },
        id: 'm-1',
        userId: undefined,
      });
    });

    test('subscribes a private channel with what was signed for this socket', async () => {
      const probe = await connect();
      await probe.subscribed('private-a');
      expect(server.channels.map(({ name: channel }) => channel)).toEqual(['private-a']);
    });

    test('tells who is present, who comes, who goes, and who sent a client event', async () => {
      const [one, two] = [await connect(), await connect()];
      expect(await one.subscribed('presence-a')).toEqual({
        type: 'subscribed',
        channel: 'presence-a',
        members: [{ id: 'u1', info: { of: 'u1' } }],
      });
      const joined = await two.subscribed('presence-a', 'u2');
      expect(joined.members?.map(({ id }) => id)).toEqual(['u1', 'u2']);
      expect((await one.next('member-added')).member).toEqual({ id: 'u2', info: { of: 'u2' } });
      expect(two.transport.send('presence-a', 'client-wave', { hand: 'left' })).toBe(true);
      expect(await one.next('message')).toMatchObject({
        event: 'client-wave',
        data: { hand: 'left' },
        userId: 'u2',
      });
      two.transport.close();
      expect((await one.next('member-removed')).member.id).toBe('u2');
    });

    test('brings what comes on encrypted channels as it is: sealed', async () => {
      const probe = await connect();
      await probe.subscribed('private-encrypted-a');
      server.trigger('private-encrypted-a', 'secret', { n: 1 });
      const { data } = await probe.next('message');
      const { nonce } = data as { readonly nonce: string };
      expect(decodeBase64(nonce)).toHaveLength(24);
      expect(JSON.stringify(data)).not.toContain('"n":1');
    });

    test('brings what a cache channel has to say', async () => {
      const probe = await connect();
      await probe.subscribed('cache-a');
      expect((await probe.next('message')).event).toBe('pusher:cache_miss');
    });

    test('tells what the server complains about', async () => {
      const probe = await connect();
      probe.transport.subscribe('private-a', { auth: 'app-key:00' });
      expect(await probe.next('server-error')).toMatchObject({
        kind: 'signature-refused',
        code: null,
        channel: 'private-a',
      });
    });

    test('subscribe, unsubscribe, subscribe in one turn ends in one subscription', async () => {
      const probe = await connect();
      probe.transport.subscribe('open');
      probe.transport.unsubscribe('open');
      await probe.subscribed('open');
      await probe.next('subscribed');
      server.trigger('open', 'said', {});
      await probe.settled();
      expect(probe.signals.filter(({ type }) => type === 'message')).toHaveLength(1);
      expect(server.channels).toMatchObject([{ name: 'open', subscriptions: 1 }]);
    });

    test('after unsubscribing nothing comes any more', async () => {
      const probe = await connect();
      await probe.subscribed('open');
      probe.transport.unsubscribe('open');
      await probe.settled();
      server.trigger('open', 'said', {});
      await probe.settled();
      expect([probe.signals, server.channels]).toEqual([[], []]);
    });

    test('close() ends the connection in silence', async () => {
      const probe = await connect();
      probe.transport.close();
      await expect.poll(() => server.connections).toEqual([]);
      expect(probe.signals).toEqual([]);
      expect(probe.transport.send('private-a', 'client-wave', {})).toBe(false);
      expect(probe.subscribe('open')).toBe(false);
    });

    test('close() before the connection is there means that there is none', async () => {
      const probe = await dial();
      probe.transport.close();
      const other = await connect();
      await other.settled();
      await expect.poll(() => server.connections).toHaveLength(1);
      expect(probe.signals).toEqual([]);
    });

    test('a connection that is lost is told once, and the next dial is a new one', async () => {
      const probe = await connect();
      server.drop();
      expect(await probe.next('closed')).toMatchObject({ type: 'closed', code: 1006 });
      probe.open();
      await probe.next('opened');
      await probe.settled();
      expect(probe.signals).toEqual([]);
    });

    test.each([4200, 4100, 4009])('a close with %i is told with its code', async (code) => {
      const probe = await connect();
      server.close(code);
      expect(await probe.next('closed')).toMatchObject({ code });
      await expect.poll(() => server.connections).toEqual([]);
    });

    test.each([4001, 4004])(
      'a dial that is refused with %i ends in one closed, and no other dial',
      async (code) => {
        server.refuse(code, { times: 1 });
        const probe = await dial();
        expect(await probe.next('closed')).toMatchObject({ code });
        expect([probe.signals, server.connections]).toEqual([[], []]);
      },
    );

    test('a dial where nothing listens ends in closed', async () => {
      server.refuse('tcp');
      const probe = await dial();
      await probe.next('closed');
      expect(probe.signals).toEqual([]);
    });
  });
}
