import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/ports';

/** What every clock promises. `pass` lets so many milliseconds go by. */
export function clockPromises(
  name: string,
  make: () => { readonly clock: Clock; pass(ms: number): Promise<void> },
): void {
  describe(`${name} keeps what a clock promises`, () => {
    it('wakes once, when the time has passed and not before', async () => {
      const { clock, pass } = make();
      const start = clock.now();
      const woken: number[] = [];
      clock.after(50, () => woken.push(clock.now() - start));
      await pass(49);
      expect(woken).toEqual([]);
      await pass(1);
      await pass(200);
      expect(woken).toEqual([50]);
    });

    it('never wakes synchronously, also after no time at all', async () => {
      const { clock, pass } = make();
      let woken = 0;
      clock.after(0, () => woken++);
      clock.after(-5, () => woken++);
      expect(woken).toBe(0);
      await pass(1);
      expect(woken).toBe(2);
    });

    it('does not wake after its stop, which may be called twice, before or after the wake', async () => {
      const { clock, pass } = make();
      let woken = 0;
      const stop = clock.after(10, () => woken++);
      stop();
      stop();
      const late = clock.after(10, () => woken++);
      await pass(20);
      late();
      expect(woken).toBe(1);
    });

    it('wakes in the order of time', async () => {
      const { clock, pass } = make();
      const order: string[] = [];
      clock.after(20, () => order.push('late'));
      clock.after(10, () => order.push('early'));
      await pass(30);
      expect(order).toEqual(['early', 'late']);
    });

    it('waits longer than 2^31-1 ms without waking early', async () => {
      const { clock, pass } = make();
      let woken = 0;
      clock.after(2 ** 32 + 1_000, () => woken++);
      await pass(2 ** 32);
      expect(woken).toBe(0);
      await pass(1_000);
      expect(woken).toBe(1);
    });
  });
}
