import type { AuthenticationError } from '../errors';
import type { Clock, Credentials, TokenSource } from '../ports';
import { type BackoffOptions, backoff } from '../support/backoff';
import { aborted } from '../support/deadline';
import { Stopwatch } from '../support/stopwatch';
import type { Stop } from '../types';
import { type TokenReason, TokenRenewal } from './token-renewal';

/** What a lease needs. */
export interface TokenLeaseSettings {
  /**
   * Asked for every token; undefined when the application has none to give. One lease asks for itself only: sharing a
   * token between tabs is a source around this one.
   */
  readonly source: TokenSource | undefined;
  /** How long a token is good from its receipt, in milliseconds; undefined when it does not say. */
  readonly lifetime: (token: string, now: number) => number | undefined;
  /** Time. */
  readonly clock: Clock;
  /** Chance, from 0 up to 1. */
  readonly random: () => number;
  /** The wait between attempts while the source fails. */
  readonly backoff: BackoffOptions;
  /** How long the source may think, in milliseconds. */
  readonly timeout: number;
  /**
   * Another token came than the last. `refused`: because a server said no to that one; what was refused with it may be
   * tried again, but not without an end: a server that refuses every token answers each try with another renewal.
   */
  readonly onRenewed: (renewal: { readonly reason: TokenReason }) => void;
  /** The source failed. The lease tries again after a retryable error; after another one only `reset()` or `forget()` help. */
  readonly onFailure: (error: AuthenticationError) => void;
}

/** A token and the time that it is good for. Opaque tokens last until a server refuses them. */
interface Held {
  readonly token: string;
  /** When it came, on the wall and by the stopwatch. */
  readonly receivedAt: number;
  readonly receivedAfter: number;
  /** How old it is when it is renewed, and when it is over. */
  readonly renewAge: number;
  readonly endAge: number;
}

// A wake more than a day ahead is taken in steps: machines sleep, clocks get corrected, timers have 31 bits.
const longestWait = 86_400_000;
// However short a token lives, the background leaves the source alone for so long.
const shortestWait = 1_000;
// A token that is refused younger than this counts as refused at birth: such ones are renewed with growing waits.
const youth = 60_000;

/** Holds a token while it is good, renews it before it is not. */
export class TokenLease implements Credentials {
  readonly #settings: TokenLeaseSettings;
  #held: Held | undefined;
  #renewal: TokenRenewal | undefined;
  /** The last token that a server refused; until the source has another one, it is asked with that reason. */
  #refused: string | undefined;
  #refusedYoung = 0;
  /** The source's word that asking again is pointless. */
  #rejection: AuthenticationError | undefined;
  #holders = 0;
  #used = false;
  #cancelWake: Stop = () => {};
  #destroyed = false;
  readonly #stopwatch: Stopwatch;

  constructor(settings: TokenLeaseSettings) {
    this.#settings = settings;
    this.#stopwatch = new Stopwatch(settings.clock);
  }

  /**
   * A token that is good now, at once when there is one. Waits as long as the source fails, until `signal` aborts; rejects
   * with the source's `AuthenticationError` when it threw one. Undefined when there is no source.
   */
  async token(signal: AbortSignal): Promise<string | undefined> {
    this.#check(signal);
    const { source } = this.#settings;
    if (source === undefined) return undefined;
    this.#used = true;
    const held = this.#good();
    if (held === undefined) return this.#wait(source, signal);
    // The timer is a hint: it may not have fired, or the token may have been idle when it did.
    this.#renewIfDue();
    return held.token;
  }

  /**
   * Another token than `refused`, asking the source only when nobody has done so since; the same one when the source
   * has no other.
   */
  async renew(refused: string | undefined, signal: AbortSignal): Promise<string | undefined> {
    this.#check(signal);
    const { source } = this.#settings;
    if (source === undefined) return undefined;
    this.#used = true;
    if (this.#held !== undefined && this.#held.token === refused) {
      this.#refusedYoung = this.#age(this.#held) < youth ? this.#refusedYoung + 1 : 0;
      this.#refused = refused;
      this.#drop();
    }
    const held = this.#good();
    if (held !== undefined) {
      this.#renewIfDue();
      return held.token;
    }
    const joined = this.#renewal;
    const token = await this.#wait(source, signal);
    // A renewal that began before the refusal may have brought the refused token once more: the source did not know.
    return token === refused && joined !== undefined && joined.reason !== 'refused'
      ? this.renew(refused, signal)
      : token;
  }

