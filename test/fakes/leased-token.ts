import { TokenLease, type TokenLeaseSettings } from '../../src/backend/token';
import type { TokenReason } from '../../src/backend/token-renewal';
import type { AuthenticationError } from '../../src/errors';
import { ManualClock } from './manual-clock';

/** How long the tokens are good for, in milliseconds. */
const hour = 3_600_000;

/** A lease over a source that hands out `token-1`, `token-2`, … and writes down each question. */
export function leasedToken(settings: Partial<TokenLeaseSettings> = {}) {
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
