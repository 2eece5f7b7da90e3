// Ten thousand components come and go, and nothing of them stays.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Stop, UntypedChannels } from 'surewire';
import { createTestClient } from 'surewire/testing';
import { describe, expect, test } from 'vitest';
import type { Use } from './binding';
import { reactBinding } from './react-binding';
import { vueBinding } from './vue-binding';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const everything: readonly Use<object>[] = [
  { word: 'useConnection', args: () => [() => ({})] },
  { word: 'useStatistics', args: () => [() => ({})] },
  { word: 'useOutbox', args: () => [] },
  { word: 'useGap', args: () => [() => {}] },
  { word: 'useChannel', args: () => ['news'] },
  { word: 'useEvent', args: () => ['news', 'progress', () => {}] },
  { word: 'useLatest', args: () => ['news', 'progress'] },
  {
    word: 'useEventReducer',
    args: () => ['news', { progress: () => 1 }, 0, { recover: () => new Promise(() => {}) }],
  },
  { word: 'usePresence', args: () => ['presence-room'] },
  { word: 'usePublish', args: () => ['private-plugin-7', 'command'] },
];

/** How much the heap holds after everything that can go has gone, in bytes: collected until it shrinks no more, however long that takes. */
async function heap(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let unchanged = 0; unchanged < 4; unchanged += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { heapUsed } = process.memoryUsage();
    if (heapUsed < least - 50_000) unchanged = 0;
    least = Math.min(least, heapUsed);
  }
  return least;
}

describe.each([reactBinding, vueBinding])('$framework', (binding) => {
  test('10,000 components come and go: no channel, no listener, no timer, a flat heap', {
    timeout: 120_000,
  }, async () => {
    const { client, server, clock } = createTestClient<UntypedChannels>();
    let live = 0;
    const count = (of: object, method: string): void => {
      const original = Reflect.get(of, method).bind(of) as (...rest: unknown[]) => Stop;
      Object.defineProperty(of, method, {
        value: (...rest: unknown[]): Stop => {
          const stop = original(...rest);
          let counted = true;
          live += 1;
          return () => {
            if (counted) live -= 1;
            counted = false;
            stop();
          };
        },
      });
    };
    const held = [client.channel('news'), client.channel('presence-room')] as const;
    for (const channel of held) {
      count(channel, 'on');
      count(channel, 'hold');
      count(channel.subscription, 'subscribe');
    }
    for (const store of [client.status, client.statistics, client.outbox.pending, client.outbox.rejected]) {
      count(store, 'subscribe');
    }
    count(client, 'on');

    let mostLive = 0;
    const rounds = async (many: number): Promise<void> => {
      for (let round = 0; round < many; round++) {
        for (const use of everything) {
          const mounted = await binding.mount(client, use, {});
          mostLive = Math.max(mostLive, live);
          await mounted.unmount();
        }
        await clock.settle();
      }
    };
    await rounds(200);
    const before = await heap();
    await rounds(800);
    const after = await heap();

    expect(mostLive).toBeGreaterThan(0);
    expect(live).toBe(0);
    await clock.advance(1_000);
    expect(server.channels).toEqual([]);
    expect(client.statistics.get().channels).toEqual({});
    // 8,000 components at a hundred bytes each would be seen.
    expect(after - before).toBeLessThan(800_000);
    client.destroy();
    await clock.settle();
    expect(clock.pending).toBe(0);
  });
});
