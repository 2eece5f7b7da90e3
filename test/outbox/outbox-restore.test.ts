import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { memoryStorage } from '../../src/outbox/memory-storage';
import type { Clock } from '../../src/ports';
import { MemoryBrowser } from '../fakes/memory-tabs';
import { type Arrival, openOutboxTab } from '../fakes/outbox-tab';
import { never } from '../fakes/outbox-world';

/** The machine's timers, and a length that grows by a millisecond whenever somebody asks, as on a slow machine. */
function slowClock(): Clock {
  let elapsed = 0;
  return {
    now: () => Date.now(),
    elapsed: () => {
      elapsed += 1;
      return elapsed;
    },
    after: (ms, wake) => {
      const timer = setTimeout(wake, ms);
      return () => clearTimeout(timer);
    },
  };
}

test('the page has its turn while thousands of stored messages are taken in, and they leave in their order', async () => {
  const count = 1_000;
  const clock = slowClock();
  const browser = new MemoryBrowser(clock);
  const disk = memoryStorage();
  const arrivals: Arrival[] = [];
  const earlier = openOutboxTab({ clock, browser, disk, publish: never });
  for (let number = 0; number < count; number += 1) {
    earlier.publish(number);
  }
  while ((await disk.load()).length < count) await turn();
  earlier.tab.kill();

  const later = openOutboxTab({
    clock,
    browser,
    disk,
    publish: async (arrival) => {
      arrivals.push(arrival);
      return { level: 'accepted' };
    },
  });
  const seen = new Set<number>();
  while (arrivals.length < count) {
    if (arrivals.length === 0) seen.add(later.outbox.depth.messages);
    await turn();
  }
  // Taken in at once, a page with ten thousand of them stood still for a second.
  expect([...seen].filter((size) => size > 0 && size < count).length).toBeGreaterThan(3);
  expect(arrivals.map(({ message }) => message.data)).toEqual(
    Array.from({ length: count }, (_, number) => number),
  );
});
