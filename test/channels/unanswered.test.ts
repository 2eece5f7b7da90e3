import { beforeEach, describe, expect, test } from 'vitest';
import { Unanswered } from '../../src/channels/unanswered';
import { ManualClock } from '../fakes/manual-clock';

const unsigned = { code: 4009, message: 'Invalid signature' };
const refused = { code: 4300, message: 'Not for you' };

describe('whom a refusal without a name is about', () => {
  let clock: ManualClock;
  let unanswered: Unanswered;

  beforeEach(() => {
    clock = new ManualClock();
    unanswered = new Unanswered(clock, 20_000);
  });

  /** Asks again as subscriptions do: nobody waits for the first answer longer. */
  async function askAgain(channel: string, guarded: boolean): Promise<void> {
    unanswered.givenUp(channel);
    await clock.advance(500);
    unanswered.asked(channel, guarded);
  }

  test('the only one that was asked', () => {
    unanswered.asked('public', false);
    expect(unanswered.refused(refused)).toEqual([{ ...refused, channel: 'public' }]);
  });

  test('nobody, while another may be meant', () => {
    unanswered.asked('private-a', true);
    unanswered.asked('private-b', true);
    expect(unanswered.refused(unsigned)).toEqual([]);
    expect(unanswered.answered('private-a')).toEqual([{ ...unsigned, channel: 'private-b' }]);
  });

  test('all, once there are as many refusals as questions', () => {
    unanswered.asked('public', false);
    unanswered.asked('private-a', true);
    expect(unanswered.refused(refused)).toEqual([]);
    expect(unanswered.refused(refused).map(({ channel }) => channel)).toEqual(['public', 'private-a']);
  });

  test('a wrong signature is never about a public channel', () => {
    unanswered.asked('public', false);
    unanswered.asked('private-a', true);
    expect(unanswered.refused(unsigned)).toEqual([{ ...unsigned, channel: 'private-a' }]);
    expect(unanswered.refused(refused)).toEqual([{ ...refused, channel: 'public' }]);
  });

  test('a channel that was asked for twice, and nobody else was asked: it does not matter which of the two', async () => {
    unanswered.asked('public', false);
    await clock.advance(10_000);
    await askAgain('public', false);
    expect(unanswered.refused(refused)).toEqual([{ ...refused, channel: 'public' }]);
  });

  test('a channel whose first question was lost is found out while it asks again and again', async () => {
    unanswered.asked('public', false);
    unanswered.asked('private-b', true);
    const found: string[] = [];
    for (let attempt = 0; attempt < 4 && found.length === 0; attempt += 1) {
      found.push(...unanswered.refused(unsigned).map(({ channel }) => channel));
      await clock.advance(10_000);
      await askAgain('private-b', true);
    }
    expect(found).toEqual(['private-b']);
  });

  test("the answer to the second question is the server's last word, also after a late yes to the first", async () => {
    unanswered.asked('public', false);
    await clock.advance(10_000);
    await askAgain('public', false);
    expect(unanswered.answered('public')).toEqual([]);
    expect(unanswered.refused(refused)).toEqual([{ ...refused, channel: 'public' }]);
  });

  test('nobody for a refusal that came before the question was asked', () => {
    unanswered.asked('private-a', true);
    unanswered.asked('private-b', true);
    unanswered.refused(unsigned);
    unanswered.asked('private-c', true);
    expect(unanswered.answered('private-a')).toEqual([{ ...unsigned, channel: 'private-b' }]);
    expect(unanswered.refused(unsigned)).toEqual([{ ...unsigned, channel: 'private-c' }]);
  });

  test('nobody else for the second refusal of one that was asked for twice', async () => {
    unanswered.asked('private-a', true);
    await clock.advance(10_000);
    await askAgain('private-a', true);
    expect(unanswered.refused(unsigned)).toEqual([{ ...unsigned, channel: 'private-a' }]);
    unanswered.asked('private-b', true);
    expect(unanswered.refused(unsigned)).toEqual([]);
  });

  test('what expired takes its refusal with it, and not that of another kind', async () => {
    unanswered.asked('private-a', true);
    unanswered.asked('private-b', true);
    unanswered.asked('public', false);
    unanswered.refused(unsigned);
    unanswered.givenUp('public');
    await clock.advance(20_001);
    expect(unanswered.answered('private-a')).toEqual([{ ...unsigned, channel: 'private-b' }]);
  });

  test('nothing of an earlier connection', () => {
    unanswered.asked('private-a', true);
    unanswered.asked('private-b', true);
    unanswered.refused(unsigned);
    unanswered.clear();
    unanswered.asked('private-c', true);
    unanswered.asked('private-d', true);
    expect(unanswered.refused(unsigned)).toEqual([]);
  });
});
