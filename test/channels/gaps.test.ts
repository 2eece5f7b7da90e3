import { beforeEach, describe, expect, test } from 'vitest';
import { Continuity, type ContinuityContext, type Outlet } from '../../src/channels/gaps';
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

function continuity(more: Partial<ContinuityContext & Outlet<{ readonly name: string }>> = {}): Continuity {
  const outlet: Outlet<{ readonly name: string }> = {
    deliver: (_, { event, recovered }) => heard.push(recovered === true ? `${event} (recovered)` : event),
    gapped: (gap) => gaps.push(gap),
    repeated: () => {
      duplicates += 1;
    },
    ...more,
  };
  return new Continuity({ name: 'news' }, outlet, {
    clock,
    recover: undefined,
    reports: { error: (error) => errors.push(error) },
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

  test('a clock that is set back while it is away does not end the gap before it began', async () => {
    const channel = continuity();
    channel.lost(1_000_000);
    await clock.advance(4_000);
    clock.jump(-600_000);
    channel.subscribed();
    expect(gaps).toEqual([{ channel: 'news', from: 400_000, to: 404_000 }]);
  });

  test('a clock that was set back before the loss was noticed does not put the gap into the future', async () => {
    const channel = continuity();
    clock.jump(-600_000);
    channel.lost(1_000_000);
    await clock.advance(4_000);
    channel.subscribed();
    expect(gaps).toEqual([{ channel: 'news', from: 370_000, to: 404_000 }]);
  });

  test('a machine that sleeps while it is away misses all of that time', async () => {
    const channel = continuity();
    channel.lost(1_000_000);
    clock.sleep(600_000);
    await clock.advance(4_000);
    channel.subscribed();
    expect(gaps).toEqual([{ channel: 'news', from: 1_000_000, to: 1_604_000 }]);
  });

  test('a recovery without an end does not stop the page: the newest are delivered, and the rest is told', async () => {
    // What a `recover` brings that pages through a history and never stops.
    const endless: RecoveredMessage[] = [];
    endless.length = 4_000_000_000;
    endless.push(missed('newest'));
    const channel = continuity({ recover: () => endless });
    channel.subscribed();
    channel.lost(1_000_000);
    channel.subscribed();
    await clock.advance(10);
    expect(heard).toEqual(['newest (recovered)']);
    expect(errors[0]?.message).toContain('only the last 100000 are delivered');
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

  test('a loss during one asks again from where the first gap began; live messages keep their place behind it', async () => {
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
    expect(heard).toEqual(['before']);
    channel.subscribed();
    answers[0]?.([missed('too late', 'id-x')]);
    answers[1]?.([missed('missed', 'id-1'), missed('live', 'id-2')]);
    await clock.advance(0);
    expect(asked).toMatchObject([
      { from: 1_000_000, lastId: 'id-0' },
      { from: 1_000_000, lastId: 'id-0' },
    ]);
    expect(heard).toEqual(['before', 'missed (recovered)', 'live (recovered)']);
    expect(duplicates).toBe(1);
  });

  test('a loss that the report of a failure causes leaves the gap open: it is not forgotten', async () => {
    const channel: Continuity = continuity({
      recover: () => Promise.reject(new Error('no database')),
      reports: {
        error: (error) => {
          errors.push(error);
          if (errors.length === 1) channel.lost(1_000_900);
        },
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
      deliver: (_, { event }) => {
        heard.push(event);
        channel.end();
      },
    });
    channel.lost(clock.now());
    channel.subscribed();
    channel.receive(message('live'));
    await clock.advance(0);
    expect(heard).toEqual(['one']);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'none'],
    ['an object', { messages: [] }],
    ['null among the messages', [null]],
    ['an object that is no message', [{}]],
    ['a message without a name', [{ event: '', data: 1 }]],
    ['a message of the protocol', [{ event: 'pusher:member_added', data: {} }]],
    [
      'a message that throws',
      [
        new Proxy(
          {},
          {
            get: () => {
              throw new Error('trap');
            },
          },
        ),
      ],
    ],
  ])('one that brings %s is reported, and live messages go on', async (_, answer) => {
    const channel = continuity({ recover: () => answer });
    channel.lost(clock.now());
    channel.subscribed();
    channel.receive(message('live'));
    await clock.advance(0);
    channel.receive(message('later'));
    expect(heard).toEqual(['live', 'later']);
    expect(errors).toMatchObject([{ code: 'recovery', channel: 'news' }]);
    expect(errors[0]?.message).toContain('`recover`');
  });

  test('the messages beside an entry that is none are delivered', async () => {
    const channel = continuity({ recover: () => [missed('one'), null, missed('two')] });
    channel.lost(clock.now());
    channel.subscribed();
    await clock.advance(0);
    expect(heard).toEqual(['one (recovered)', 'two (recovered)']);
    expect(errors[0]?.message).toContain('1 of 3');
  });

  test('order holds over any number of drops while it is under way', async () => {
    const answers: ((messages: RecoveredMessage[]) => void)[] = [];
    const channel = continuity({ recover: () => new Promise((resolve) => answers.push(resolve)) });
    channel.receive(message('0', '0'));
    for (let drop = 0; drop < 4; drop += 1) {
      channel.lost(clock.now());
      await clock.advance(100);
      channel.subscribed();
      channel.receive(message(`live ${drop}`, `live ${drop}`));
      await clock.advance(100);
    }
    expect(heard).toEqual(['0']);
    const history = ['a', 'live 0', 'b', 'live 1', 'c', 'live 2', 'd', 'live 3'];
    answers.at(-1)?.(history.map((id) => missed(id, id)));
    await clock.advance(0);
    expect(heard.map((each) => each.replace(' (recovered)', ''))).toEqual(['0', ...history]);
    expect(errors).toEqual([]);
  });

  test('what a disconnect in the middle of it held back comes first when it is back', async () => {
    const asked: Gap[] = [];
    const channel: Continuity = continuity({
      recover: async (gap) => {
        asked.push(gap);
        return asked.length === 1
          ? [missed('1', '1'), missed('2', '2'), missed('3', '3')]
          : [missed('5', '5')];
      },
      deliver: (_, { event }) => {
        heard.push(event);
        if (event === '1') channel.lost(clock.now());
      },
    });
    channel.lost(clock.now());
    channel.subscribed();
    channel.receive(message('4', '4'));
    await clock.advance(60_000);
    expect(heard).toEqual(['1']);
    channel.subscribed();
    channel.receive(message('6', '6'));
    await clock.advance(0);
    expect(heard).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(asked.map(({ lastId }) => lastId)).toEqual([undefined, '4']);
  });

  test('more live messages than can wait behind it end it, and come in their order', async () => {
    const channel = continuity({ recover: () => new Promise(() => {}) });
    channel.lost(clock.now());
    channel.subscribed();
    for (let index = 0; index <= 10_000; index += 1) channel.receive(message(String(index)));
    expect(heard).toHaveLength(10_001);
    expect(heard.at(-1)).toBe('10000');
    expect(errors).toMatchObject([{ code: 'recovery' }]);
    expect(clock.waiting).toBe(0);
  });

  test('what waited behind one that brings thousands is not heard again after them', async () => {
    const answers: ((messages: RecoveredMessage[]) => void)[] = [];
    const channel = continuity({ recover: () => new Promise((resolve) => answers.push(resolve)) });
    channel.receive(message('0', '0'));
    channel.lost(clock.now());
    channel.subscribed();
    channel.receive(message('1', '1'));
    channel.receive({ ...message('client-2', undefined), data: { 'surewire:confirm': '2' } });
    channel.lost(clock.now());
    // Long away: the history has grown by more than the ids that are remembered.
    await clock.advance(60_000);
    channel.subscribed();
    const history = Array.from({ length: 3_000 }, (_, index) => missed(`${index + 1}`, `${index + 1}`));
    answers.at(-1)?.(history.with(1, { event: 'client-2', data: { 'surewire:confirm': '2' } }));
    await clock.advance(0);
    expect(heard).toHaveLength(3_001);
    expect(heard.at(-1)).toBe('3000 (recovered)');
    expect(duplicates).toBe(2);
    expect(errors).toEqual([]);
  });

  test('one that brings the whole history each time, however long, is heard once', async () => {
    const history = Array.from({ length: 5_000 }, (_, index) => missed(`${index}`, `${index}`));
    let said = 3_000;
    const channel = continuity({ recover: () => history.slice(0, said) });
    for (; said <= 5_000; said += 500) {
      channel.lost(clock.now());
      channel.subscribed();
      await clock.advance(0);
    }
    expect(heard).toEqual(history.map(({ event }) => `${event} (recovered)`));
  });

  test('a disconnect in the middle of thousands goes on where they end, not where older ones wait', async () => {
    const asked: Gap[] = [];
    const history = Array.from({ length: 3_000 }, (_, index) => missed(`${index + 1}`, `${index + 1}`));
    const channel: Continuity = continuity({
      recover: async (gap) => {
        asked.push(gap);
        return asked.length === 1 ? history : [missed('3001', '3001')];
      },
      deliver: (_, { event }) => {
        heard.push(event);
        if (event === '2500') channel.lost(clock.now());
      },
    });
    channel.lost(clock.now());
    channel.subscribed();
    channel.receive(message('1', '1'));
    await clock.advance(0);
    channel.subscribed();
    channel.receive(message('3001', '3001'));
    await clock.advance(0);
    expect(heard).toEqual(Array.from({ length: 3_001 }, (_, index) => `${index + 1}`));
    expect(asked.map(({ lastId }) => lastId)).toEqual([undefined, '3000']);
  });

  test('a hundred thousand messages are recovered', async () => {
    const history = Array.from({ length: 100_000 }, (_, index) => missed(String(index)));
    const channel = continuity({ recover: () => history });
    channel.lost(clock.now());
    channel.subscribed();
    await clock.advance(0);
    expect(heard).toHaveLength(100_000);
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

  test('an id that a peer names suppresses nothing that the backend says, nor is the history asked for it', () => {
    const channel = continuity();
    channel.receive(message('backend', 'order-1'));
    channel.receive(message('client-note', 'order-2'));
    channel.receive({ ...message('client-note', undefined), data: { 'surewire:confirm': 'order-3' } });
    channel.receive({ ...message('published'), data: { 'surewire:confirm': 'order-4' } });
    for (const id of ['order-2', 'order-3', 'order-4']) channel.receive(message('backend', id));
    expect(heard.filter((each) => each === 'backend')).toHaveLength(4);
    channel.receive(message('client-note', 'order-9'));
    channel.lost(clock.now());
    channel.subscribed();
    expect(gaps).toMatchObject([{ lastId: 'order-4' }]);
  });

  test('ids of two users are two ids, also when they are the same', () => {
    const channel = continuity();
    for (const userId of ['ada', 'ben', 'ada']) channel.receive({ ...message('client-note', '1'), userId });
    expect(heard).toHaveLength(2);
    expect(duplicates).toBe(1);
  });

  test('a message that its sender names again is dropped, whatever the server calls it', () => {
    const channel = continuity();
    const data = { 'surewire:confirm': 'c9f2' };
    for (const id of ['1', '2']) channel.receive({ ...message('said', id), data });
    expect(heard).toHaveLength(1);
    expect(duplicates).toBe(1);
  });
});
