import { jwtLifetime } from '../backend/jwt-lifetime';
import { SharedToken } from '../backend/shared-token';
import { ConfigurationError } from '../errors';
import type { Clock, TabCoordinator, TokenSource } from '../ports';
import { object } from '../support/given';
import { WebLocksTabs } from '../support/tabs';

/** Whose token tabs share. */
export interface SharedTokenOptions {
  /**
   * An id of the user. Tabs of the same origin whose clients have the same `key`, `endpoint` and `owner` share one token, and ask
   * for it once: two tabs may belong to two users, and nothing but this tells them apart.
   */
  readonly owner: string;
  /** Another way to the other tabs than Web Locks and BroadcastChannel. */
  readonly tabs?: TabCoordinator | undefined;
}

/** A token that tabs share, as `auth` uses it. */
export interface TokenSharing {
  readonly source: TokenSource;
  lifetime(token: string, now: number): number | undefined;
  join(): void;
  forget(): void;
  leave(): void;
}

/** What `sharedToken()` makes. */
export interface SharedTokenValue {
  /** Which slot it is for. */
  readonly slot: 'share';
  /** Whose token it is. */
  readonly owner: string;
  /** @internal */
  open(parts: {
    readonly source: TokenSource;
    readonly key: string;
    readonly endpoint: string;
    readonly clock: Clock;
    readonly random: () => number;
    readonly timeout: number;
  }): TokenSharing;
}

/** One token for all tabs of a user in a browser: one request instead of one per tab. For `backendAuth({ share })`. */
export function sharedToken(options: SharedTokenOptions): SharedTokenValue {
  const { owner, tabs } = object(options, 'sharedToken({ owner })');
  checkOwner(owner, 'sharedToken({ owner })');
  return {
    slot: 'share',
    owner,
    open: ({ key, endpoint, ...parts }) =>
      new SharedToken({
        ...parts,
        lifetime: jwtLifetime,
        tabs: tabs ?? new WebLocksTabs(),
        name: `surewire:token:${JSON.stringify([key, endpoint, owner])}`,
      }),
  };
}

/** @internal Throws unless `owner` can name a user. */
export function checkOwner(owner: unknown, where: string): void {
  if (typeof owner === 'string' && owner !== '') return;
  throw new ConfigurationError(
    `\`${where}\` must be a non-empty string that names the user: what is kept under it is never used for anybody else.`,
  );
}
