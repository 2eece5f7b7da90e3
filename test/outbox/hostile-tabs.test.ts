import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TabCoordinator } from '../../src/ports';
import { isStoredMessage } from '../../src/support/stored-message';
import type { MemoryBrowser } from '../fakes/memory-tabs';
import { accepted, busy, ends, never, type OutboxTab, outboxWorld } from '../fakes/outbox-world';

describe('what another program says on the channel of the tabs', () => {
  const type = fc.constantFrom(
    'who-leads',
    'leading',
    'following',
    'resigned',
    'who-lives',
    'handover',
    'progress',
    'settled',
    'hurry',
    'adjourned',
  );
  const anything = fc.anything({ maxDepth: 2, withDate: true, withMap: true, withBigInt: true });
  const field = fc.constantFrom(
    'id',
    'ids',
    'end',
    'state',
    'attempts',
    'error',
    'messages',
    'tab',
    'tabs',
    'means',
    'owes',
    'begins',
    'trying',
  );
  const garbage = fc
    .tuple(type, fc.dictionary(field, anything, { maxKeys: 5 }), fc.boolean())
    .map(([name, fields, whole]) => (whole ? { ...fields, type: name } : fields));

  test('does not stop them, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(garbage, anything), { maxLength: 20 }), async (messages) => {
        const { clock, open, stranger, data } = outboxWorld();
        const [one, two] = [await open(), await open()];
        const { post } = stranger();
        const published: ReturnType<OutboxTab['publish']>[] = [];
        for (const [index, message] of messages.entries()) {
          post(message);
          published.push((index % 2 ? one : two).publish(index));
          await clock.advance(3);
        }
        await clock.advance(5_000);
        expect(ends(published)).toMatchObject(accepted(messages.length));
        expect(data()).toEqual([...messages.keys()]);
        for (const { outbox } of [one, two]) outbox.destroy();
        await clock.settle();
        expect(clock.waiting).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ['an end that is two, and one of them nothing', { acknowledgement: { id: 'x' }, error: null }],
    ['an end that is two, and one of them strange', { acknowledgement: { id: 'x' }, error: { code: 7 } }],
    ['an acknowledgement that says nothing', { acknowledgement: { id: 'x' } }],
    [
      'an acknowledgement of numbers that are none',
      {
        acknowledgement: { id: 'x', level: 'accepted', acceptedAt: 'now', attempts: Number.NaN, latency: 1 },
      },
    ],
  ])('ends no message when it is %s', async (_, end) => {
    const { clock, shared, open, stranger } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = never;
    const published = two.publish('x');
    await clock.advance(10);
    stranger().post({ type: 'settled', ids: two.outbox.pending.get().map(({ id }) => id), end });
    await clock.advance(10);
    expect(published.end).toBeUndefined();
    expect(one.outbox.pending.get()).toHaveLength(1);
  });

  test.each([0.5, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'does not make a message one that no later page would take, with %d attempts',
    async (attempts) => {
      const { clock, shared, open, stranger, disk } = outboxWorld();
      const one = await open();
      shared.rule = busy;
      one.publish('x');
      await clock.advance(10);
      const [pending] = one.outbox.pending.get();
      stranger().post({ type: 'progress', id: pending?.id, trying: false, attempts });
      await clock.advance(5_000);
      const stored = await disk.load();
      expect(stored).toHaveLength(1);
      expect(stored.filter((message) => !isStoredMessage(message))).toEqual([]);
    },
  );

  test('does not put a message into a state that there is not', async () => {
    const { clock, shared, open, stranger } = outboxWorld();
    const [, two] = [await open(), await open()];
    shared.rule = never;
    two.publish('x');
    await clock.advance(10);
    const [{ id } = { id: '' }] = two.outbox.pending.get();
    stranger().post({ type: 'progress', id, trying: 'ended', attempts: 7 });
    await clock.advance(10);
    expect(two.outbox.pending.get()).toMatchObject([{ state: 'in-flight', attempts: 1 }]);
  });

  test('does not make the tab that sends believe that a message of its own is being sent elsewhere', async () => {
    const { clock, shared, open, stranger } = outboxWorld();
    const one = await open();
    shared.rule = busy;
    const published = one.publish('x', { expiresIn: 60_000 });
    await clock.advance(10);
    one.outbox.setOnline(false);
    await clock.advance(31_000);
    const [pending] = one.outbox.pending.get();
    stranger().post({ type: 'progress', id: pending?.id, trying: true, attempts: 1 });
    await clock.advance(60_000);
    expect(published.end).toMatchObject({ code: 'message-expired' });
  });
});

describe('a tab coordinator that breaks its promises', () => {
  const broken = (exclusive: TabCoordinator['exclusive'], browser: MemoryBrowser): TabCoordinator => ({
    kind: 'locks',
    exclusive,
    join: (name, receive) => browser.tab().join(name, receive),
  });

  test.each<[string, TabCoordinator['exclusive']]>([
    ['rejects at once', () => Promise.reject(new Error('no locks today'))],
    ['never gives a turn', () => new Promise(() => {})],
  ])('and %s leaves each tab to itself: what it publishes is sent', async (_, exclusive) => {
    const { clock, browser, open, data, disk } = outboxWorld();
    const tabs = (tab: string) => ({
      tabs: { tabs: broken(exclusive, browser), name: 'outbox', tab, isBound: () => false },
    });
    const [one, two] = [await open(tabs('one')), await open(tabs('two'))];
    const published = [one.publish(1), two.publish(2)];
    await clock.advance(10_000);
    expect(ends(published)).toMatchObject(accepted(2));
    expect([...new Set(data())].sort()).toEqual([1, 2]);
    expect(await disk.load()).toEqual([]);
    for (const { outbox } of [one, two]) outbox.destroy();
    await clock.settle();
    expect(clock.waiting).toBe(0);
  });
});
