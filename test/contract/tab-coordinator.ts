import { describe, expect, it } from 'vitest';
import type { TabCoordinator } from '../../src/ports';
import { deferred } from '../../src/support/deferred';

const patient = new AbortController().signal;
let names = 0;

/** Lets things arrive until they have; how long a browser takes depends on what else the machine does. */
async function arrived(settle: () => Promise<void>, assertion: () => void): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    await settle();
    try {
      return assertion();
    } catch {
      // Not yet.
    }
  }
  assertion();
}

/**
 * What tabs promise. `make` opens two tabs of one browser; `settle` lets messages and locks arrive.
 */
export function tabCoordinatorPromises(
  name: string,
  make: () => { readonly tabs: readonly [TabCoordinator, TabCoordinator]; settle(): Promise<void> },
): void {
  describe(`${name} keeps what tabs promise`, () => {
    const opened = () => {
      const { tabs, settle } = make();
      return { one: tabs[0], other: tabs[1], settle, turn: `surewire:test:${names++}` };
    };

    it('gives the turn of a name to one tab at a time, in the order of asking', async () => {
      const { one, other, settle, turn } = opened();
      const done = deferred<string>();
      const order: string[] = [];
      const first = one.exclusive(turn, { signal: patient }, async () => {
        order.push('first begins');
        const result = await done.promise;
        order.push('first ends');
        return result;
      });
      await arrived(settle, () => expect(order).toEqual(['first begins']));
      const second = other.exclusive(turn, { signal: patient }, async () => {
        order.push('second begins');
        return 'two';
      });
      await settle();
      expect(order).toEqual(['first begins']);
      done.resolve('one');
      expect(await first).toBe('one');
      expect(await second).toBe('two');
      expect(order).toEqual(['first begins', 'first ends', 'second begins']);
    });

    it('does not make tabs wait for the turn of another name', async () => {
      const { one, other, turn } = opened();
      const done = deferred<void>();
      const first = one.exclusive(turn, { signal: patient }, () => done.promise);
      expect(await other.exclusive(`${turn}:else`, { signal: patient }, async () => 'at once')).toBe(
        'at once',
      );
      done.resolve();
      await first;
    });

    it('rejects with what the work rejects with, and gives the turn to the next', async () => {
      const { one, other, turn } = opened();
      const failed = one.exclusive(turn, { signal: patient }, async () => {
        throw new TypeError('broken');
      });
      await expect(failed).rejects.toThrow('broken');
      expect(await other.exclusive(turn, { signal: patient }, async () => 'next')).toBe('next');
    });

    it('lets go of the queue by signal, and does not run the work then', async () => {
      const { one, other, settle, turn } = opened();
      const done = deferred<void>();
      let begun = false;
      const first = one.exclusive(turn, { signal: patient }, () => {
        begun = true;
        return done.promise;
      });
      await arrived(settle, () => expect(begun).toBe(true));
      const leaving = new AbortController();
      let ran = false;
      const second = other.exclusive(turn, { signal: leaving.signal }, async () => {
        ran = true;
      });
      await settle();
      leaving.abort();
      await expect(second).rejects.toMatchObject({ code: 'aborted' });
      const late = other.exclusive(turn, { signal: leaving.signal }, async () => {
        ran = true;
      });
      await expect(late).rejects.toMatchObject({ code: 'aborted' });
      done.resolve();
      await first;
      await settle();
      expect(ran).toBe(false);
    });

    it('takes the turn from a tab that hangs, tells it, and still lets it end its work', async () => {
      const { one, other, settle, turn } = opened();
      const hangs = deferred<string>();
      let lost: AbortSignal | undefined;
      const first = one.exclusive(turn, { signal: patient }, (signal) => {
        lost = signal;
        return hangs.promise;
      });
      await arrived(settle, () => expect(lost?.aborted).toBe(false));
      const steals = other.exclusive(
        turn,
        { signal: patient, steal: true },
        async (signal) => signal.aborted,
      );
      expect(await steals).toBe(false);
      await arrived(settle, () => expect(lost?.aborted).toBe(true));
      hangs.resolve('after all');
      expect(await first).toBe('after all');
    });

    it('brings messages to the others that joined the same name, in order, and not back', async () => {
      const { one, other, settle, turn } = opened();
      const heard: unknown[] = [];
      const group = one.join(turn, () => heard.push('an echo'));
      const stays = other.join(turn, (message) => heard.push(message));
      const elsewhere = other.join(`${turn}:else`, () => heard.push('something of another name'));
      group.post({ type: 'first', nested: { list: [1, null] } });
      group.post('second');
      const told = [{ type: 'first', nested: { list: [1, null] } }, 'second'];
      await arrived(settle, () => expect(heard).toEqual(told));
      for (const each of [group, stays, elsewhere]) each.leave();
    });

    it('neither hears nor tells after leaving, which may happen twice', async () => {
      const { one, other, settle, turn } = opened();
      const heard: unknown[] = [];
      const leaves = one.join(turn, (message) => heard.push(message));
      const stays = other.join(turn, (message) => heard.push(message));
      leaves.leave();
      leaves.leave();
      stays.post('too late');
      leaves.post('gone');
      await settle();
      expect(heard).toEqual([]);
      stays.leave();
    });
  });
}
