import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AuthenticationError, PublishError, type RealtimeError } from '../../src/errors';
import { asyncStorage } from '../../src/outbox/async-storage';
import { memoryStorage } from '../../src/outbox/memory-storage';
import type { Acceptance, OutboxStorage, StoredMessage } from '../../src/ports';
import { isStoredMessage } from '../../src/support/stored-message';
import type { PublishOptions } from '../../src/types';
import { storedMessage } from '../contract/outbox-storage';
import { ManualClock } from '../fakes/manual-clock';
import { type OpenOutboxSettings, openOutbox } from '../fakes/open-outbox';
import { openOutboxTab } from '../fakes/outbox-tab';
import { never, outboxWorld } from '../fakes/outbox-world';
import { accept, ScriptedPublisher } from '../fakes/scripted-publisher';

function setup(overrides: Partial<OpenOutboxSettings> = {}) {
  const clock = new ManualClock();
  const server = new ScriptedPublisher();
  const reports: RealtimeError[] = [];
  let ids = 0;
  const outbox = openOutbox({
    clock,
    random: () => 0.5,
    createId: () => `m${++ids}`,
    publishers: { server, peer: new ScriptedPublisher() },
    limits: { messages: 20_000, bytes: 1e9 },
    expiresIn: 86_400_000,
    backoff: { base: 500, cap: 30_000 },
    attemptTimeout: 10_000,
    report: (error) => reports.push(error),
    ...overrides,
  });
  const publish = (data: unknown, channel = 'a', options: PublishOptions = {}) =>
    outbox.publish({ channel, event: 'e', route: 'server', bytes: 10, data }, options).then(
      ({ level }) => level,
      (error: RealtimeError) => error.code as string,
    );
  return { clock, server, reports, outbox, publish };
}

describe('A1: a tab that dies before anybody hears of its message', () => {
  test('leaves it to whoever leads, who knows by a lock that the tab is gone', async () => {
    const { clock, open, disk, data, browser } = outboxWorld();
    const one = await open();
    let killed = (): void => {};
    const storage: OutboxStorage = {
      ...disk,
      put: async (messages) => {
        await disk.put(messages);
        killed();
      },
    };
    const two = await open({ storage });
    // In the very moment in which it is stored, and before that is told.
    killed = () => two.tab.kill();
    two.publish('important').promise.catch(() => {});
    await clock.advance(50);
    expect(browser.posted.some(({ message }) => JSON.stringify(message).includes('important'))).toBe(false);
    expect(data()).toEqual(['important']);
    expect(one.outbox.pending.get()).toEqual([]);
    expect(await disk.load()).toEqual([]);
  });
});

describe('A2: a tab that leads and cannot send', () => {
  const over = (): Promise<Acceptance> => Promise.reject(new AuthenticationError('Sign in again.'));

  test('because its session ended for good, gives the lead to one that can', async () => {
    const { clock, open, shared, senders } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = ({ tab }) => (tab === one.name ? over() : accept());
    const published = two.publish('x');
    await clock.advance(50);
    expect(published.end).toMatchObject({ level: 'accepted' });
    expect(senders()).toEqual([one.name, two.name]);
    const own = one.publish('own');
    await clock.advance(50);
    expect(own.end).toMatchObject({ level: 'accepted' });
  });

  test('alone keeps what earlier pages left, and sends it once it can', async () => {
    const { clock, open, shared, disk, data } = outboxWorld();
    const first = await open();
    first.outbox.setOnline(false);
    first.publish('old').promise.catch(() => {});
    await clock.advance(10);
    first.tab.kill();
    shared.rule = over;
    const second = await open();
    await clock.advance(1_000);
    expect(await disk.load()).toHaveLength(1);
    shared.rule = undefined;
    second.outbox.setOnline(true);
    await clock.advance(1_000);
    expect(data()).toEqual(['old', 'old']);
    expect(await disk.load()).toEqual([]);
  });

  test('has another endpoint: each tab sends by its own, and takes over for those that are gone', async () => {
    const { clock, open, shared, arrivals } = outboxWorld();
    const one = await open();
    const two = openOutboxTab(shared, {}, 'locks', { means: 'other' });
    await clock.advance(5);
    two.publish(1);
    await clock.advance(20);
    two.outbox.setOnline(false);
    two.publish(2).promise.catch(() => {});
    await clock.advance(20);
    two.tab.kill();
    await clock.advance(20);
    expect(arrivals.map(({ tab, message }) => [tab, message.data])).toEqual([
      [two.name, 1],
      [one.name, 2],
    ]);
  });

  test('has no endpoint at all: one that has takes the lead from it', async () => {
    const { clock, shared, arrivals } = outboxWorld();
    openOutboxTab(shared, {}, 'locks', { means: '' });
    await clock.advance(5);
    const two = openOutboxTab(shared);
    await clock.advance(5);
    two.publish('x');
    await clock.advance(20);
    expect(arrivals.map(({ tab, message }) => [tab, message.data])).toEqual([[two.name, 'x']]);
  });
});

