import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import {
  backendAuth,
  deliveryConfirmations,
  durable,
  memoryStorage,
  publishBatches,
  publishing,
  RealtimeClient,
  type RealtimeError,
  statistics,
} from '../../src/index';
import { createManualClock, createTestServer, type TestServerOptions } from '../../src/testing/index';

const ends: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A client that publishes in batches, unless `batch` says otherwise, and the same application's listener. */
function publishingClient(
  options: Omit<Parameters<typeof publishing>[0] & object, 'endpoint'> = {},
  serverOptions: TestServerOptions = {},
) {
  const clock = createManualClock();
  const server = createTestServer({ ids: 'sequential', ...serverOptions, clock });
  const open = () => {
    const client = new RealtimeClient({
      ...server.options,
      auth: backendAuth({ endpoint: server.endpoints.auth, token: () => server.issueToken() }),
      statistics: statistics(),
      publish: publishing({ endpoint: server.endpoints.publish, batch: publishBatches(), ...options }),
    });
    ends.push(() => client.destroy());
    client.on('error', () => {});
    return client;
  };
  const client = open();
  /** How many messages each request so far had. */
  const sizes = () =>
    server.requests
      .filter(({ path }) => path === '/realtime/trigger')
      .map(({ body }) => (body as { readonly batch?: readonly unknown[] }).batch?.length ?? 1);
  return { clock, server, client, open, sizes };
}

/** Publishes 0 to `count` − 1, in turn on so many channels. */
const publishMany = (client: RealtimeClient, count: number, channels: number) =>
  Array.from({ length: count }, (_, n) => client.publish(`room-${n % channels}`, 'said', n));

/** The numbers that each channel heard. */
function hearing(client: RealtimeClient, channels: number) {
  const heard = Array.from({ length: channels }, (): unknown[] => []);
  for (let n = 0; n < channels; n += 1)
    client.channel(`room-${n}`).on('said', (payload) => heard[n]?.push(payload));
  return heard;
}

const inOrder = (count: number, channels: number) =>
  Array.from({ length: channels }, (_, channel) =>
    Array.from({ length: count / channels }, (_, n) => channel + n * channels),
  );

