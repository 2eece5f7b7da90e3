import { beforeEach, describe, expect, test } from 'vitest';
import { Continuity, type ContinuityParts } from '../../src/channels/gaps';
import type { RealtimeError } from '../../src/errors';
import type { Gap, RealtimeMessage, RecoveredMessage } from '../../src/types';
import { ManualClock } from '../fakes/manual-clock';

let clock: ManualClock;
let heard: string[];
let gaps: Gap[];
let errors: RealtimeError[];
let duplicates: number;

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  heard = [];
  gaps = [];
  errors = [];
  duplicates = 0;
});

function continuity(more: Partial<ContinuityParts> = {}): Continuity {
  return new Continuity({
    channel: 'news',
    clock,
    deliver: ({ event, recovered }) => heard.push(recovered === true ? `${event} (recovered)` : event),
    onGap: (gap) => gaps.push(gap),
    onDuplicate: () => {
      duplicates += 1;
    },
    recover: undefined,
    report: (error) => errors.push(error),
    ...more,
  });
}

function message(event: string, id?: string): RealtimeMessage {
  return { channel: 'news', event, data: null, receivedAt: clock.now(), id, userId: undefined };
}

function missed(event: string, id?: string): RecoveredMessage {
  return { event, data: null, id };
}

describe('gaps', () => {
  test('a first subscription is no gap', () => {
    continuity().subscribed();
    expect(gaps).toEqual([]);
  });

  test('a channel that comes back tells from when to when, and the last id before', async () => {
    const channel = continuity();
    channel.subscribed();
    channel.receive(message('one', 'id-1'));
    channel.lost(1_000_500);
    await clock.advance(4_000);
    channel.subscribed();
    expect(gaps).toEqual([{ channel: 'news', from: 1_000_500, to: 1_004_000, lastId: 'id-1' }]);
    channel.subscribed();
    expect(gaps).toHaveLength(1);
  });

  test('two losses before it comes back are one gap, from the first', async () => {
    const channel = continuity();
    channel.lost(1_000_000);
    await clock.advance(1_000);
    channel.lost(1_001_000);
    channel.subscribed();
    expect(gaps).toEqual([{ channel: 'news', from: 1_000_000, to: 1_001_000 }]);
  });

  test('a channel that was let go while lost begins another story', () => {
    const channel = continuity();
    channel.lost(1_000_000);
    channel.end();
    channel.subscribed();
    expect(gaps).toEqual([]);
  });
});

describe('recovery', () => {
  test('what was missed comes first, in order and marked; live messages wait behind it', async () => {
    let answer: (messages: RecoveredMessage[]) => void = () => {};
    const channel = continuity({
      recover: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    channel.lost(clock.now());
    channel.subscribed();
    channel.receive(message('live'));
    expect(heard).toEqual([]);
    answer([missed('missed-1'), missed('missed-2')]);
    await clock.advance(0);
    expect(heard).toEqual(['missed-1 (recovered)', 'missed-2 (recovered)', 'live']);
    channel.receive(message('later'));
    expect(heard.at(-1)).toBe('later');
    expect(clock.waiting).toBe(0);
  });

  test('what came in both ways is delivered once', async () => {
    const channel = continuity({ recover: async () => [missed('a', 'id-a'), missed('b', 'id-b')] });
    channel.receive(message('a', 'id-a'));
    channel.lost(clock.now());
    channel.subscribed();
    channel.receive(message('b', 'id-b'));
    await clock.advance(0);
    expect(heard).toEqual(['a', 'b (recovered)']);
    expect(duplicates).toBe(2);
  });

  test('one that fails is reported, and live messages go on', async () => {
    const channel = continuity({ recover: () => Promise.reject(new Error('no database')) });
    channel.lost(clock.now());
    channel.subscribed();
    channel.receive(message('live'));
    await clock.advance(0);
    expect(heard).toEqual(['live']);
    expect(errors).toMatchObject([{ code: 'recovery', channel: 'news', cause: { message: 'no database' } }]);
  });

  test('one that never answers is given up after ten seconds', async () => {
    let aborted = false;
    const channel = continuity({
      recover: (_gap, signal) => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return new Promise(() => {});
      },
    });
    channel.lost(clock.now());
    channel.subscribed();
    channel.receive(message('live'));
    await clock.advance(9_999);
    expect(heard).toEqual([]);
    await clock.advance(1);
    expect(heard).toEqual(['live']);
    expect(aborted).toBe(true);
    expect(errors).toHaveLength(1);
    channel.lost(clock.now());
    expect(gaps).toHaveLength(1);
  });

  test('a loss during one asks again from where the first gap began, and loses no live message', async () => {
    const asked: Gap[] = [];
    const answers: ((messages: RecoveredMessage[]) => void)[] = [];
    const channel = continuity({
      recover: (gap) => {
        asked.push(gap);
        return new Promise((resolve) => answers.push(resolve));
      },
    });
    channel.receive(message('before', 'id-0'));
    channel.lost(1_000_000);
    channel.subscribed();
    channel.receive(message('live', 'id-2'));
    channel.lost(1_000_100);
    expect(heard).toEqual(['before', 'live']);
    channel.subscribed();
    answers[0]?.([missed('too late', 'id-x')]);
    answers[1]?.([missed('missed', 'id-1'), missed('live', 'id-2')]);
    await clock.advance(0);
    expect(asked).toMatchObject([
      { from: 1_000_000, lastId: 'id-0' },
      { from: 1_000_000, lastId: 'id-0' },
    ]);
    expect(heard).toEqual(['before', 'live', 'missed (recovered)']);
  });

  test('a loss that the report of a failure causes leaves the gap open: it is not forgotten', async () => {
    const channel: Continuity = continuity({
      recover: () => Promise.reject(new Error('no database')),
      report: (error) => {
        errors.push(error);
        if (errors.length === 1) channel.lost(1_000_900);
      },
    });
    channel.lost(1_000_000);
    channel.subscribed();
    await clock.advance(1_000);
    channel.subscribed();
    expect(gaps).toMatchObject([{ from: 1_000_000 }, { from: 1_000_000, to: 1_001_000 }]);
    await clock.advance(0);
    expect(errors).toHaveLength(2);
    expect(clock.waiting).toBe(0);
  });

  test('one that is overtaken by a loss leaves no timer behind', () => {
    const channel = continuity({ recover: () => new Promise(() => {}) });
    channel.lost(clock.now());
    channel.subscribed();
    channel.lost(clock.now());
    expect(clock.waiting).toBe(0);
  });

  test('a listener that ends the channel in the middle of it gets nothing more', async () => {
    const channel: Continuity = continuity({
      recover: async () => [missed('one'), missed('two')],
      deliver: ({ event }) => {
        heard.push(event);
        channel.end();
      },
    });
    channel.lost(clock.now());
    channel.subscribed();
    channel.receive(message('live'));
    await clock.advance(0);
    expect(heard[0]).toBe('one');
    expect(heard).not.toContain('live');
  });
});

describe('duplicates', () => {
  test('an id that came already is dropped and counted; messages without ids never are', () => {
    const channel = continuity();
    for (const id of ['a', 'b', 'a', undefined, undefined]) channel.receive(message('x', id));
    expect(heard).toHaveLength(4);
    expect(duplicates).toBe(1);
  });

  test('a thousand ids are remembered, not more', () => {
    const channel = continuity();
    for (let index = 0; index <= 1_000; index += 1) channel.receive(message('x', `id-${index}`));
    channel.receive(message('x', 'id-1'));
    expect(duplicates).toBe(1);
    channel.receive(message('x', 'id-0'));
    expect(duplicates).toBe(1);
  });
});
