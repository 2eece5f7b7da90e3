import { describe, expect, onTestFinished, test } from 'vitest';
import { durable, memoryStorage, publishing, RealtimeClient } from '../../src/index';
import { createManualClock, createTestServer } from '../../src/testing/index';
import { HandNetwork } from '../fakes/hand-network';
import { MemoryBrowser } from '../fakes/memory-tabs';

const endpoint = 'http://surewire.test/realtime/trigger';

/** A chat's page, whose server tells everybody what it is given, the sender included. */
function device() {
  const clock = createManualClock();
  const server = createTestServer({ ids: 'sequential', clock });
  const storage = memoryStorage();
  const browser = new MemoryBrowser(clock);
  const network = new HandNetwork();
  let reach = (): void => {};
  const open = (options: Partial<Parameters<typeof publishing>[0]> = {}) => {
    const heard: unknown[] = [];
    const tab = browser.tab();
    const client = new RealtimeClient({
      ...server.options,
      network,
      publish: publishing({ endpoint, outbox: durable({ storage, owner: 'ann', tabs: tab }), ...options }),
    });
    onTestFinished(() => client.destroy());
    return {
      client,
      tab,
      heard,
      listen: () => client.channel('private-room').on('said', (text) => heard.push(text)),
    };
  };
  return {
    clock,
    server,
    open,
    // Without a network no dial gets through either.
    setOnline: (to: boolean) => {
      network.isOnline = to;
      reach();
      reach = to ? () => {} : server.refuse('tcp');
      network.say(to ? 'online' : 'offline');
    },
    sent: () => server.requests.filter(({ path }) => path === '/realtime/trigger').length,
  };
}

describe('a page that follows a channel hears what it publishes there', () => {
  test('right after it began to listen', async () => {
    const { clock, open } = device();
    const { client, heard, listen } = open();
    listen();
    for (const text of ['one', 'two', 'three']) void client.publish('private-room', 'said', text);
    await clock.advance(5_000);
    expect(heard).toEqual(['one', 'two', 'three']);
  });

  test('around an outage', async () => {
    const { clock, server, open, setOnline } = device();
    const { client, heard, listen } = open();
    listen();
    await clock.advance(2_000);
    setOnline(false);
    server.drop();
    for (const text of ['one', 'two', 'three']) void client.publish('private-room', 'said', text);
    await clock.advance(60_000);
    expect(heard).toEqual([]);
    setOnline(true);
    await clock.advance(10_000);
    expect(heard).toEqual(['one', 'two', 'three']);
  });

  test.each([5, 15, 40, 90])(
    'around %i s without a network of which the device knows nothing',
    async (seconds) => {
      const { clock, server, open } = device();
      const { client, heard, listen } = open();
      client.on('error', () => {});
      listen();
      await clock.advance(2_000);
      const stops = [server.refuse('tcp'), server.rejectTrigger('network', 10_000)];
      server.drop();
      const all = Array.from({ length: 5 * seconds }, (_, n) => n);
      for (const n of all) {
        client.publish('private-room', 'said', n).catch(() => {});
        await clock.advance(200);
      }
      for (const stop of stops) stop();
      await clock.advance(60_000);
      expect(heard).toEqual(all);
    },
  );

  test('after a reload', async () => {
    const { clock, open, setOnline } = device();
    setOnline(false);
    const first = open();
    first.listen();
    for (const text of ['one', 'two']) first.client.publish('private-room', 'said', text).catch(() => {});
    await clock.advance(100);
    first.client.destroy();
    setOnline(true);
    const second = open();
    second.listen();
    void second.client.publish('private-room', 'said', 'three');
    await clock.advance(10_000);
    expect(second.heard).toEqual(['one', 'two', 'three']);
  });
});

