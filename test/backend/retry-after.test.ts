import { describe, expect, test } from 'vitest';
import { SignIn } from '../../src/backend/sign-in';
import { TokenRenewal } from '../../src/backend/token-renewal';
import { AuthenticationError, RateLimitError } from '../../src/errors';
import type { Clock } from '../../src/ports';
import type { Transport } from '../../src/transport-port';

/** A clock that stands, and remembers how long it was asked to wait. */
function standing() {
  const waits: number[] = [];
  const clock: Clock = {
    now: () => 0,
    after: (ms) => {
      waits.push(ms);
      return () => {};
    },
  };
  return { clock, waits };
}

async function signInWait(retryAfter: number, chance: number): Promise<number> {
  const { clock, waits } = standing();
  const transport: Pick<Transport, 'signIn' | 'subscribe'> = { signIn: () => {}, subscribe: () => true };
  const user = new SignIn({
    authenticator: {
      authenticate: async () => {
        throw new AuthenticationError('Slowly.', { retryable: true, retryAfter });
      },
    },
    // It is asked for nothing else before an answer came.
    transport: transport as Transport,
    clock,
    random: () => chance,
    onListen: () => {},
    onMessage: () => {},
    report: () => {},
    reportThrown: () => {},
  });
  user.receive({ type: 'opened', socketId: '1.1', idleLimit: 120_000 }, 0, { awaitsSignature: false });
  await new Promise((resolve) => setTimeout(resolve));
  user.destroy();
  return waits[0] ?? Number.NaN;
}

async function tokenWait(retryAfter: number, chance: number): Promise<number> {
  const { clock, waits } = standing();
  const renewal = new TokenRenewal({
    source: () => Promise.reject(new RateLimitError('Slowly.', { retryAfter })),
    reason: 'missing',
    clock,
    random: () => chance,
    backoff: { base: 500, cap: 30_000 },
    timeout: 10_000,
    delay: 0,
    wanted: () => true,
    onAnswer: () => {},
    onRejection: () => {},
    onFailure: () => {},
    onAbandoned: () => {},
  });
  void renewal.run();
  await new Promise((resolve) => setTimeout(resolve));
  renewal.stop();
  // The first is the deadline of the source.
  return waits[1] ?? Number.NaN;
}

describe.each([
  ['signed in', signInWait],
  ['given tokens', tokenWait],
])('clients that are told in one moment to be %s later', (_, wait) => {
  test('do not come back in one moment', async () => {
    const waits = await Promise.all(Array.from({ length: 50 }, (_each, index) => wait(3_000, index / 50)));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(3_000);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(1_000);
  });

  test('come back, though they were told to wait for a year', async () => {
    expect(await wait(31_536_000_000, 0.9)).toBeLessThan(8 * 60_000);
  });
});