describe('H8: many messages in one request', () => {
  test('a thousand on fifty channels are a hundred requests, and each channel hears its own in order', async () => {
    const { clock, client, open, sizes } = publishingClient();
    const heard = hearing(open(), 50);
    await clock.advance(500);
    const published = publishMany(client, 1_000, 50);
    await clock.advance(2_000);
    const levels = (await Promise.all(published)).map(({ level }) => level);
    expect(new Set(levels)).toEqual(new Set(['accepted']));
    expect(heard).toEqual(inOrder(1_000, 50));
    expect(sizes()).toEqual(Array(100).fill(10));
  });

  test('two hundred on one channel are twenty', async () => {
    const { clock, client, open, sizes } = publishingClient();
    const heard = hearing(open(), 1);
    await clock.advance(500);
    void Promise.all(publishMany(client, 200, 1));
    await clock.advance(1_000);
    expect(heard).toEqual(inOrder(200, 1));
    expect(sizes()).toEqual(Array(20).fill(10));
  });

  test('the pace is of requests: five a second are fifty messages', async () => {
    const { clock, client, sizes } = publishingClient({ pace: { requestsPerSecond: 5, concurrent: 1 } });
    const published = Promise.all(publishMany(client, 200, 40));
    await clock.advance(900);
    expect(sizes()).toEqual(Array(5).fill(10));
    await clock.advance(6_000);
    await published;
    expect(sizes()).toEqual(Array(20).fill(10));
    expect(client.statistics.get()).toMatchObject({ sent: 200 });
  });

  test('an outage and a server that is busy lose nothing and change no order', async () => {
    const { clock, server, client, open, sizes } = publishingClient();
    const heard = hearing(open(), 5);
    await clock.advance(500);
    server.rejectTrigger(503, 2);
    server.rejectTrigger(429, 2, { retryAfter: 3 });
    server.rejectTrigger('network', 2);
    // Taken, and nobody hears of it: it comes again under the same ids.
    server.rejectTrigger(502, 3, { afterWork: true });
    const published = publishMany(client, 100, 5);
    await clock.advance(120_000);
    expect((await Promise.all(published)).map(({ level }) => level)).toEqual(Array(100).fill('accepted'));
    expect(heard).toEqual(inOrder(100, 5));
    // Nine that failed, a message alone that went through, and the rest ten at a time.
    expect(sizes()).toHaveLength(20);
  });

  test('a long outage is sat out by one channel at a time, and then all go together', async () => {
    const { clock, server, client, open, sizes } = publishingClient();
    const heard = hearing(open(), 20);
    await clock.advance(500);
    const over = server.rejectTrigger(503, 10_000);
    const published = publishMany(client, 200, 20);
    await clock.advance(1_200_000);
    over();
    // Fifteen seconds between two attempts, on average: a batch, and one of it alone.
    const failed = sizes().length;
    expect(failed).toBeLessThan(2 * 120);
    await clock.advance(31_000);
    expect((await Promise.all(published)).map(({ level }) => level)).toEqual(Array(200).fill('accepted'));
    expect(heard).toEqual(inOrder(200, 20));
    expect(sizes().length - failed).toBeLessThanOrEqual(22);
  });

  test('a message that breaks the application takes no other with it, but for the first time', async () => {
    const clock = createManualClock();
    const requests: string[][] = [];
    const fetch = async (_: string, init: RequestInit): Promise<Response> => {
      const body = JSON.parse(String(init.body));
      const messages: readonly { id: string; channel: string; data: string }[] = body.batch ?? [body];
      requests.push(messages.map(({ data }) => data));
      if (messages.some(({ data }) => data === 'poison')) return new Response('', { status: 500 });
      if (!body.batch) return Response.json({ ok: true });
      return Response.json({ results: Object.fromEntries(messages.map(({ id }) => [id, { ok: true }])) });
    };
    const client = new RealtimeClient({
      key: 'app-key',
      cluster: 'us2',
      clock,
      fetch,
      publish: publishing({ endpoint: 'https://app.test/publish', batch: publishBatches() }),
    });
    ends.push(() => client.destroy());
    client.on('error', () => {});
    const say = (round: number) =>
      ['a', 'b', 'c', 'd'].map((room) => client.publish(room, 'said', `${room}${round}`));
    await Promise.all([...say(0), clock.advance(100)]);
    client.publish('poisoned', 'said', 'poison').catch(() => {});
    let shared = 0;
    for (let round = 1; round <= 60; round += 1) {
      const levels: string[] = [];
      for (const each of say(round)) void each.then(({ level }) => levels.push(level));
      // The first waits are half a second, a second, and half a second of its own, at most.
      await clock.advance(3_000);
      expect(levels).toEqual(Array(4).fill('accepted'));
      shared = requests.filter((each) => each.includes('poison') && each.length > 1).length;
    }
    expect(shared).toBeLessThanOrEqual(2);
    expect(requests.filter((each) => each.includes('poison')).length).toBeGreaterThan(5);
  });

  test('one that the application refuses is no answer to the others', async () => {
    const { clock, client } = publishingClient(
      {},
      { authorize: ({ action, channel }) => action === 'subscribe' || channel !== 'room-3' },
    );
    const published = Promise.allSettled(publishMany(client, 10, 5));
    await clock.advance(1_000);
    const reasons = (await published).map((end) =>
      end.status === 'fulfilled' ? end.value.level : (end.reason as RealtimeError).message,
    );
    expect(reasons.filter((reason) => reason === 'accepted')).toHaveLength(8);
    expect(reasons[3]).toBe(
      '"said" on "room-3": the publish endpoint answered 403 ("No access to room-3"). This user may not publish here.',
    );
  });

  test('an application that does not know how gets them one by one, in order, and the log says so', async () => {
    const { clock, client, open, sizes } = publishingClient({}, { publishBatch: false });
    const logs: string[] = [];
    client.on('log', ({ level, message }) => level === 'warn' && logs.push(message));
    const heard = hearing(open(), 4);
    await clock.advance(500);
    const published = Promise.all(publishMany(client, 40, 4));
    await clock.advance(2_000);
    await published;
    expect(heard).toEqual(inOrder(40, 4));
    expect(sizes().filter((size) => size > 1).length).toBeLessThanOrEqual(4);
    expect(logs).toEqual([
      expect.stringMatching(
        /^Messages are published one by one: asked to publish several at once, the endpoint answered 422/,
      ),
    ]);
  });

  test('what is stored is sent in batches by the next page, and `delivered` waits for its receivers as ever', async () => {
    const storage = memoryStorage();
    const outbox = () => durable({ storage, owner: 'ada' });
    const { clock, server, client, open } = publishingClient({
      outbox: outbox(),
      confirm: deliveryConfirmations(),
    });
    const cut = server.rejectTrigger('network', 1_000);
    for (const each of publishMany(client, 30, 3)) each.catch(() => {});
    await clock.advance(500);
    client.destroy();
    cut();
    await clock.advance(2_000);
    const receiver = open();
    const heard = hearing(receiver, 3);
    receiver.channel('private-a').on('said', () => {});
    await clock.advance(60_000);
    expect(heard).toEqual(inOrder(30, 3));
    const sender = open();
    const proofs = Promise.all(
      [1, 2].map((n) => sender.publish('private-a', 'said', { n }, { acknowledge: 'delivered' })),
    );
    await clock.advance(5_000);
    expect((await proofs).map(({ level, receivers }) => [level, receivers])).toEqual([
      ['delivered', 1],
      ['delivered', 1],
    ]);
  });

  test('nothing goes out after the end, and no timer is left', async () => {
    const { clock, client, sizes } = publishingClient();
    const published = Promise.allSettled(publishMany(client, 5, 5));
    await clock.settle();
    client.destroy();
    await clock.advance(1_000);
    expect((await published).map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
    expect(sizes()).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

/** What an application does with one message of a request, or with the whole of it. */
const fates = ['taken', 'taken', 'taken', 'refused', 'busy', 'forgotten'] as const;
const answers = ['answered', 'answered', 'answered', 'lost', 'down', 'limited', 'too-large'] as const;

test('H8: whatever an application answers, each message ends once, in the order of its channel', async () => {
  const histories = fc.record({
    fates: fc.array(fc.constantFrom(...fates), { minLength: 1, maxLength: 40 }),
    answers: fc.array(fc.constantFrom(...answers), { minLength: 1, maxLength: 20 }),
    pauses: fc.array(fc.nat(40), { minLength: 30, maxLength: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(histories, async ({ fates: plan, answers: script, pauses }) => {
      const clock = createManualClock();
      const [taken, refused] = [new Map<string, number[]>(), new Set<number>()];
      const known = new Set<string>();
      let [message, request] = [0, 0];
      const publishOne = ({ id, channel, data }: { id: string; channel: string; data: number }) => {
        // A no stays a no when the answer was lost.
        if (refused.has(data)) return { status: 403 };
        const fate = known.has(id) ? 'taken' : (plan[message++ % plan.length] ?? 'taken');
        // It gets better in the end, so that every message has one.
        if (message > 60 || fate === 'taken') {
          if (!known.has(id)) taken.set(channel, [...(taken.get(channel) ?? []), data]);
          known.add(id);
          return { ok: true };
        }
        if (fate === 'refused') refused.add(data);
        return fate === 'refused' ? { status: 403 } : fate === 'busy' ? { status: 503 } : undefined;
      };
      const fetch = async (_: string, init: RequestInit): Promise<Response> => {
        const answer = request > 30 ? 'answered' : script[request % script.length];
        request += 1;
        if (answer === 'down') return new Response('', { status: 500 });
        if (answer === 'limited') return new Response('', { status: 429, headers: { 'retry-after': '1' } });
        const body = JSON.parse(String(init.body));
        if (answer === 'too-large' && body.batch) return new Response('', { status: 413 });
        const stopped = new Set<string>();
        const results: Record<string, object> = {};
        for (const each of body.batch ?? [body]) {
          if (stopped.has(each.channel)) continue;
          const result = publishOne(each);
          if (result !== undefined) results[each.id] = result;
          // What an application must do: nothing of a channel overtakes what it did not take.
          if (result === undefined || result.status === 503) stopped.add(each.channel);
        }
        if (answer === 'lost') throw new TypeError('network');
        if (body.batch) return Response.json({ results });
        const [alone] = Object.values(results) as { status?: number }[];
        return new Response('', { status: alone === undefined ? 502 : (alone.status ?? 200) });
      };
      const client = new RealtimeClient({
        key: 'app-key',
        cluster: 'us2',
        clock,
        fetch,
        publish: publishing({ endpoint: 'https://app.test/publish', batch: publishBatches({ messages: 4 }) }),
      });
      client.on('error', () => {});
      const settled: string[] = [];
      for (const [n, pause] of pauses.entries()) {
        client.publish(`room-${n % 3}`, 'said', n).then(
          () => settled.push(`${n} taken`),
          () => settled.push(`${n} refused`),
        );
        if (pause > 20) await clock.advance(pause);
      }
      await clock.advance(20 * 60_000);
      client.destroy();
      expect(settled.toSorted()).toEqual(
        pauses.map((_, n) => `${n} ${refused.has(n) ? 'refused' : 'taken'}`).toSorted(),
      );
      for (const numbers of taken.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 60 },
  );
});
