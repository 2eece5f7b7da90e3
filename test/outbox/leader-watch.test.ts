import { expect, test } from 'vitest';
import { LeaderWatch } from '../../src/outbox/leader-watch';
import { BusyLoop } from '../fakes/busy-loop';

/** A tab in which each turn takes so many milliseconds watches a leader that answers in the third turn, or never. */
function watched(turn: number, answers: boolean): string[] {
  const loop = new BusyLoop(turn);
  const done: string[] = [];
  const watch: LeaderWatch = new LeaderWatch(loop, () => 0.5, {
    waits: () => true,
    ask: () => {
      if (answers) loop.bring(() => loop.bring(() => loop.bring(() => watch.sign())));
    },
    rob: () => done.push(`robbed at ${loop.now()}`),
    giveUp: () => done.push(`gave up at ${loop.now()}`),
  });
  watch.begin();
  while (loop.now() < 60_000 && done.length === 0) loop.turn();
  return done;
}

test.each([50, 200, 1_000, 1_500, 5_000])(
  'a tab whose turns take %i ms hears the tab that leads before it takes the lead from it',
  (turn) => {
    // With a hundred tabs on a busy machine each robbed the one before, and nothing was sent for a minute.
    expect(watched(turn, true)).toEqual([]);
  },
);

test('a leader that says nothing is robbed within a second', () => {
  expect(watched(1, false)).toEqual(['robbed at 829']);
});
