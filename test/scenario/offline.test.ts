import 'fake-indexeddb/auto';
import { afterEach, describe, expect, test } from 'vitest';
import {
  backendAuth,
  durable,
  indexedDbStorage,
  publishing,
  RealtimeClient,
  type RealtimeClientOptions,
  type RealtimeError,
  sharedToken,
  type UntypedChannels,
} from '../../src/index';
import { createManualClock, createTestServer } from '../../src/testing/index';
import { storedMessage } from '../contract/outbox-storage';
import { HandNetwork } from '../fakes/hand-network';
import { plant } from '../fakes/stored-in';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

let applications = 0;

function subjectOf(token = ''): unknown {
  const [, claims = ''] = token.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).sub;
}

/** A server, a device with a switch for its network, and pages on it that all keep their messages in one database. */
function device() {
  const key = `offline-${++applications}`;
  const clock = createManualClock();
  const server = createTestServer({ ids: 'sequential', clock, apps: [{ key }] });
  /** Whose tokens the published messages came with. */
  const senders: unknown[] = [];
  const network = new HandNetwork();
  const setOnline = (value: boolean): void => network.say(value ? 'online' : 'offline');
  const open = (owner: string | undefined, options: Partial<RealtimeClientOptions<UntypedChannels>> = {}) => {
    const { fetch, ...rest } = server.options;
    const client = new RealtimeClient<UntypedChannels>({
      ...rest,
      auth: backendAuth({
        endpoint: server.endpoints.auth,
        token: () => server.issueToken({ userId: owner ?? 'nobody' }),
      }),
      network,
      fetch: (address, init) => {
        const token = new Headers(init.headers).get('authorization')?.replace('Bearer ', '');
        if (address.endsWith('/realtime/trigger')) senders.push(subjectOf(token));
        return fetch(address, init);
      },
      publish: publishing({
        endpoint: server.endpoints.publish,
        outbox: durable({ storage: indexedDbStorage(), ...(owner === undefined ? {} : { owner }) }),
      }),
      ...options,
    });
    const acknowledged: string[] = [];
    const rejected: string[] = [];
    const errors: RealtimeError[] = [];
    client.on('acknowledged', ({ id }) => acknowledged.push(id));
    client.on('rejected', ({ code }) => rejected.push(code));
    client.on('expired', ({ code }) => rejected.push(code));
    client.on('error', (error) => errors.push(error));
    ends.push(() => client.destroy());
    return { client, acknowledged, rejected, errors };
  };
  /** IndexedDB takes real turns of the event loop, however the clock stands. */
  const pass = async (ms: number): Promise<void> => {
    for (let turn = 0; turn < 30; turn++) await clock.settle();
    await clock.advance(ms);
    for (let turn = 0; turn < 30; turn++) await clock.settle();
  };
  const sent = () =>
    server.requests
      .filter(({ path, status }) => path === '/realtime/trigger' && status === 200)
      .map(({ body }) => ({
        n: (body as { data: { n: number } }).data.n,
        id: (body as { id: string }).id,
      }));
  return { key, clock, server, network, setOnline, open, pass, sent, senders };
}

