import { describe, expect, it } from 'vitest';
import { TokenLease, type TokenLeaseSettings } from '../../src/backend/token';
import type { TokenReason } from '../../src/backend/token-renewal';
import { AuthenticationError, type RealtimeError } from '../../src/errors';
import { deferred } from '../../src/support/deferred';
import { ManualClock } from '../fakes/manual-clock';

const hour = 3_600_000;
const patient = new AbortController().signal;

/** A lease over a source that hands out `token-1`, `token-2`, … and writes down each question. */
function leased(settings: Partial<TokenLeaseSettings> = {}) {
  const clock = new ManualClock();
  const reasons: TokenReason[] = [];
  const renewals: TokenReason[] = [];
  const failures: AuthenticationError[] = [];
  const lease = new TokenLease({
    source: ({ reason }) => {
      reasons.push(reason);
      return `token-${reasons.length}`;
    },
    lifetime: () => hour,
    clock,
    random: () => 0.5,
    backoff: { base: 500, cap: 30_000 },
    timeout: 10_000,
    onRenewed: ({ reason }) => renewals.push(reason),
    onFailure: (error) => failures.push(error),
    ...settings,
  });
  return { lease, clock, reasons, renewals, failures };
}

async function failure(promise: Promise<unknown>): Promise<RealtimeError> {
  return promise.then(
    () => expect.fail('should have been rejected'),
    (error: RealtimeError) => error,
  );
}

describe('asking', () => {
  it('asks once for forty requests that come together, and for none of those that follow', async () => {
    const { lease, reasons } = leased();
    const tokens = await Promise.all(Array.from({ length: 40 }, () => lease.token(patient)));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(await lease.token(patient)).toBe('token-1');
    expect(reasons).toEqual(['missing']);
  });

  it('has no token and asks nobody when the application configured no source', async () => {
    const { lease, clock } = leased({ source: undefined });
    expect(await lease.token(patient)).toBeUndefined();
    expect(await lease.renew('anything', patient)).toBeUndefined();
    expect(clock.waiting).toBe(0);
  });

  it('keeps an opaque token until it is refused', async () => {
    const { lease, clock, reasons } = leased({ lifetime: () => undefined });
    await lease.token(patient);
    expect(clock.waiting).toBe(0);
    clock.jump(365 * 24 * hour);
    expect(await lease.token(patient)).toBe('token-1');
    expect(await lease.renew('token-1', patient)).toBe('token-2');
    expect(reasons).toEqual(['missing', 'refused']);
  });

  it('lets each request leave when its own signal aborts, and the source go when the last has left', async () => {
    let asked: AbortSignal | undefined;
    const { lease, clock } = leased({
      source: ({ signal }) => {
        asked = signal;
        return new Promise<string>(() => {});
      },
    });
    const first = new AbortController();
    const second = new AbortController();
    const one = failure(lease.token(first.signal));
    const two = failure(lease.token(second.signal));
    first.abort();
    expect((await one).code).toBe('aborted');
    expect(asked?.aborted).toBe(false);
    second.abort();
    expect(await two).toMatchObject({ code: 'aborted', name: 'AbortError' });
    expect(asked?.aborted).toBe(true);
    expect(clock.waiting).toBe(0);
    expect((await failure(lease.token(second.signal))).code).toBe('aborted');
  });

  it('begins anew for who comes after everybody had left', async () => {
    const answers = [deferred<string>(), deferred<string>()];
    let calls = 0;
    const { lease, clock } = leased({ source: () => answers[calls++]?.promise ?? 'one too many' });
    const leaving = new AbortController();
    const left = failure(lease.token(leaving.signal));
    leaving.abort();
    await left;
    const token = lease.token(patient);
    answers[0]?.resolve('late');
    await clock.settle();
    answers[1]?.resolve('asked for');
    expect(await token).toBe('asked for');
    expect(await lease.token(patient)).toBe('asked for');
    expect(calls).toBe(2);
  });
});