  /** Counts as use until it is stopped: the token is kept fresh although nobody asks for it. */
  hold(): Stop {
    this.#holders++;
    this.#renewIfDue();
    let live = true;
    return () => {
      if (!live) return;
      live = false;
      this.#holders--;
      // Nobody is connected any more: a timer of an hour must not keep a process alive. The next use looks at the clock.
      if (this.#holders === 0) this.#cancelWake();
    };
  }

  /** The network is back, or the machine woke up: checks the token now, and ends the wait between two attempts. */
  hasten(): void {
    this.#renewIfDue();
    this.#renewal?.hasten();
  }

  /** Takes back the source's "asking again is pointless"; a token that is still good stays. */
  reset(): void {
    this.#rejection = undefined;
  }

  /** There is a better token than the one that we hold: asks the source for it now, and gives nobody the old one any more. */
  supersede(): void {
    const { source } = this.#settings;
    if (source === undefined || this.#destroyed) return;
    this.#rejection = undefined;
    this.#drop();
    if (this.#renewal === undefined) this.#begin(source);
  }

  /** Forgets the token and everything known about it; an answer on its way is dropped, who waits for it is rejected. */
  forget(): void {
    this.#end('The token was forgotten while a request waited for it: somebody signed out.');
  }

  /** Ends the lease: no timer is left, nothing is asked or given any more. */
  destroy(): void {
    this.#destroyed = true;
    this.#end(destroyed);
  }

  #end(message: string): void {
    this.#drop();
    this.#rejection = undefined;
    this.#refused = undefined;
    this.#refusedYoung = 0;
    this.#used = false;
    const renewal = this.#renewal;
    this.#renewal = undefined;
    renewal?.stop(message);
  }

  #check(signal: AbortSignal): void {
    if (this.#destroyed) throw aborted(destroyed);
    if (signal.aborted) throw aborted();
  }

  /** The held token, unless it has come to its end. */
  #good(): Held | undefined {
    const held = this.#held;
    return held !== undefined && this.#age(held) < held.endAge ? held : undefined;
  }

  /** By the clock on the wall or by the stopwatch, whichever says more: the first may be set back, the second sleep with the machine. */
  #age({ receivedAt, receivedAfter }: Held): number {
    return Math.max(this.#settings.clock.now() - receivedAt, this.#stopwatch.elapsed() - receivedAfter);
  }

  #drop(): void {
    this.#cancelWake();
    this.#held = undefined;
  }

  async #wait(source: TokenSource, signal: AbortSignal): Promise<string> {
    if (this.#rejection !== undefined) throw this.#rejection;
    return (this.#renewal ?? this.#begin(source)).wait(signal);
  }

  #renewIfDue(): void {
    const { source } = this.#settings;
    const held = this.#good();
    if (source === undefined || held === undefined) return;
    if (this.#renewal !== undefined || this.#rejection !== undefined) return;
    // A token that nobody uses is left to run out: the next to ask waits for a new one.
    if (!this.#used && this.#holders === 0) return;
    const left = held.renewAge - this.#age(held);
    if (left <= 0) this.#begin(source);
    else this.#wakeIn(left);
  }

  #wakeIn(wait: number): void {
    this.#cancelWake();
    if (wait === Number.POSITIVE_INFINITY) return;
    this.#cancelWake = this.#stopwatch.after(Math.min(wait, longestWait), () => this.#renewIfDue());
  }

  #begin(source: TokenSource): TokenRenewal {
    const { clock, random, backoff: curve, timeout, onFailure } = this.#settings;
    this.#cancelWake();
    const known = this.#held === undefined ? 'missing' : 'expiring';
    const reason = this.#refused === undefined ? known : 'refused';
    // Only from the second on: servers that refuse whatever we bring would keep us and the source in a circle.
    const delay =
      reason === 'refused' && this.#refusedYoung > 1 ? backoff(this.#refusedYoung - 2, curve, random) : 0;
    const renewal = new TokenRenewal({
      source,
      reason,
      clock,
      random,
      backoff: curve,
      timeout,
      delay,
      wanted: () => this.#good() !== undefined,
      onAnswer: (token) => this.#accept(renewal, token),
      onRejection: (error) => {
        this.#renewal = undefined;
        this.#rejection = error;
        onFailure(error);
      },
      onFailure,
      onAbandoned: () => {
        this.#renewal = undefined;
      },
    });
    this.#renewal = renewal;
    void renewal.run();
    return renewal;
  }

  #accept(renewal: TokenRenewal, token: string): void {
    const { clock, lifetime, random, backoff: curve, onRenewed } = this.#settings;
    const before = this.#held;
    const now = clock.now();
    this.#renewal = undefined;
    let wait: number;
    if (before?.token === token && this.#age(before) < before.endAge) {
      // The source still had the one that we hold: its life does not begin again. We ask again a little later.
      wait = Math.max(shortestWait, random() * curve.cap);
      this.#held = { ...before, renewAge: this.#age(before) + wait };
    } else {
      // The same one after its end: the source knows better than the token, which then counts as opaque.
      const length = (before?.token === token ? undefined : lifetime(token, now)) ?? Number.POSITIVE_INFINITY;
      // Spread by a tenth, so that the tokens of many pages opened together are not renewed together.
      const share = 0.8 * (0.9 + 0.2 * random());
      wait = Math.max(shortestWait, length * share);
      this.#held = {
        token,
        receivedAt: now,
        receivedAfter: this.#stopwatch.elapsed(),
        renewAge: wait,
        endAge: length,
      };
      this.#used = renewal.awaited;
    }
    const other = token !== before?.token && token !== this.#refused;
    if (token !== this.#refused) this.#refused = undefined;
    this.#wakeIn(wait);
    if (other) onRenewed({ reason: renewal.reason });
  }
}

const destroyed = 'The client was destroyed.';