describe('A3: a message that was replaced by one of a second tab, which a third tab gives up', () => {
  test.each(['abort', 'discard'])('has its end by %s, and flush ends', async (how) => {
    const { clock, open, shared } = outboxWorld();
    const [one, two, three] = [await open(), await open(), await open()];
    shared.rule = never;
    one.publish('in the way').promise.catch(() => {});
    await clock.advance(5);
    const older = two.publish(1, { replaces: 'draft' });
    await clock.advance(5);
    const controller = new AbortController();
    three.publish(2, { replaces: 'draft', signal: controller.signal }).promise.catch(() => {});
    await clock.advance(5);
    let flushed = false;
    void two.outbox.flush().then(() => {
      flushed = true;
    });
    if (how === 'abort') controller.abort();
    else for (const { id } of three.outbox.pending.get()) three.outbox.discard(id);
    await clock.advance(20_000);
    expect(older.end).toMatchObject({ code: 'aborted' });
    expect(two.outbox.pending.get()).toEqual([]);
    expect(flushed).toBe(true);
  });
});

describe('A4: a message that is withdrawn while another tab offers it', () => {
  test('is sent by nobody when that tab dies, nor by a later page', async () => {
    const { clock, open, shared, data, disk } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = never;
    const leaving = new AbortController();
    const published = two.publish('x', { signal: leaving.signal });
    await clock.advance(10);
    leaving.abort();
    await clock.advance(10);
    expect(published.end).toMatchObject({ code: 'aborted' });
    one.tab.kill();
    shared.rule = undefined;
    await clock.advance(1_000);
    two.tab.kill();
    await open();
    await clock.advance(1_000);
    expect(data()).toEqual(['x']);
    expect(two.outbox.pending.get()).toEqual([]);
    expect(await disk.load()).toEqual([]);
  });
});

describe('A5: of a hundred channels that share 32 places', () => {
  test.each(['discard', 'abort', 'expire'])(
    'none is forgotten when 40 that wait are gone: %s',
    async (how) => {
      const { clock, server, outbox, publish } = setup();
      const controllers: AbortController[] = [];
      for (let index = 0; index < 100; index += 1) {
        const controller = new AbortController();
        controllers.push(controller);
        const waits = index >= 32 && index < 72;
        const options = how === 'expire' && waits ? { expiresIn: 300 } : { signal: controller.signal };
        void publish(index, `room-${index}`, options);
      }
      await clock.advance(10);
      expect(server.offers).toHaveLength(32);
      if (how === 'discard') for (const { id } of outbox.pending.get().slice(32, 72)) outbox.discard(id);
      if (how === 'abort') for (const controller of controllers.slice(32, 72)) controller.abort();
      await clock.advance(500);
      server.rule = accept;
      for (const { answer } of server.offers) answer.resolve({ level: 'accepted' });
      await clock.advance(10);
      expect(server.offers).toHaveLength(60);
      expect(outbox.pending.get()).toEqual([]);
    },
  );
});

describe('A6: what `publish` accepts', () => {
  const anything = fc.anything({ maxDepth: 1, withBigInt: true });
  const options = fc.record(
    {
      id: fc.oneof(fc.string(), anything),
      acknowledge: fc.oneof(fc.constantFrom('none', 'accepted', 'delivered'), anything),
      timeout: fc.oneof(fc.double(), anything),
      receivers: fc.oneof(fc.integer(), anything),
      expiresIn: fc.oneof(fc.double(), anything),
      replaces: fc.oneof(fc.string(), anything),
      waitForChannel: fc.oneof(fc.boolean(), anything),
      keepRejected: fc.oneof(fc.boolean(), anything),
    },
    { requiredKeys: [] },
  );

  test('is a message to a later page and to another tab; everything else is refused with a reason', async () => {
    await fc.assert(
      fc.asyncProperty(options, async (given) => {
        const storage = memoryStorage();
        const { clock, outbox, publish } = setup({ storage, hears: () => false });
        outbox.setOnline(false);
        // Only callers without types can write these.
        const end = publish(1, 'a', given as PublishOptions);
        await clock.settle();
        const stored = await storage.load();
        // A very short life is over before anybody looks; whoever asked for no more was told that it was stored before that.
        const { acknowledge, expiresIn } = given;
        const isBrief = acknowledge === 'none' && typeof expiresIn === 'number' && expiresIn < 1;
        const ends = ['configuration', 'message-expired', ...(isBrief ? ['stored'] : [])];
        if (stored.length === 0) expect(ends).toContain(await end);
        for (const message of stored) {
          expect(isStoredMessage(JSON.parse(JSON.stringify(message)))).toBe(true);
          expect(isStoredMessage(structuredClone(message))).toBe(true);
        }
        outbox.destroy();
      }),
      { numRuns: 300 },
    );
  });

  test('has no option that nobody reads: a misspelt one is told, once', async () => {
    const { reports, publish, server } = setup();
    server.rule = accept;
    const misspelt = { expireIn: 5 } as PublishOptions;
    await publish(1, 'a', misspelt);
    await publish(2, 'a', misspelt);
    expect(reports).toMatchObject([{ code: 'configuration', message: expect.stringContaining('expireIn') }]);
  });
});

