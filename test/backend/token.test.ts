import { describe, expect, it } from 'vitest';
import { deferred } from '../../src/support/deferred';
import { leasedToken } from '../fakes/leased-token';
import { failure } from '../fakes/secret-token';

const hour = 3_600_000;

const patient = new AbortController().signal;

describe('asking', () => {
  it('asks once for forty requests that come together, and for none of those that follow', async () => {
    const { lease, reasons } = leasedToken();
    const tokens = await Promise.all(Array.from({ length: 40 }, () => lease.token(patient)));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(await lease.token(patient)).toBe('token-1');
    expect(reasons).toEqual(['missing']);
  });

  it('has no token and asks nobody when the application configured no source', async () => {
    const { lease, clock } = leasedToken({ source: undefined });
    expect(await lease.token(patient)).toBeUndefined();
    expect(await lease.renew('anything', patient)).toBeUndefined();
    expect(clock.waiting).toBe(0);
  });

  it('keeps an opaque token until it is refused', async () => {
    const { lease, clock, reasons } = leasedToken({ lifetime: () => undefined });
    await lease.token(patient);
    expect(clock.waiting).toBe(0);
    clock.jump(365 * 24 * hour);
    expect(await lease.token(patient)).toBe('token-1');
    expect(await lease.renew('token-1', patient)).toBe('token-2');
    expect(reasons).toEqual(['missing', 'refused']);
  });

  it('lets each request leave when its own signal aborts, and the source go when the last has left', async () => {
    let asked: AbortSignal | undefined;
    const { lease, clock } = leasedToken({
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
    const { lease, clock } = leasedToken({ source: () => answers[calls++]?.promise ?? 'one too many' });
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

describe('after a refusal', () => {
  it('asks once, however many requests were refused with the same token', async () => {
    const { lease, reasons, renewals } = leasedToken();
    await lease.token(patient);
    const tokens = await Promise.all(Array.from({ length: 40 }, () => lease.renew('token-1', patient)));
    expect(new Set(tokens)).toEqual(new Set(['token-2']));
    expect(await lease.renew('token-1', patient)).toBe('token-2');
    expect(reasons).toEqual(['missing', 'refused']);
    expect(renewals).toEqual(['missing', 'refused']);
  });

  it('is forgotten with the next token: later renewals have their own reason', async () => {
    const { lease, clock, reasons } = leasedToken();
    await lease.token(patient);
    await lease.renew('token-1', patient);
    await clock.advance(hour * 0.85);
    expect(reasons).toEqual(['missing', 'refused', 'expiring']);
  });

  it('does not give the refused token to anybody else', async () => {
    const answer = deferred<string>();
    let calls = 0;
    const { lease, clock } = leasedToken({ source: () => (calls++ === 0 ? 'revoked' : answer.promise) });
    await lease.token(patient);
    const renewed = lease.renew('revoked', patient);
    const other = lease.token(patient);
    answer.resolve('fresh');
    await clock.settle();
    expect(await Promise.all([renewed, other])).toEqual(['fresh', 'fresh']);
    expect(calls).toBe(2);
  });

  it('remembers the refusal when the one who met it has left', async () => {
    const { lease, clock, reasons } = leasedToken({
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
    const { lease, clock } = leasedToken({
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
    const { lease, clock, renewals } = leasedToken({
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
    const { lease, clock, reasons } = leasedToken();
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
    const { lease, clock } = leasedToken({ source: () => (calls++ === 0 ? answer.promise : 'next user') });
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
    const idle = leasedToken();
    await idle.lease.token(patient);
    idle.lease.destroy();
    expect(idle.clock.waiting).toBe(0);
    expect((await failure(idle.lease.token(patient))).code).toBe('aborted');
    expect((await failure(idle.lease.renew('token-1', patient))).code).toBe('aborted');

    const asking = leasedToken({ source: () => new Promise<string>(() => {}) });
    const waiting = failure(asking.lease.token(patient));
    await asking.clock.settle();
    asking.lease.destroy();
    expect((await waiting).message).toContain('destroyed');
    expect(asking.clock.waiting).toBe(0);

    const failing = leasedToken({ source: () => Promise.reject(new Error('down')) });
    const pausing = failure(failing.lease.token(patient));
    await failing.clock.advance(5_000);
    failing.lease.destroy();
    await pausing;
    expect(failing.clock.waiting).toBe(0);
  });

  it('ends also from within the report of a failure', async () => {
    const made = leasedToken({
      source: () => Promise.reject(new Error('down')),
      onFailure: () => made.lease.destroy(),
    });
    expect((await failure(made.lease.token(patient))).code).toBe('aborted');
    await made.clock.settle();
    expect(made.clock.waiting).toBe(0);
  });
});