describe('renewing ahead of the end', () => {
  it('renews at four fifths of the life, give or take a tenth', async () => {
    for (const [chance, share] of [
      [0, 0.72],
      [0.5, 0.8],
      [0.999999, 0.88],
    ] as const) {
      const { lease, clock, reasons } = leased({ random: () => chance });
      await lease.token(patient);
      await clock.advance(hour * share - 1_000);
      expect(reasons).toEqual(['missing']);
      await clock.advance(2_000);
      expect(reasons).toEqual(['missing', 'expiring']);
      expect(await lease.token(patient)).toBe('token-2');
    }
  });

  it('serves the old token while the new one is on its way', async () => {
    const answer = deferred<string>();
    let calls = 0;
    const { lease, clock } = leased({ source: () => (calls++ === 0 ? 'old' : answer.promise) });
    await lease.token(patient);
    await clock.advance(hour * 0.8 + 1_000);
    expect(calls).toBe(2);
    expect(await lease.token(patient)).toBe('old');
    answer.resolve('new');
    await clock.settle();
    expect(await lease.token(patient)).toBe('new');
  });

  it('does not care how wrong the clock is', async () => {
    for (const wrong of [-600_000, 600_000]) {
      const { lease, clock, reasons } = leased({ lifetime: () => 300_000 });
      clock.jump(wrong);
      await lease.token(patient);
      await clock.advance(230_000);
      expect(reasons).toEqual(['missing']);
      await clock.advance(20_000);
      expect(reasons).toEqual(['missing', 'expiring']);
    }
  });

  it('keeps a token that outlives every timer, and renews it in its time', async () => {
    const year = 365 * 24 * hour;
    const { lease, clock, reasons } = leased({ lifetime: () => year });
    await lease.token(patient);
    await clock.advance(60_000);
    expect(reasons).toEqual(['missing']);
    await clock.advance(0.79 * year);
    expect(reasons).toEqual(['missing']);
    await clock.advance(0.02 * year);
    expect(reasons).toEqual(['missing', 'expiring']);
  });

  it('never asks its clock for a wait beyond what timers can hold', async () => {
    const waits: number[] = [];
    const clock = new ManualClock();
    const { lease } = leased({
      lifetime: () => 2 ** 40,
      clock: {
        now: () => clock.now(),
        after: (ms, wake) => {
          waits.push(ms);
          return clock.after(ms, wake);
        },
      },
    });
    await lease.token(patient);
    await clock.advance(30 * 24 * hour);
    expect(Math.max(...waits)).toBeLessThan(2 ** 31);
    expect(waits.length).toBeGreaterThan(20);
  });

  it('notices at use that the machine slept past the moment', async () => {
    const { lease, clock, reasons } = leased();
    await lease.token(patient);
    clock.jump(hour * 0.9);
    expect(await lease.token(patient)).toBe('token-1');
    await clock.settle();
    expect(reasons).toEqual(['missing', 'expiring']);
    expect(await lease.token(patient)).toBe('token-2');
    clock.jump(2 * hour);
    expect(await lease.token(patient)).toBe('token-3');
  });

  it('leaves a token that nobody uses to its end, unless it is held', async () => {
    const { lease, clock, reasons } = leased();
    await lease.token(patient);
    await clock.advance(10 * hour);
    expect(reasons).toEqual(['missing', 'expiring']);
    expect(clock.waiting).toBe(0);
    expect(await lease.token(patient)).toBe('token-3');

    const stop = lease.hold();
    await clock.advance(8 * hour);
    expect(reasons.length).toBeGreaterThanOrEqual(12);
    stop();
    stop();
    const soFar = reasons.length;
    await clock.advance(10 * hour);
    expect(reasons.length).toBeLessThanOrEqual(soFar + 1);
  });

  it('leaves no timer when the last hold goes, and looks at the clock at the next use', async () => {
    const { lease, clock, reasons } = leased();
    const stop = lease.hold();
    await lease.token(patient);
    expect(clock.waiting).toBe(1);
    stop();
    expect(clock.waiting).toBe(0);
    await clock.advance(0.95 * hour);
    expect(await lease.token(patient)).toBe('token-1');
    await clock.advance(0);
    expect(reasons).toEqual(['missing', 'expiring']);
    expect(await lease.token(patient)).toBe('token-2');
  });

  it('asks on when the source still had the token that we hold, whose life does not begin again', async () => {
    let token = 'cached';
    const { lease, clock, renewals } = leased({ source: () => token });
    await lease.token(patient);
    await clock.advance(hour * 0.95);
    token = 'fresh';
    await clock.advance(hour * 0.04);
    expect(await lease.token(patient)).toBe('fresh');
    expect(renewals).toEqual(['missing', 'expiring']);
  });

  it('serves a token past its end when the source stands by it, until a server refuses it', async () => {
    const { lease, clock, failures } = leased({ source: () => 'cached' });
    await lease.token(patient);
    await clock.advance(hour * 2);
    expect(await lease.token(patient)).toBe('cached');
    expect(clock.waiting).toBe(0);
    expect(failures).toEqual([]);
  });

  it('does not ask all the time when tokens live for a moment', async () => {
    const { lease, clock, reasons } = leased({ lifetime: () => 10 });
    lease.hold();
    await lease.token(patient);
    await clock.advance(10_000);
    expect(reasons.length).toBeLessThanOrEqual(11);
  });
});

