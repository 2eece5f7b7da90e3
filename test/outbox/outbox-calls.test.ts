import { describe, expect, test } from 'vitest';
import type { OutboxStorage } from '../../src/ports';
import { openOutboxTab } from '../fakes/outbox-tab';
import { busy, type OutboxTab, outboxWorld } from '../fakes/outbox-world';

describe('every call, in every state', () => {
  const states = {
    'that sends': async ({ open }: ReturnType<typeof outboxWorld>) => {
      const one = await open();
      await open();
      return one;
    },
    'that hands over': async ({ open }: ReturnType<typeof outboxWorld>) => {
      await open();
      return open();
    },
    'whose sender is frozen': async ({ open }: ReturnType<typeof outboxWorld>) => {
      const first = await open();
      const tab = await open();
      first.tab.freeze();
      return tab;
    },
    'that was robbed': async ({ open, clock }: ReturnType<typeof outboxWorld>) => {
      const first = await open();
      const second = await open();
      second.publish('in between').promise.catch(() => {});
      await clock.settle();
      first.tab.freeze();
      await clock.advance(3_000);
      first.tab.thaw();
      return first;
    },
    'that still reads': async ({ shared, disk, clock }: ReturnType<typeof outboxWorld>) => {
      const load = async (): ReturnType<OutboxStorage['load']> => {
        await new Promise<void>((resolve) => clock.after(200, resolve));
        return disk.load();
      };
      return openOutboxTab({ ...shared, disk: { ...disk, load } });
    },
    'whose storage does not answer': async ({ shared, disk }: ReturnType<typeof outboxWorld>) =>
      openOutboxTab({ ...shared, disk: { ...disk, load: () => new Promise(() => {}) } }),
    'without locks': async ({ open }: ReturnType<typeof outboxWorld>) => {
      await open({}, 'messages');
      return open({}, 'messages');
    },
  };
  const calls: Record<string, (tab: OutboxTab, id: string) => unknown> = {
    discard: ({ outbox }, id) => outbox.discard(id),
    retry: ({ outbox }, id) => outbox.retry(id),
    flush: ({ outbox }) => outbox.flush(),
    clear: ({ outbox }) => outbox.clear(),
    'sign out': ({ outbox }) => outbox.empty(),
    destroy: ({ outbox }) => outbox.destroy(),
  };
  const cases = Object.keys(states).flatMap((state) =>
    Object.keys(calls).map((call) => [call, state] as const),
  );

  test.each(cases)('%s in a tab %s: everything settles, once, and nothing is left', async (call, state) => {
    const place = outboxWorld();
    const { clock, shared, browser, disk } = place;
    const tab = await states[state as keyof typeof states](place);
    shared.rule = busy;
    const published = [1, 2, 3].map((n) => tab.publish(n, { channel: n < 3 ? 'a' : 'b' }));
    published.push(tab.publish(4, { acknowledge: 'none' }));
    await clock.advance(2);
    const [, second] = tab.outbox.pending.get();
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    Promise.resolve(calls[call]?.(tab, second?.id ?? '')).then(settle, settle);
    await clock.advance(3);
    shared.rule = undefined;
    await clock.advance(60_000);
    expect(settled).toBe(true);
    expect(published.filter(({ end }) => end === undefined)).toEqual([]);
    const ids = tab.outcomes.map(({ message }) => message.id);
    expect(ids).toEqual([...new Set(ids)]);
    if (['clear', 'sign out'].includes(call) && state !== 'whose storage does not answer') {
      expect(await disk.load()).toEqual([]);
    }
    tab.outbox.destroy();
    await clock.advance(60_000);
    const name = browser.lock('outbox');
    expect([name.holder?.tab, ...name.queue.map((waiter) => waiter.tab)]).not.toContain(tab.tab);
    // Whoever led may hold it now: that is how it knows that the tab is gone.
    expect(browser.lock(`outbox:${tab.name}`).holder?.tab).not.toBe(tab.tab);
  });
});