describe('A7: after the end', () => {
  test.each(['destroy', 'empty'] as const)(
    '%s() offers nothing to those who waited for a place',
    async (how) => {
      const { clock, server, outbox, publish } = setup();
      server.rule = (_, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      for (let index = 0; index < 60; index += 1) void publish(index, `room-${index}`);
      for (const data of [2, 3]) void publish(data, 'room-0');
      await clock.settle();
      expect(server.offers).toHaveLength(32);
      await outbox[how]();
      await clock.advance(60_000);
      expect(server.offers).toHaveLength(32);
      expect(clock.waiting).toBe(0);
    },
  );
});

describe('A8: ten thousand moves of a cursor while nothing can be sent', () => {
  test.each(['accepted', 'none'] as const)(
    'are one message, and quick, with `acknowledge: %s`',
    async (acknowledge) => {
      const { clock, server, outbox, publish } = setup();
      outbox.setOnline(false);
      const ends: Promise<string>[] = [];
      const begun = performance.now();
      for (let move = 0; move < 10_000; move += 1)
        ends.push(publish(move, 'board', { replaces: 'cursor', acknowledge }));
      expect(outbox.depth).toMatchObject({ messages: 1, bytes: 10 });
      // Quadratic, it takes minutes.
      expect(performance.now() - begun).toBeLessThan(10_000);
      server.rule = accept;
      outbox.setOnline(true);
      await clock.settle();
      expect(server.payloads).toEqual([9_999]);
      expect(new Set(await Promise.all(ends))).toEqual(
        new Set([acknowledge === 'none' ? 'stored' : 'accepted']),
      );
    },
  );
});

describe('A9: asyncStorage leaves nothing behind that cannot be found', () => {
  const cases = [0, 1, 2, 3].flatMap((nth) => [[nth, 'refused'] as const, [nth, 'killed'] as const]);

  test.each(cases)('write %i of a publish is %s', async (nth, how) => {
    const texts = new Map<string, string>();
    let writes = Number.NEGATIVE_INFINITY;
    let dead = false;
    const hang = (): Promise<never> => new Promise(() => {});
    const store = {
      getItem: (key: string) => (dead ? hang() : (texts.get(key) ?? null)),
      removeItem: (key: string) => (dead ? hang() : void texts.delete(key)),
      setItem: (key: string, text: string) => {
        writes += 1;
        if (how === 'refused' && writes === nth) throw new Error('The quota is used up.');
        if (how === 'killed' && writes > nth) dead = true;
        if (dead) return hang();
        texts.set(key, text);
        return undefined;
      },
    };
    const place = { key: 'k', owner: 'ann', report: () => {} };
    const page = asyncStorage(store)(place);
    await page.put([storedMessage('warm')]);
    writes = -1;
    const put = page.put([storedMessage('secret', { data: 'CANARY' })]).catch(() => {});
    await Promise.race([put, new Promise((resolve) => setTimeout(resolve, 20))]);
    writes = Number.NEGATIVE_INFINITY;
    const next = asyncStorage({
      getItem: (key) => texts.get(key) ?? null,
      setItem: (key, text) => void texts.set(key, text),
      removeItem: (key) => void texts.delete(key),
    })(place);
    await (how === 'killed' ? next : page).clear?.();
    expect([...texts.entries()].flat().join()).not.toContain('CANARY');
    expect(texts.size).toBe(0);
  });
});

describe("A10: answers of the application's own functions", () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'messages'],
    ['an object', { messages: [] }],
    ['records that are none', [null, 7, {}, 'x']],
  ])('a storage whose load() gives %s: messages are sent all the same', async (_, answer) => {
    const storage = { ...memoryStorage(), load: async () => answer as unknown as readonly StoredMessage[] };
    const { server, outbox, publish } = setup({ storage });
    server.rule = accept;
    await outbox.load();
    expect(await publish(1)).toBe('accepted');
  });

  test('a storage that answers without a promise is as good as any', async () => {
    const kept = new Map<string, StoredMessage>();
    const storage = {
      load: () => [...kept.values()],
      put: (messages: readonly StoredMessage[]) => {
        for (const message of messages) kept.set(message.id, message);
      },
      remove: (ids: readonly string[]) => {
        for (const id of ids) kept.delete(id);
      },
    } as unknown as OutboxStorage;
    const { server, outbox, publish, reports } = setup({ storage });
    server.rule = accept;
    await outbox.load();
    expect(await publish(1)).toBe('accepted');
    expect([kept.size, reports]).toEqual([0, []]);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['another word', { level: 'done', eventId: 7 }],
    ['no promise', { level: 'accepted' }],
  ])('a publisher that answers with %s has accepted the message', async (_, answer) => {
    const { clock, server, publish } = setup();
    server.rule = (() => answer) as unknown as typeof accept;
    const end = publish(1);
    await clock.advance(10);
    expect(await end).toBe('accepted');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -5, 0])(
    'a publisher that wants to be asked again in %d ms is, in a while',
    async (retryAfter) => {
      const { clock, server, publish } = setup();
      server.rule = () => Promise.reject(new PublishError('later', { retryable: true, retryAfter }));
      void publish(1);
      // Five minutes at most, and up to half of that on top, so that those who were told the same do not come together.
      await clock.advance(450_000);
      expect(server.offers.length).toBeGreaterThan(1);
      expect(server.offers.length).toBeLessThan(60);
    },
  );
});

