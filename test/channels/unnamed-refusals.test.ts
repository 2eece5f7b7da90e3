import { beforeEach, describe, expect, test } from 'vitest';
import { UnnamedRefusals } from '../../src/channels/unnamed-refusals';
import { ManualClock } from '../fakes/manual-clock';
import { cpuTime } from '../setup/cpu-time';

const unsigned = { code: 4009, message: 'Invalid signature', aboutSignature: true };
const refused = { code: 4300, message: 'Not for you', aboutSignature: false };

describe('whom a refusal without a name is about', () => {
  let clock: ManualClock;
  let refusals: UnnamedRefusals;

  beforeEach(() => {
    clock = new ManualClock();
    refusals = new UnnamedRefusals(clock, 10_000);
  });

  /** Asks again as subscriptions do: nobody waits for the first answer longer. */
  async function askAgain(channel: string, guarded: boolean): Promise<void> {
    refusals.givenUp(channel);
    await clock.advance(500);
    refusals.asked(channel, guarded);
  }

  test('the only one that was asked', () => {
    refusals.asked('public', false);
    expect(refusals.refused(refused)).toEqual([{ ...refused, channel: 'public' }]);
  });

  test('nobody, while another may be meant', () => {
    refusals.asked('private-a', true);
    refusals.asked('private-b', true);
    expect(refusals.refused(unsigned)).toEqual([]);
    expect(refusals.answered('private-a')).toEqual([{ ...unsigned, channel: 'private-b' }]);
  });

  test('all, once there are as many refusals as questions', () => {
    refusals.asked('public', false);
    refusals.asked('private-a', true);
    expect(refusals.refused(refused)).toEqual([]);
    expect(refusals.refused(refused).map(({ channel }) => channel)).toEqual(['public', 'private-a']);
  });

  test('a wrong signature is never about a public channel', () => {
    refusals.asked('public', false);
    refusals.asked('private-a', true);
    expect(refusals.refused(unsigned)).toEqual([{ ...unsigned, channel: 'private-a' }]);
    expect(refusals.refused(refused)).toEqual([{ ...refused, channel: 'public' }]);
  });

  test('a channel that was asked for twice, and nobody else was asked: it does not matter which of the two', async () => {
    refusals.asked('public', false);
    await clock.advance(10_000);
    await askAgain('public', false);
    expect(refusals.refused(refused)).toEqual([{ ...refused, channel: 'public' }]);
  });

  test('a channel whose first question was lost is found out while it asks again and again', async () => {
    refusals.asked('public', false);
    refusals.asked('private-b', true);
    const found: string[] = [];
    for (let attempt = 0; attempt < 4 && found.length === 0; attempt += 1) {
      found.push(...refusals.refused(unsigned).map(({ channel }) => channel));
      await clock.advance(10_000);
      await askAgain('private-b', true);
    }
    expect(found).toEqual(['private-b']);
  });

  test("the answer to the second question is the server's last word, also after a late yes to the first", async () => {
    refusals.asked('public', false);
    await clock.advance(10_000);
    await askAgain('public', false);
    expect(refusals.answered('public')).toEqual([]);
    expect(refusals.refused(refused)).toEqual([{ ...refused, channel: 'public' }]);
  });

  test('nobody for a refusal that came before the question was asked', () => {
    refusals.asked('private-a', true);
    refusals.asked('private-b', true);
    refusals.refused(unsigned);
    refusals.asked('private-c', true);
    expect(refusals.answered('private-a')).toEqual([{ ...unsigned, channel: 'private-b' }]);
    expect(refusals.refused(unsigned)).toEqual([{ ...unsigned, channel: 'private-c' }]);
  });

  test('nobody else for the second refusal of one that was asked for twice', async () => {
    refusals.asked('private-a', true);
    await clock.advance(10_000);
    await askAgain('private-a', true);
    expect(refusals.refused(unsigned)).toEqual([{ ...unsigned, channel: 'private-a' }]);
    refusals.asked('private-b', true);
    expect(refusals.refused(unsigned)).toEqual([]);
  });

  test('what expired takes its refusal with it, and not that of another kind', async () => {
    refusals.asked('private-a', true);
    refusals.asked('private-b', true);
    refusals.asked('public', false);
    refusals.refused(unsigned);
    refusals.givenUp('public');
    await clock.advance(20_001);
    expect(refusals.answered('private-a')).toEqual([{ ...unsigned, channel: 'private-b' }]);
  });

  test('nothing of an earlier connection', () => {
    refusals.asked('private-a', true);
    refusals.asked('private-b', true);
    refusals.refused(unsigned);
    refusals.clear();
    refusals.asked('private-c', true);
    refusals.asked('private-d', true);
    expect(refusals.refused(unsigned)).toEqual([]);
  });

  test('an answer is waited for as long as a living link may be silent: nobody else is blamed for it', async () => {
    refusals = new UnnamedRefusals(clock);
    refusals.asked('presence-room', true);
    await clock.advance(1_000);
    refusals.givenUp('presence-room');
    // Fifteen seconds until the link is asked, five for its answer.
    await clock.advance(20_000);
    refusals.asked('private-b', true);
    expect(refusals.refused(unsigned)).toEqual([]);
  });

  test('ten thousand channels and as many refusals cost no more than they are', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `room-${index}`);
    const took = await cpuTime(async () => {
      for (const name of names) refusals.asked(name, false);
      for (let count = 1; count < names.length; count += 1) expect(refusals.refused(refused)).toEqual([]);
      for (const name of names.slice(0, 5_000)) refusals.givenUp(name);
      await clock.advance(20_001);
      for (const name of names.slice(5_000, 9_000)) refusals.answered(name);
    });
    expect(refusals.unclearFor).toBeLessThanOrEqual(20_000);
    // Cubic it took hours.
    expect(took).toBeLessThan(5_000);
  });
});
