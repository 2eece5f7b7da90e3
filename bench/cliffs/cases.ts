import { setTimeout as wait } from 'node:timers/promises';
import type { Channel, Clock, Publisher } from '../../src/index';
import { memoryStorage } from '../../src/index';
import { MemoryBrowser } from '../../test/fakes/memory-tabs';
import { channelOf, surewireClient, surewireWithPatterns } from '../surewire-client';
import { frame, memberId, roster, ScriptedServer, signing } from './scripted-server';

/** Something that is done for so many of one thing, and must not cost more for each of them when there are more. */
export interface CliffCase {
  readonly about: string;
  /** What there are many of. */
  readonly unit: string;
  readonly sizes: readonly number[];
  /** Prepares, and resolves with what is measured; that may resolve with how many things it was, when they are not `size`. */
  prepare(size: number): Promise<() => Promise<void>>;
}

const usual = [10, 100, 1_000, 10_000];
const host = '127.0.0.1';
const key = 'app-key';
const channel = 'private-plugin-7';
const offline = { online: () => false, watch: () => () => {} };
const authorized = { auth: { endpoint: 'http://127.0.0.1/auth' }, fetch: signing };
const atOnce: Publisher = { publish: async () => ({ level: 'accepted' }) };

/** The machine's time. */
const clock: Clock = {
  now: () => Date.now(),
  after(ms, wake) {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};

/** Each case by its name. */
export const cliffCases: Readonly<Record<string, CliffCase>> = {
  'pending messages': {
    about: 'publishing while offline',
    unit: 'message',
    sizes: usual,
    async prepare(size) {
      const client = surewireClient({ key, host, publish: atOnce, network: offline });
      return async () => {
        for (let number = 0; number < size; number += 1) {
          client.publish(channel, 'command', { number }).catch(() => {});
        }
        await until(() => client.outbox.pending.get().length === size);
      };
    },
  },

  'pending messages, sent': {
    about: 'sending what waited, through a publisher that answers at once',
    unit: 'message',
    sizes: usual,
    async prepare(size) {
      const network = switchable();
      const { port } = await ScriptedServer.open();
      const client = surewireClient({ key, host, port, publish: atOnce, network });
      const settled = Array.from({ length: size }, (_, number) =>
        client.publish(channel, 'command', { number }),
      );
      await until(() => client.outbox.pending.get().length === size);
      return async () => {
        network.turnOn();
        void client.connect();
        await Promise.all(settled);
      };
    },
  },

  'pending messages, discarded': {
    about: 'discarding what waits, one after the other',
    unit: 'message',
    sizes: usual,
    async prepare(size) {
      const client = surewireClient({ key, host, publish: atOnce, network: offline });
      for (let number = 0; number < size; number += 1) {
        client.publish(channel, 'command', { number }).catch(() => {});
      }
      await until(() => client.outbox.pending.get().length === size);
      const waiting = client.outbox.pending.get();
      return async () => {
        for (const { id } of waiting) client.outbox.discard(id);
        await until(() => client.outbox.pending.get().length === 0);
      };
    },
  },

  channels: {
    about: 'subscribing to public channels',
    unit: 'channel',
    sizes: usual,
    async prepare(size) {
      const { port } = await ScriptedServer.open();
      const client = surewireClient({ key, host, port });
      await client.connect();
      return () => allLive(named(size).map((name) => channelOf(client, name)));
    },
  },

  'channels, resubscribed': {
    about: 'all channels live again after the connection was dropped',
    unit: 'channel',
    sizes: usual,
    async prepare(size) {
      const server = await ScriptedServer.open();
      const client = surewireClient({ key, host, port: server.port });
      const channels = named(size).map((name) => channelOf(client, name));
      await allLive(channels);
      return async () => {
        server.drop();
        await until(() => channels[0]?.subscription.get().state !== 'subscribed');
        await until(() => channels.every(({ subscription }) => subscription.get().state === 'subscribed'));
      };
    },
  },

  'private channels': {
    about: 'subscribing to private channels, each authorized by itself',
    unit: 'channel',
    sizes: usual.slice(0, 3),
    async prepare(size) {
      const { port } = await ScriptedServer.open();
      const client = surewireClient({ key, host, port, ...authorized });
      await client.connect();
      return () => allLive(named(size, 'private-plugin').map((name) => channelOf(client, name)));
    },
  },

  'messages on many channels': {
    about: 'one message on each of many channels',
    unit: 'message',
    sizes: usual,
    async prepare(size) {
      const server = await ScriptedServer.open();
      const client = surewireClient({ key, host, port: server.port });
      const channels = named(size).map((name) => channelOf(client, name));
      let heard = 0;
      for (const each of channels) each.on('progress', () => (heard += 1));
      await allLive(channels);
      const frames = channels.map(({ name }) => frame('progress', { progress: 42 }, name));
      return async () => {
        server.send(frames);
        await until(() => heard === size);
      };
    },
  },

  listeners: {
    about: 'one message to many listeners, and taking them off one by one',
    unit: 'listener',
    sizes: usual,
    async prepare(size) {
      const server = await ScriptedServer.open();
      const client = surewireClient({ key, host, port: server.port });
      const one = channelOf(client, 'content-generation-1');
      await allLive([one]);
      const release = one.hold();
      return async () => {
        let heard = 0;
        const stops = Array.from({ length: size }, () => one.on('progress', () => (heard += 1)));
        server.send([frame('progress', { progress: 42 }, one.name)]);
        await until(() => heard === size);
        for (const stop of stops) stop();
        release();
      };
    },
  },

  'members who join': {
    about: 'members who join a presence channel and leave it, one after the other',
    unit: 'member',
    sizes: usual,
    async prepare(size) {
      const server = await ScriptedServer.open((name) => [roster(name, 1)]);
      const client = surewireClient({ key, host, port: server.port, ...authorized });
      const one = channelOf(client, 'presence-classroom-1');
      await allLive([one]);
      const about = (event: string): string[] =>
        Array.from({ length: size }, (_, index) =>
          frame(`pusher_internal:${event}`, { user_id: memberId(index + 1), user_info: {} }, one.name),
        );
      const [joined, left] = [about('member_added'), about('member_removed')];
      const count = (): number => membersOf(one);
      return async () => {
        server.send(joined);
        await until(() => count() === size + 1);
        server.send(left);
        await until(() => count() === 1);
      };
    },
  },

  'a list of members through a reconnect': {
    about: 'a presence list that comes again after the connection was dropped',
    unit: 'member',
    sizes: usual,
    async prepare(size) {
      const server = await ScriptedServer.open((name) => [roster(name, size)]);
      const client = surewireClient({ key, host, port: server.port, ...authorized });
      const one = channelOf(client, 'presence-classroom-1');
      await allLive([one]);
      return async () => {
        server.drop();
        await until(() => one.subscription.get().state !== 'subscribed');
        await until(() => one.subscription.get().state === 'subscribed' && membersOf(one) === size);
      };
    },
  },

  'refusals without a name': {
    about: 'a server that refuses every private channel, and does not say which',
    unit: 'channel',
    sizes: [10, 100, 1_000],
    async prepare(size) {
      const { port } = await ScriptedServer.open((name) =>
        name.startsWith('private-') ? [frame('pusher:error', { code: 4009, message: 'Refused' })] : [],
      );
      const client = surewireClient({ key, host, port, ...authorized });
      await client.connect();
      const channels = named(size, 'private-plugin').map((name) => channelOf(client, name));
      return async () => {
        for (const each of channels) each.hold();
        await until(() => channels.every(({ subscription }) => subscription.get().state === 'refused'));
      };
    },
  },

  'replaces, an hour offline': {
    about: 'a cursor that moves ten times a second for up to an hour without a network, `replaces`',
    unit: 'move',
    sizes: [360, 3_600, 36_000],
    async prepare(size) {
      const client = surewireClient({ key, host, publish: atOnce, network: offline });
      return async () => {
        for (let x = 0; x < size; x += 1) {
          client.publish(channel, 'client-cursor', { x, y: 1 }, { replaces: 'cursor' }).catch(() => {});
          // A move is a turn of its own.
          if (x % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        await until(() => client.outbox.pending.get().length === 1);
      };
    },
  },

  'tabs of one owner': {
    about:
      'tabs that share an outbox, in which they publish a thousand messages together: each tab hears of all of them',
    unit: 'tab',
    sizes: [10, 50, 200],
    async prepare(size) {
      const { port } = await ScriptedServer.open();
      const browser = new MemoryBrowser(clock);
      const storage = memoryStorage();
      const tabs = Array.from({ length: size }, () =>
        surewireClient({
          key,
          host,
          port,
          publish: atOnce,
          outbox: { storage, owner: 'user-1', tabs: browser.tab() },
        }),
      );
      await Promise.all(tabs.map((tab) => tab.connect()));
      return async () => {
        const published = Array.from({ length: 1_000 }, (_, number) =>
          tabs[number % size]?.publish(channel, 'command', { number }),
        );
        await Promise.all(published);
      };
    },
  },

  'patterns, described': {
    about: 'making a client that knows many patterns, and a first channel of each',
    unit: 'pattern',
    sizes: usual,
    async prepare(size) {
      return async () => {
        const client = surewireWithPatterns(size);
        for (let index = 0; index < size; index += 1) channelOf(client, `kind-${index}-42`);
      };
    },
  },
};

function named(count: number, prefix = 'content-generation'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

async function allLive(channels: readonly Channel[]): Promise<void> {
  for (const each of channels) each.hold();
  await until(() => channels.every(({ subscription }) => subscription.get().state === 'subscribed'));
}

function membersOf(presence: Channel): number {
  const { members } = presence as unknown as {
    readonly members?: { get(): { readonly size?: number; readonly length?: number } };
  };
  const list = members?.get();
  return list?.size ?? list?.length ?? 0;
}

function switchable() {
  let online = false;
  const listeners = new Set<(change: 'online' | 'offline' | 'resumed') => void>();
  return {
    online: () => online,
    watch(listener: (change: 'online' | 'offline' | 'resumed') => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    turnOn() {
      online = true;
      for (const listener of listeners) listener('online');
    },
  };
}

/** Seldom enough that looking is not what is measured. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(5);
}