describe('messages that outlive the page', () => {
  test('what was published offline is sent by the next page, in order, under its own ids, and ends as an event', async () => {
    const { open, pass, setOnline, sent } = device();
    setOnline(false);
    const first = open('user-1');
    const published = [1, 2, 3].map((n) => first.client.publish('news', 'headline', { n }));
    const outcomes = Promise.allSettled(published);
    await pass(1_000);
    const ids = first.client.outbox.pending.get().map(({ id }) => id);
    expect(ids).toHaveLength(3);
    first.client.destroy();
    expect((await outcomes).map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual([
      'aborted',
      'aborted',
      'aborted',
    ]);

    const second = open('user-1');
    const later = second.client.publish('news', 'headline', { n: 4 });
    await pass(1_000);
    expect(
      second.client.outbox.pending
        .get()
        .map(({ id }) => id)
        .slice(0, 3),
    ).toEqual(ids);
    expect(sent()).toEqual([]);
    setOnline(true);
    await pass(1_000);
    await later;
    expect(sent().map(({ n }) => n)).toEqual([1, 2, 3, 4]);
    expect(sent().map(({ id }) => id)).toEqual(second.acknowledged);
    expect(second.acknowledged.slice(0, 3)).toEqual(ids);
    expect([...first.errors, ...second.errors]).toEqual([]);
    second.client.destroy();

    const third = open('user-1');
    third.client.channel('news').hold();
    await pass(5_000);
    expect(sent()).toHaveLength(4);
    expect(third.client.outbox.pending.get()).toEqual([]);
  });

  test('what is too old by then ends as an event, too, and is never sent', async () => {
    const { open, pass, setOnline, sent } = device();
    setOnline(false);
    const first = open('user-1');
    first.client.publish('news', 'headline', { n: 1 }, { expiresIn: 60_000 }).catch(() => {});
    await pass(10);
    first.client.destroy();
    await pass(60_000);
    setOnline(true);
    const second = open('user-1');
    second.client.channel('news').hold();
    await pass(1_000);
    expect(second.rejected).toEqual(['message-expired']);
    expect(sent()).toEqual([]);
  });

  test('a message in flight when the page ends is offered again under the same id', async () => {
    const { open, pass, server } = device();
    const first = open('user-1', { fetch: () => new Promise(() => {}) });
    first.client.publish('news', 'headline', { n: 1 }).catch(() => {});
    await pass(10);
    const [pending] = first.client.outbox.pending.get();
    expect(pending).toMatchObject({ state: 'in-flight', attempts: 1 });
    first.client.destroy();
    const second = open('user-1');
    second.client.channel('news').hold();
    await pass(1_000);
    expect(second.acknowledged).toEqual([pending?.id]);
    expect(server.requests.filter(({ path }) => path === '/realtime/trigger')).toHaveLength(1);
  });

  test('records that are no messages stop nothing: they are reported, and the others are sent', async () => {
    const { key, open, pass, setOnline, sent } = device();
    setOnline(false);
    const first = open('user-1');
    first.client.publish('news', 'headline', { n: 1 }).catch(() => {});
    await pass(10);
    first.client.destroy();
    await plant(`surewire:${key}`, 'messages', [
      [['user-1', 'x'], { id: 'x', secret: 'of another program' }],
    ]);
    setOnline(true);
    const second = open('user-1');
    second.client.channel('news').hold();
    await pass(1_000);
    expect(sent().map(({ n }) => n)).toEqual([1]);
    expect(second.errors.map(({ code }) => code)).toEqual(['storage']);
    expect(JSON.stringify(second.errors.map(({ message }) => message))).not.toContain('another program');
  });

  test('a stored client event for a channel that this page cannot have is reported, and the others are sent', async () => {
    const { key, clock, open, pass, setOnline, sent } = device();
    setOnline(false);
    const first = open('user-1');
    first.client.publish('news', 'headline', { n: 1 }).catch(() => {});
    await pass(10);
    first.client.destroy();
    const strange = { route: 'peer', channel: 'private-ü', expiresAt: clock.now() + 60_000 } as const;
    await plant(`surewire:${key}`, 'messages', [[['user-1', 'x'], storedMessage('x', strange)]]);
    setOnline(true);
    const second = open('user-1');
    second.client.channel('news').hold();
    await pass(1_000);
    expect(sent().map(({ n }) => n)).toEqual([1]);
    expect(second.errors).toMatchObject([{ code: 'configuration', channel: 'private-ü' }]);
    await pass(60_000);
    expect(second.rejected).toEqual(['message-expired']);
  });
});

describe('two users of one browser', () => {
  test("one's messages are never sent by the other, and wait for their owner", async () => {
    const { open, pass, setOnline, sent, senders } = device();
    setOnline(false);
    const first = open('user-1');
    first.client.publish('news', 'headline', { n: 1 }).catch(() => {});
    await pass(10);
    first.client.destroy();
    setOnline(true);
    const other = open('user-2');
    const own = other.client.publish('news', 'headline', { n: 2 });
    await pass(1_000);
    await own;
    expect(sent().map(({ n }) => n)).toEqual([2]);
    other.client.destroy();
    const back = open('user-1');
    back.client.channel('news').hold();
    await pass(1_000);
    expect(sent().map(({ n }) => n)).toEqual([2, 1]);
    expect(senders).toEqual(['user-2', 'user-1']);
  });

  test('signing out leaves nothing of the owner, not even what this page never loaded, and all of the other', async () => {
    const { open, pass, setOnline, sent } = device();
    setOnline(false);
    for (const owner of ['user-1', 'user-2']) {
      const { client } = open(owner);
      client.publish('news', 'headline', { n: owner === 'user-1' ? 1 : 2 }).catch(() => {});
      await pass(10);
      client.destroy();
    }
    let out = false;
    void open('user-1')
      .client.signOut()
      .then(() => {
        out = true;
      });
    await pass(10);
    expect(out).toBe(true);
    setOnline(true);
    for (const owner of ['user-1', 'user-2']) {
      open(owner).client.channel('news').hold();
      await pass(1_000);
    }
    expect(sent().map(({ n }) => n)).toEqual([2]);
  });

  test('a storage that outlives the page needs an owner where tokens are used, and takes the one of `sharedToken`', async () => {
    const { open, pass, setOnline, sent, server } = device();
    expect(() => open(undefined)).toThrow(expect.objectContaining({ code: 'configuration' }));
    setOnline(false);
    const auth = backendAuth({
      endpoint: server.endpoints.auth,
      token: () => server.issueToken({ userId: 'user-1' }),
      share: sharedToken({ owner: 'user-1' }),
    });
    const first = open(undefined, { auth });
    first.client.publish('news', 'headline', { n: 1 }).catch(() => {});
    await pass(10);
    first.client.destroy();
    setOnline(true);
    open('user-1').client.channel('news').hold();
    await pass(1_000);
    expect(sent().map(({ n }) => n)).toEqual([1]);
  });
});