describe('a page that follows a channel while another tab of its user sends', () => {
  /** A tab that sends, and hears already. */
  async function withLeader() {
    const world = device();
    const leader = world.open();
    leader.listen();
    void leader.client.publish('private-room', 'said', 'mine').catch(() => {});
    await world.clock.advance(2_000);
    return { ...world, leader };
  }

  test('hears what it publishes right after it began to listen', async () => {
    const { clock, server, open, leader } = await withLeader();
    const { client, heard, listen } = open();
    client.on('error', () => {});
    // It takes longer than usual.
    server.rejectAuth(503, 1);
    listen();
    for (const text of ['one', 'two']) void client.publish('private-room', 'said', text);
    await clock.advance(100);
    void leader.client.publish('private-room', 'said', 'three');
    await clock.advance(5_000);
    expect(heard).toEqual(['one', 'two', 'three']);
    expect(leader.heard).toEqual(['mine', 'one', 'two', 'three']);
  });

  test('hears what it published in an outage, though the other one is back before', async () => {
    const { clock, server, open, setOnline, leader } = await withLeader();
    const { client, heard, listen } = open();
    client.on('error', () => {});
    listen();
    await clock.advance(2_000);
    setOnline(false);
    server.drop();
    for (const text of ['one', 'two']) void client.publish('private-room', 'said', text);
    await clock.advance(20_000);
    client.disconnect();
    setOnline(true);
    await clock.advance(3_000);
    expect(leader.client.status.get().state).toBe('connected');
    void client.connect();
    await clock.advance(5_000);
    expect(heard).toEqual(['one', 'two']);
    expect(leader.heard).toEqual(['mine', 'one', 'two']);
  });

  test('hears what it published before the other one took over', async () => {
    const { clock, server, open, leader } = await withLeader();
    const [next, author] = [open(), open()];
    next.listen();
    author.client.on('error', () => {});
    await next.client.connect();
    next.client.publish('private-room', 'said', 'two').catch(() => {});
    await clock.advance(1_000);
    server.rejectAuth(503, 2);
    author.listen();
    void author.client.publish('private-room', 'said', 'three');
    await clock.advance(100);
    leader.tab.kill();
    leader.client.destroy();
    await clock.advance(9_000);
    expect(author.heard).toEqual(['three']);
  });

  test('is waited for ten seconds at most, though it hangs', async () => {
    const { clock, server, open, leader } = await withLeader();
    const { client, listen, tab } = open();
    client.on('error', () => {});
    server.rejectAuth(503, 1_000);
    listen();
    void client.publish('private-room', 'said', 'x');
    await clock.advance(5);
    tab.freeze();
    await clock.advance(9_900);
    expect(leader.heard).toEqual(['mine']);
    await clock.advance(200);
    expect(leader.heard).toEqual(['mine', 'x']);
  });

  test('is not waited for once it is gone', async () => {
    const { clock, server, open, leader } = await withLeader();
    const { client, listen, tab } = open();
    client.on('error', () => {});
    server.rejectAuth(503, 1_000);
    listen();
    client.publish('private-room', 'said', 'x').catch(() => {});
    await clock.advance(5);
    tab.kill();
    await clock.advance(100);
    expect(leader.heard).toEqual(['mine', 'x']);
  });
});

describe('a message waits for its channel', () => {
  test('ten seconds at most', async () => {
    const { clock, server, open, sent } = device();
    const { client, listen } = open();
    server.rejectAuth(503, 1_000);
    listen();
    const published = client.publish('private-room', 'said', 'x');
    await clock.advance(9_900);
    expect(sent()).toBe(0);
    await clock.advance(200);
    expect(sent()).toBe(1);
    expect(await published).toMatchObject({ level: 'accepted' });
  });

  test('and not for one that was refused', async () => {
    const { clock, server, open, sent } = device();
    const { client, listen } = open();
    server.rejectAuth(403, 1_000);
    client.on('error', () => {});
    listen();
    void client.publish('private-room', 'said', 'x');
    await clock.advance(3_000);
    expect(sent()).toBe(1);
  });

  test.each([
    ['the client says otherwise', { waitForChannel: false }, {}],
    ['the message says otherwise', {}, { waitForChannel: false }],
    ['the sender is left out', { excludeSender: true }, {}],
  ])('unless %s', async (_, ofClient, ofMessage) => {
    const { clock, server, open, sent } = device();
    const { client, listen } = open(ofClient);
    server.rejectAuth(503, 1_000);
    listen();
    void client.publish('private-room', 'said', 'x', ofMessage);
    await clock.advance(1_000);
    expect(sent()).toBe(1);
  });

  test('and for none that nobody here follows', async () => {
    const { clock, open, sent } = device();
    const { client } = open();
    void client.publish('private-room', 'said', 'x');
    await clock.advance(50);
    expect(sent()).toBe(1);
  });
});
