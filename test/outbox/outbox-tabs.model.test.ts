import fc from 'fast-check';
import { expect, test } from 'vitest';
import { histories } from '../fakes/tab-steps';
import { wrongsOf } from '../fakes/tab-wrongs';

/** How many histories; `npm run soak -- --histories 100000` lives through more. */
const numRuns = Number(process.env['SUREWIRE_HISTORIES'] ?? 2_000);
const seed = Number(process.env['SUREWIRE_SEED'] ?? 77);

test.each([
  ['locks', numRuns],
  ['messages', Math.ceil(numRuns / 10)],
] as const)(
  `with %s: tabs that differ, come, freeze, thaw and die lose nothing, reorder nothing, send nothing unwanted and leave no promise open (seed ${seed})`,
  async (kind, runs) => {
    await fc.assert(
      fc.asyncProperty(histories, async (steps) => {
        expect(await wrongsOf(steps, kind)).toEqual([]);
      }),
      { numRuns: runs, seed, endOnFailure: true },
    );
  },
  60_000 + 60 * numRuns,
);
