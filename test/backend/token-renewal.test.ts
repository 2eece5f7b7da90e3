import { describe, expect, it } from 'vitest';
import { AuthenticationError } from '../../src/errors';
import { deferred } from '../../src/support/deferred';
import { leasedToken } from '../fakes/leased-token';
import { ManualClock } from '../fakes/manual-clock';
import { failure } from '../fakes/secret-token';

const hour = 3_600_000;

const patient = new AbortController().signal;

describe('renewing ahead of the end', () => {
  it('renews at four fifths of the life, give or take a tenth', async () => {
    for (const [chance, share] of [
      [0, 0.72],
      [0.5, 0.8],
      [0.999999, 0.88],
    ] as const) {
      const { lease, clock, reasons } = leasedToken({ random: () => chance });
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
    const { lease, clock } = leasedToken({ source: () => (calls++ === 0 ? 'old' : answer.promise) });
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
      const { lease, clock, reasons } = leasedToken({ lifetime: () => 300_000 });
      clock.jump(wrong);
      await lease.token(patient);
      await clock.advance(230_000);
      expect(reasons).toEqual(['missing']);
      await clock.advance(20_000);
      expect(reasons).toEqual(['missing', 'expiring']);
    }
  });

  it.each([-hour, -365 * 24 * hour, -60_000])(
    'renews in time although somebody set the clock by %i ms while it was held',
    async (milliseconds) => {
      const { lease, clock, reasons } = leasedToken({ random: () => 0.5 });
      lease.hold();
      await lease.token(patient);
      await clock.advance(1_000);
      clock.jump(milliseconds);
      await clock.advance(hour * 0.8 - 3_000);
      expect(reasons).toEqual(['missing']);
      await clock.advance(3_000);
      expect(reasons).toEqual(['missing', 'expiring']);
    },
  );

  it('gives nobody a token that is over by a clock that was set back', async () => {
    const { lease, clock } = leasedToken();
    await lease.token(patient);
    clock.jump(-hour);
    clock.sleep(hour);
    expect(await lease.token(patient)).toBe('token-2');
  });

  it('keeps a token that outlives every timer, and renews it in its time', async () => {
    const year = 365 * 24 * hour;
    const { lease, clock, reasons } = leasedToken({ lifetime: () => year });
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
    const { lease } = leasedToken({
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
    const { lease, clock, reasons } = leasedToken();
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
    const { lease, clock, reasons } = leasedToken();
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
    const { lease, clock, reasons } = leasedToken();
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
    const { lease, clock, renewals } = leasedToken({ source: () => token });
    await lease.token(patient);
    await clock.advance(hour * 0.95);
    token = 'fresh';
    await clock.advance(hour * 0.04);
    expect(await lease.token(patient)).toBe('fresh');
    expect(renewals).toEqual(['missing', 'expiring']);
  });

  it('serves a token past its end when the source stands by it, until a server refuses it', async () => {
    const { lease, clock, failures } = leasedToken({ source: () => 'cached' });
    await lease.token(patient);
    await clock.advance(hour * 2);
    expect(await lease.token(patient)).toBe('cached');
    expect(clock.waiting).toBe(0);
    expect(failures).toEqual([]);
  });

  it('does not ask all the time when tokens live for a moment', async () => {
    const { lease, clock, reasons } = leasedToken({ lifetime: () => 10 });
    lease.hold();
    await lease.token(patient);
    await clock.advance(10_000);
    expect(reasons.length).toBeLessThanOrEqual(11);
  });
});

describe('while the source fails', () => {
  it('serves the old token until its end, and not after', async () => {
    let down = false;
    const { lease, clock, failures } = leasedToken({
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
    const { lease, clock, failures } = leasedToken({
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
    const { lease, clock } = leasedToken({
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
    const { lease, clock } = leasedToken({
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
      const { lease, clock, failures } = leasedToken({
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
    const { lease, clock, failures } = leasedToken({
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
    const { lease, clock } = leasedToken({
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