describe('A12: lengths, whatever is done to the clock on the wall', () => {
  test.each([3_600_000, -3_600_000])('a clock set by %d ms changes no expiry', async (by) => {
    const { clock, outbox, publish } = setup();
    outbox.setOnline(false);
    let end: string | undefined;
    void publish(1, 'a', { expiresIn: 4_000 }).then((code) => {
      end = code;
    });
    await clock.advance(1_000);
    clock.jump(by);
    await clock.advance(2_900);
    expect(end).toBeUndefined();
    await clock.advance(200);
    expect(end).toBe('message-expired');
  });

  test('a clock of one’s own that is set back only counts what it shows', async () => {
    const inner = new ManualClock();
    const clock = { now: () => inner.now(), after: inner.after.bind(inner) };
    const { outbox, publish } = setup({ clock });
    outbox.setOnline(false);
    let end: string | undefined;
    void publish(1, 'a', { expiresIn: 4_000 }).then((code) => {
      end = code;
    });
    await inner.advance(1_000);
    inner.jump(-3_600_000);
    await inner.advance(4_000);
    expect(end).toBe('message-expired');
  });

  test('after a reload with the clock set back, a message lives no longer than it was to', async () => {
    const storage = memoryStorage();
    const clock = new ManualClock();
    const now = clock.now() + 3_600_000;
    await storage.put([storedMessage('old', { createdAt: now, expiresAt: now + 4_000 })]);
    const { outbox } = setup({ clock, storage });
    outbox.setOnline(false);
    await outbox.load();
    await clock.advance(4_100);
    expect(outbox.pending.get()).toEqual([]);
  });

  test('a newer message replaces an older one, though the clock was set back meanwhile', async () => {
    const { clock, outbox, server, publish } = setup();
    outbox.setOnline(false);
    void publish('older', 'a', { replaces: 'k' });
    clock.jump(-3_600_000);
    void publish('newer', 'a', { replaces: 'k' });
    server.rule = accept;
    outbox.setOnline(true);
    await clock.settle();
    expect(server.payloads).toEqual(['newer']);
  });
});

