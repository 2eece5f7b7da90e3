import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PublishError } from '../../src/errors';
import { memoryStorage } from '../../src/outbox/memory-storage';
import { isStoredMessage } from '../../src/support/stored-message';
import type { PublishOptions } from '../../src/types';
import { clientOfTest } from '../fakes/client-of-test';
import { scriptedOutbox } from '../fakes/scripted-outbox';
import { accept } from '../fakes/scripted-publisher';

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
        const { clock, outbox, outcome } = scriptedOutbox({ storage, hears: () => false });
        outbox.setOnline(false);
        // Only callers without types can write these.
        const end = outcome(1, 'a', given as PublishOptions);
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

  test('does not keep more than the bounds of the outbox count: a long key is refused', async () => {
    const { outbox, outcome } = scriptedOutbox();
    outbox.setOnline(false);
    expect(await outcome(1, 'a', { replaces: 'k'.repeat(257) })).toBe('configuration');
    void outcome(1, 'a', { replaces: 'k'.repeat(256) });
    expect(outbox.pending.get()).toHaveLength(1);
  });

  test.each(['constructor', 'toString', '__proto__', 'Server', 7, {}, Symbol('peer')])(
    'is no route that there is not: %s is told, and nothing waits for it',
    async (route) => {
      const { client } = clientOfTest();
      const published = client.publish('room', 'said', 1, { route: route as never });
      await expect(published).rejects.toMatchObject({
        code: 'configuration',
        message: expect.stringContaining('`route`'),
      });
      expect(client.outbox.pending.get()).toEqual([]);
    },
  );

  test('has no option that nobody reads: a misspelt one is told, once', async () => {
    const { reports, outcome, server } = scriptedOutbox();
    server.rule = accept;
    const misspelt = { expireIn: 5 } as PublishOptions;
    await outcome(1, 'a', misspelt);
    await outcome(2, 'a', misspelt);
    expect(reports).toMatchObject([{ code: 'configuration', message: expect.stringContaining('expireIn') }]);
  });
});

describe("an id of the application's own", () => {
  test('is the same message while it is pending: offered once, and both promises settle', async () => {
    const { clock, server, outbox, outcome } = scriptedOutbox();
    outbox.setOnline(false);
    const ends = [
      outcome({ text: 'hi' }, 'a', { id: 'bubble-1' }),
      outcome({ text: 'hi' }, 'a', { id: 'bubble-1' }),
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
      const { outcome } = scriptedOutbox();
      expect(await outcome(1, 'a', { id })).toBe('configuration');
    },
  );

  test('that is pending on another channel is refused', async () => {
    const { outbox, outcome } = scriptedOutbox();
    outbox.setOnline(false);
    void outcome(1, 'a', { id: 'one' });
    expect(await outcome(1, 'b', { id: 'one' })).toBe('configuration');
  });

  test('withdrawn by one of two callers is still waited for by the other', async () => {
    const { clock, server, outbox, outcome } = scriptedOutbox();
    outbox.setOnline(false);
    const controller = new AbortController();
    const [first, second] = [
      outcome(1, 'a', { id: 'one', signal: controller.signal }),
      outcome(1, 'a', { id: 'one' }),
    ];
    controller.abort();
    server.rule = accept;
    outbox.setOnline(true);
    await clock.settle();
    expect([await first, await second]).toEqual(['aborted', 'accepted']);
  });
});

test('a message that must not be kept is not, though the outbox keeps rejected ones', async () => {
  const { clock, server, outbox, outcome } = scriptedOutbox({ keepRejected: true });
  server.rule = () => Promise.reject(new PublishError('no', { status: 422 }));
  void outcome('typing', 'a', { keepRejected: false });
  void outcome('text', 'b');
  await clock.settle();
  expect(outbox.rejected.get().map(({ data }) => data)).toEqual(['text']);
});
