import { AuthenticationError, isRealtimeError } from '../errors';
import type { Clock, TokenSource } from '../ports';
import { type BackoffOptions, backoff } from '../support/backoff';
import { aborted, unlessAborted, within } from '../support/deadline';
import { deferred } from '../support/deferred';
import { thrownName } from '../support/thrown';

/** Why the source is asked. */
export type TokenReason = Parameters<TokenSource>[0]['reason'];

/** What asking takes. */
export interface TokenRenewalSettings {
  /** Who is asked. */
  readonly source: TokenSource;
  /** Why. */
  readonly reason: TokenReason;
  /** Time. */
  readonly clock: Clock;
  /** Chance, from 0 up to 1. */
  readonly random: () => number;
  /** The wait between attempts while the source fails. */
  readonly backoff: BackoffOptions;
  /** How long the source may think, in milliseconds. */
  readonly timeout: number;
  /** Wait so long before the first attempt, in milliseconds. */
  readonly delay: number;
  /** Whether the answer is of use although nobody waits for it. */
  readonly wanted: () => boolean;
  /** Gets the answer, before those who wait for it. */
  readonly onAnswer: (token: string) => void;
  /** The source said that asking again is pointless; told before those who wait. */
  readonly onRejection: (error: AuthenticationError) => void;
  /** An attempt failed, another follows. */
  readonly onFailure: (error: AuthenticationError) => void;
  /** Ended without an answer, because nobody wanted it any more. */
  readonly onAbandoned: () => void;
}

/** One conversation with the token source: goes on until there is an answer, or nobody wants one. */
export class TokenRenewal {
  readonly reason: TokenReason;
  readonly #settings: TokenRenewalSettings;
  readonly #answer = deferred<string>();
  readonly #stopping = new AbortController();
  #waiting = 0;
  #endPause: () => void = () => {};

  constructor(settings: TokenRenewalSettings) {
    this.#settings = settings;
    this.reason = settings.reason;
    // Nobody may be waiting: a rejection without a listener would be an unhandled one.
    this.#answer.promise.catch(() => {});
  }

  /** Whether somebody waits for the answer. */
  get awaited(): boolean {
    return this.#waiting > 0;
  }

  /** The answer. Who leaves by `signal` as the last one ends the conversation, unless the answer is of use anyway. */
  async wait(signal: AbortSignal): Promise<string> {
    this.#waiting++;
    try {
      return await unlessAborted(this.#answer.promise, signal);
    } finally {
      this.#waiting--;
      if (signal.aborted) this.#endIfUnwanted();
    }
  }

  /** Ends the wait between two attempts. */
  hasten(): void {
    this.#endPause();
  }

  /** Ends the conversation; who waits is rejected with `message`. The source's late answer is dropped. */
  stop(message?: string): void {
    this.#answer.reject(aborted(message));
    this.#stopping.abort();
    this.#endPause();
  }

  /** Asks. Never rejects: what the source throws goes to the callbacks. */
  async run(): Promise<void> {
    const { random, backoff: curve, delay, onAnswer, onRejection, onFailure } = this.#settings;
    if (delay > 0) await this.#pause(delay);
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      let token: string;
      try {
        token = await this.#ask();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        if (isRealtimeError(error) && error.code === 'authentication' && !error.retryable) {
          onRejection(error);
          this.#answer.reject(error);
          return;
        }
        const asked = isRealtimeError(error) ? error.retryAfter : undefined;
        const wait = backoff(attempt, curve, random, asked);
        onFailure(
          new AuthenticationError(`auth.token failed, asking again in ${wait} ms: ${describe(error)}`, {
            retryable: true,
            cause: error,
          }),
        );
        await this.#pause(wait);
        this.#endIfUnwanted();
        continue;
      }
      if (this.#stopping.signal.aborted) return;
      // Who waits hears of it in a later microtask, and so after the lease.
      this.#answer.resolve(token);
      onAnswer(token);
      return;
    }
  }

  #endIfUnwanted(): void {
    if (this.#stopping.signal.aborted || this.#waiting > 0 || this.#settings.wanted()) return;
    this.stop();
    this.#settings.onAbandoned();
  }

  async #ask(): Promise<string> {
    const { source, reason, clock, timeout } = this.#settings;
    const token: unknown = await within((signal) => source({ reason, signal }), {
      clock,
      timeout,
      signal: this.#stopping.signal,
    });
    const bare = typeof token === 'string' ? token.trim().replace(/^bearer\s+/i, '') : '';
    if (bare !== '') return bare;
    const instead = typeof token === 'string' ? 'an empty string' : token === null ? 'null' : typeof token;
    throw new AuthenticationError(
      `it returned ${instead} instead of a token; throw an AuthenticationError when nobody is signed in.`,
      { retryable: true },
    );
  }

  #pause(ms: number): Promise<void> {
    // The report of a failure may have ended us: a timer set now would outlive us.
    if (this.#stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        resolve();
      };
      const cancel = this.#settings.clock.after(ms, done);
      this.#endPause = done;
    });
  }
}

/** What an error says about itself as far as it cannot hold a secret: a foreign error's message may quote the answer. */
function describe(error: unknown): string {
  if (isRealtimeError(error)) return error.message;
  return `it threw (${thrownName(error)}).`;
}