describe('C11: a planted record spoils only itself', () => {
  test.each<[string, Partial<StoredMessage>]>([
    ['of the last number', { sequence: Number.MAX_SAFE_INTEGER }],
    ['of many bytes', { bytes: Number.MAX_SAFE_INTEGER }],
    ['of the future', { createdAt: 9e15, expiresAt: 9e15 + 1, replaces: 'k' }],
    ['of countless attempts', { attempts: Number.MAX_SAFE_INTEGER }],
  ])('%s', async (_, planted) => {
    const storage = memoryStorage();
    await storage.put([storedMessage('planted', { ...planted, channel: 'a', expiresAt: 9e15 })]);
    const { server, outbox, publish } = setup({ storage });
    server.rule = async ({ id }) => {
      if (id === 'planted') throw new PublishError('no', { status: 422 });
      return { level: 'accepted' };
    };
    outbox.setOnline(false);
    await outbox.load();
    expect(await publish(1, 'a', { acknowledge: 'none', replaces: 'k' })).toBe('stored');
    for (const message of await storage.load()) {
      if (message.id !== 'planted') expect(isStoredMessage(message)).toBe(true);
    }
    outbox.setOnline(true);
    await expect.poll(() => outbox.pending.get()).toEqual([]);
    expect(server.payloads).toContain(1);
  });
});

test('C12: three thousand messages with one signal are one listener', async () => {
  const { outbox, publish } = setup();
  outbox.setOnline(false);
  const controller = new AbortController();
  let listeners = 0;
  const add = controller.signal.addEventListener.bind(controller.signal);
  controller.signal.addEventListener = ((...given: Parameters<typeof add>) => {
    listeners += 1;
    add(...given);
  }) as typeof add;
  const ends = Array.from({ length: 3_000 }, (_, n) => publish(n, 'a', { signal: controller.signal }));
  expect(listeners).toBe(1);
  controller.abort();
  expect(new Set(await Promise.all(ends))).toEqual(new Set(['aborted']));
});

describe('H8: the pace of the server route', () => {
  test('is so many requests a second, and everything that waited is told', async () => {
    let waits = 0;
    const { clock, server, publish } = setup({
      pace: {
        requestsPerSecond: 10,
        onWait: () => {
          waits += 1;
        },
      },
    });
    server.rule = accept;
    const begun = clock.now();
    const times: number[] = [];
    const ends = Array.from({ length: 35 }, (_, n) =>
      publish(n, `room-${n % 7}`).then(() => times.push(clock.now() - begun)),
    );
    await clock.advance(5_000);
    await Promise.all(ends);
    for (const from of [0, 500, 1_000, 1_500, 2_000])
      expect(times.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(10);
    expect(Math.max(...times)).toBeLessThanOrEqual(4_000);
    expect(waits).toBeGreaterThan(0);
    expect(clock.waiting).toBe(0);
  });
});

describe("an id of the application's own", () => {
  test('is the same message while it is pending: offered once, and both promises settle', async () => {
    const { clock, server, outbox, publish } = setup();
    outbox.setOnline(false);
    const ends = [
      publish({ text: 'hi' }, 'a', { id: 'bubble-1' }),
      publish({ text: 'hi' }, 'a', { id: 'bubble-1' }),
    ];
    expect(outbox.pending.get()).toMatchObject([{ id: 'bubble-1', data: { text: 'hi' } }]);
    server.rule = accept;
    outbox.setOnline(true);
    await clock.settle();
    expect(await Promise.all(ends)).toEqual(['accepted', 'accepted']);
    expect(server.offers.map(({ message }) => message.id)).toEqual(['bubble-1']);
  });

  test.each(['with space', 'ü', 'x'.repeat(65), '\n'])(
    'that no header can carry is refused: %j',
    async (id) => {
      const { publish } = setup();
      expect(await publish(1, 'a', { id })).toBe('configuration');
    },
  );

  test('that is pending on another channel is refused', async () => {
    const { outbox, publish } = setup();
    outbox.setOnline(false);
    void publish(1, 'a', { id: 'one' });
    expect(await publish(1, 'b', { id: 'one' })).toBe('configuration');
  });

  test('withdrawn by one of two callers is still waited for by the other', async () => {
    const { clock, server, outbox, publish } = setup();
    outbox.setOnline(false);
    const controller = new AbortController();
    const [first, second] = [
      publish(1, 'a', { id: 'one', signal: controller.signal }),
      publish(1, 'a', { id: 'one' }),
    ];
    controller.abort();
    server.rule = accept;
    outbox.setOnline(true);
    await clock.settle();
    expect([await first, await second]).toEqual(['aborted', 'accepted']);
  });
});

test('a message that must not be kept is not, though the outbox keeps rejected ones', async () => {
  const { clock, server, outbox, publish } = setup({ keepRejected: true });
  server.rule = () => Promise.reject(new PublishError('no', { status: 422 }));
  void publish('typing', 'a', { keepRejected: false });
  void publish('text', 'b');
  await clock.settle();
  expect(outbox.rejected.get().map(({ data }) => data)).toEqual(['text']);
});
