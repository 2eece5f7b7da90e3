import { describe, expect, test } from 'vitest';
import { Dial } from '../../src/link/dial';
import { DialDeadline } from '../../src/link/dial-deadline';
import type { Transport, TransportSignal } from '../../src/transport-port';
import { BusyLoop } from '../fakes/busy-loop';
import { dice } from '../fakes/dice';

/** A dial that takes so many turns of the loop until the server's answer is read; undefined: it never comes. */
function dialIn(loop: BusyLoop, turns: number | undefined, deadline: number): string[] {
  const told: string[] = [];
  let hear: (signal: TransportSignal) => void = () => {};
  const transport: Transport = {
    open: (receive) => {
      hear = receive;
      const step = (left: number): void => {
        if (left === 0) receive({ type: 'opened', socketId: '1.1', idleLimit: 120_000 });
        else loop.bring(() => step(left - 1));
      };
      if (turns !== undefined) step(turns);
    },
    close: () => {},
    destroy: () => {},
    subscribe: () => true,
    unsubscribe: () => {},
    send: () => true,
    ping: () => loop.bring(() => loop.bring(() => hear({ type: 'pong' }))),
  };
  new Dial({
    transport,
    clock: loop,
    deadline,
    opened: () => void told.push('opened'),
    receive: () => {},
    lost: (_code, reason, late) => told.push(`${late ? 'late' : 'lost'} ${loop.now()}: ${reason}`),
    unusable: () => told.push('unusable'),
    roundTrip: () => {},
    alive: () => {},
  }).start();
  return told;
}

describe('A process that is busy for longer than a dial may take', () => {
  test('reads the answer that waits for it, where it hung up and dialled anew for ever, and keeps the connection', () => {
    const loop = new BusyLoop(5_000);
    const told = dialIn(loop, 3, 3_000);
    for (let turn = 0; turn < 100; turn += 1) loop.turn();
    expect(told).toEqual(['opened']);
  });

  test('gives up on a server that is silent all the same', () => {
    const loop = new BusyLoop(5_000);
    const told = dialIn(loop, undefined, 3_000);
    for (let turn = 0; turn < 10; turn += 1) loop.turn();
    expect(told).toEqual(['late 25000: The server did not answer within 3 s.']);
  });
});

test('a process with time to spare gives a dial no more than its deadline', () => {
  const loop = new BusyLoop(1);
  const told = dialIn(loop, undefined, 3_000);
  for (let turn = 0; turn < 3_001; turn += 1) loop.turn();
  expect(told).toEqual(['late 3001: The server did not answer within 3 s.']);
});

describe('A server that answers each dial too late', () => {
  /** A server that lets in so many a second, in the order in which they came, and does not know who has hung up meanwhile. */
  function back(clients: number, perSecond: number): number {
    interface Caller {
      readonly deadline: DialDeadline;
      at: number;
      /** When it asked, and until when it waits. */
      until: number;
    }
    const callers: Caller[] = Array.from({ length: clients }, (_, index) => ({
      deadline: new DialDeadline(),
      at: (index / clients) * 8_000,
      until: 0,
    }));
    const random = dice(1);
    const queue: { readonly caller: Caller; readonly until: number }[] = [];
    const waiting = new Set(callers);
    const tick = 100;
    for (let now = 0; now < 1_200_000 && waiting.size > 0; now += tick) {
      for (const caller of waiting) {
        if (caller.until !== 0 && now >= caller.until) {
          caller.deadline.missed();
          caller.until = 0;
          caller.at = now + random() * (now > 120_000 ? 30_000 : 8_000);
        }
        if (caller.until === 0 && now >= caller.at) {
          caller.until = now + caller.deadline.milliseconds;
          queue.push({ caller, until: caller.until });
        }
      }
      for (const { caller, until } of queue.splice(0, (perSecond * tick) / 1_000)) {
        if (caller.until === until && now < until) waiting.delete(caller);
      }
      if (waiting.size === 0) return now;
    }
    return Number.POSITIVE_INFINITY;
  }

  test('is given longer, so that a slow one lets everybody in at last', () => {
    // With 10 s at most, 1,158 of them dialled for ever: whoever was read had always hung up.
    expect(back(1_800, 50)).toBeLessThan(600_000);
  });
});

describe('The deadline of a dial', () => {
  test('is 20 s after three that ran out of time, and short again after one that did not', () => {
    const deadline = new DialDeadline();
    deadline.met(10);
    const seen = Array.from({ length: 6 }, () => {
      const { milliseconds } = deadline;
      deadline.missed();
      return milliseconds;
    });
    expect(seen).toEqual([3_000, 6_000, 10_000, 20_000, 20_000, 20_000]);
    deadline.met(10);
    expect(deadline.milliseconds).toBe(3_000);
  });
});