describe('while the source fails', () => {
  it('serves the old token until its end, and not after', async () => {
    let down = false;
    const { lease, clock, failures } = leased({
      source: () => {
        if (down) throw new Error('no network');
        return 'old';
      },
    });
    await lease.token(patient);
    down = true;
    await clock.advance(hour - 1_000);
    expect(failures.length).toBeGreaterThan(10);
    expect(await lease.token(patient)).toBe('old');
    await clock.advance(2_000);
    let served = '';
    const late = lease.token(patient).then((token) => {
      served = token ?? '';
    });
    await clock.advance(60_000);
    expect(served).toBe('');
    down = false;
    await clock.advance(30_000);
    await late;
    expect(served).toBe('old');
  });

  it('tries again with growing waits up to half a minute, and says so each time', async () => {
    const at: number[] = [];
    const { lease, clock, failures } = leased({
      random: () => 0.999999,
      source: () => {
        at.push(clock.now());
        return Promise.reject(new Error('secret-answer'));
      },
    });
    void failure(lease.token(patient));
    await clock.advance(150_000);
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(waits.slice(0, 9)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(failures[0]).toMatchObject({ name: 'AuthenticationError', retryable: true });
    expect(failures[0]?.message).not.toContain('secret-answer');
    lease.destroy();
  });

  it('ends a wait when the network is back', async () => {
    let down = true;
    const { lease, clock } = leased({
      source: () => (down ? Promise.reject(new Error('down')) : 'token'),
      random: () => 1,
    });
    const token = lease.token(patient);
    await clock.advance(70_000);
    down = false;
    lease.hasten();
    expect(await token).toBe('token');
    expect(clock.waiting).toBe(1);
  });

  it('gives up a call that takes longer than ten seconds and drops what it says later', async () => {
    const answers: ReturnType<typeof deferred<string>>[] = [];
    const signals: AbortSignal[] = [];
    const { lease, clock } = leased({
      source: ({ signal }) => {
        signals.push(signal);
        const answer = deferred<string>();
        answers.push(answer);
        return answer.promise;
      },
    });
    const token = lease.token(patient);
    await clock.advance(9_999);
    expect(signals.length).toBe(1);
    await clock.advance(1_000);
    expect(signals.length).toBe(2);
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
    answers[0]?.resolve('late');
    await clock.settle();
    answers[1]?.resolve('in time');
    expect(await token).toBe('in time');
    expect(await lease.token(patient)).toBe('in time');
  });

  it('takes an answer that is no token for a failure', async () => {
    for (const nothing of [undefined, null, '', 42]) {
      let calls = 0;
      const { lease, clock, failures } = leased({
        source: () => (calls++ === 0 ? (nothing as string) : 'token'),
      });
      const token = lease.token(patient);
      await clock.advance(1_000);
      expect(await token).toBe('token');
      expect(failures[0]?.message).toContain('instead of a token');
    }
  });

  it('stops when the source says that asking again is pointless, until a new connect or sign-in', async () => {
    let signedIn = false;
    let calls = 0;
    const { lease, clock, failures } = leased({
      source: () => {
        calls++;
        if (!signedIn) throw new AuthenticationError('signed out');
        return 'token';
      },
    });
    expect(await failure(lease.token(patient))).toMatchObject({
      code: 'authentication',
      message: 'signed out',
    });
    expect(await failure(lease.token(patient))).toMatchObject({ message: 'signed out' });
    await clock.advance(hour);
    expect(calls).toBe(1);
    expect(failures.length).toBe(1);
    expect(clock.waiting).toBe(0);
    signedIn = true;
    lease.reset();
    expect(await lease.token(patient)).toBe('token');
  });

  it('still serves a good token when the source gives up on the next', async () => {
    let calls = 0;
    const { lease, clock } = leased({
      source: () => {
        if (calls++ > 0) throw new AuthenticationError('signed out');
        return 'token';
      },
    });
    await lease.token(patient);
    await clock.advance(hour * 0.9);
    expect(await lease.token(patient)).toBe('token');
    await clock.advance(hour * 0.2);
    expect((await failure(lease.token(patient))).message).toBe('signed out');
    expect(calls).toBe(2);
  });
});

describe('after a refusal', () => {
  it('asks once, however many requests were refused with the same token', async () => {
    const { lease, reasons, renewals } = leased();
    await lease.token(patient);
    const tokens = await Promise.all(Array.from({ length: 40 }, () => lease.renew('token-1', patient)));
    expect(new Set(tokens)).toEqual(new Set(['token-2']));
    expect(await lease.renew('token-1', patient)).toBe('token-2');
    expect(reasons).toEqual(['missing', 'refused']);
    expect(renewals).toEqual(['missing', 'refused']);
  });

  it('is forgotten with the next token: later renewals have their own reason', async () => {
    const { lease, clock, reasons } = leased();
    await lease.token(patient);
    await lease.renew('token-1', patient);
    await clock.advance(hour * 0.85);
    expect(reasons).toEqual(['missing', 'refused', 'expiring']);
  });

  it('does not give the refused token to anybody else', async () => {
    const answer = deferred<string>();
    let calls = 0;
    const { lease, clock } = leased({ source: () => (calls++ === 0 ? 'revoked' : answer.promise) });
    await lease.token(patient);
    const renewed = lease.renew('revoked', patient);
    const other = lease.token(patient);
    answer.resolve('fresh');
    await clock.settle();
    expect(await Promise.all([renewed, other])).toEqual(['fresh', 'fresh']);
    expect(calls).toBe(2);
  });

  it('remembers the refusal when the one who met it has left', async () => {
    const { lease, clock, reasons } = leased({
      source: ({ reason }) => {
        reasons.push(reason);
        return reason === 'refused' && reasons.length === 2
          ? new Promise<string>(() => {})
          : `t${reasons.length}`;
      },
    });
    await lease.token(patient);
    const leaving = new AbortController();
    const left = failure(lease.renew('t1', leaving.signal));
    leaving.abort();
    await left;
    expect(await lease.token(patient)).toBe('t3');
    expect(reasons).toEqual(['missing', 'refused', 'refused']);
    expect(clock.waiting).toBe(1);
  });

  it('asks with the right reason when a renewal that was under way brings the refused token again', async () => {
    const answers: Record<string, string> = { missing: 'a', expiring: 'a', refused: 'b' };
    const gate = deferred<void>();
    const reasons: string[] = [];
    const { lease, clock } = leased({
      source: async ({ reason }) => {
        reasons.push(reason);
        if (reason === 'expiring') await gate.promise;
        return answers[reason] ?? '';
      },
    });
    await lease.token(patient);
    await clock.advance(hour * 0.8 + 1_000);
    const renewed = lease.renew('a', patient);
    gate.resolve();
    expect(await renewed).toBe('b');
    expect(reasons).toEqual(['missing', 'expiring', 'refused']);
  });

  it('gives back the refused token when the source has no other, without asking for ever', async () => {
    let calls = 0;
    const { lease, clock, renewals } = leased({
      source: () => {
        calls++;
        return 'only';
      },
    });
    await lease.token(patient);
    expect(await lease.renew('only', patient)).toBe('only');
    await clock.settle();
    expect(calls).toBe(2);
    expect(renewals).toEqual(['missing']);
  });

  it('slows down when a server refuses every token', async () => {
    const { lease, clock, reasons } = leased();
    let stop = false;
    const insist = async (): Promise<void> => {
      let token = await lease.token(patient);
      while (!stop) token = await lease.renew(token, patient);
    };
    const done = insist();
    await clock.advance(300_000);
    expect(reasons.length).toBeLessThan(40);
    expect(reasons.length).toBeGreaterThan(5);
    stop = true;
    await clock.advance(60_000);
    await done;
  });
});

describe('the end', () => {
  it('forgets at sign-out: no timer, no late answer, who waits is told', async () => {
    const answer = deferred<string>();
    let calls = 0;
    const { lease, clock } = leased({ source: () => (calls++ === 0 ? answer.promise : 'next user') });
    const waiting = failure(lease.token(patient));
    lease.forget();
    expect((await waiting).code).toBe('aborted');
    answer.resolve('previous user');
    await clock.settle();
    expect(clock.waiting).toBe(0);
    expect(await lease.token(patient)).toBe('next user');
    lease.forget();
    expect(clock.waiting).toBe(0);
  });

  it('leaves no timer and asks nothing after destroy, whatever it was doing', async () => {
    const idle = leased();
    await idle.lease.token(patient);
    idle.lease.destroy();
    expect(idle.clock.waiting).toBe(0);
    expect((await failure(idle.lease.token(patient))).code).toBe('aborted');
    expect((await failure(idle.lease.renew('token-1', patient))).code).toBe('aborted');

    const asking = leased({ source: () => new Promise<string>(() => {}) });
    const waiting = failure(asking.lease.token(patient));
    await asking.clock.settle();
    asking.lease.destroy();
    expect((await waiting).message).toContain('destroyed');
    expect(asking.clock.waiting).toBe(0);

    const failing = leased({ source: () => Promise.reject(new Error('down')) });
    const pausing = failure(failing.lease.token(patient));
    await failing.clock.advance(5_000);
    failing.lease.destroy();
    await pausing;
    expect(failing.clock.waiting).toBe(0);
  });

  it('ends also from within the report of a failure', async () => {
    const made = leased({
      source: () => Promise.reject(new Error('down')),
      onFailure: () => made.lease.destroy(),
    });
    expect((await failure(made.lease.token(patient))).code).toBe('aborted');
    await made.clock.settle();
    expect(made.clock.waiting).toBe(0);
  });
});
