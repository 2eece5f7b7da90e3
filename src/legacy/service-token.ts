import {
  AuthenticationError,
  isRealtimeError,
  neededObject,
  RealtimeError,
  SystemClock,
  type TokenSource,
} from '../index';
import { within } from './service-deadline';
import { checkFunction, checkText } from './service-input';

/** A place for the tokens that callers of the old service hand over; its `source` is the client's `auth.token`. */
export interface HandedToken {
  /** For the client: `auth: { endpoint, token: handed.source }`. Waits for a first token, and for a better one. */
  readonly source: TokenSource;
  /** Takes a token, instead of the one before; the service makes its client use it from now on. Throws a `ConfigurationError` for none. */
  hand(token: string): void;
  /** Gets another token from `renew`, for everybody who waits. Rejects with an `AuthenticationError` when there is no `renew`, or it fails. */
  renew(): Promise<void>;
  /** Calls `listener` with each token that takes the place of another one. */
  onReplaced(listener: (token: string) => void): () => void;
}

/** How tokens come that nobody hands over. */
export interface HandedTokenOptions {
  /** Asks the application for a token: when none was handed over yet, when the last one runs out or is refused. */
  readonly renew?: () => string | Promise<string>;
}

/** How long the application may think, in milliseconds: as long as the client lets a token source. */
const patience = 10_000;
const clock = new SystemClock();

/** Makes a place for tokens. Two clients need two. */
export function createHandedToken(options: HandedTokenOptions = {}): HandedToken {
  const { renew } = neededObject(options, 'createHandedToken({ renew })');
  let token: string | undefined;
  /** What the client had last: it asks because it wants another one. */
  let given: string | undefined;
  const listeners = new Set<(token: string) => void>();
  const waiting = new Set<() => void>();
  if (renew !== undefined) checkFunction(renew, 'The option `renew` of createHandedToken');
  const hand = (next: string): void => {
    checkText(next, 'hand(token)', 'the token as a text');
    if (next === token) return;
    const replaces = token !== undefined;
    token = next;
    for (const wake of [...waiting]) wake();
    if (replaces) for (const listener of [...listeners]) tell(listener, next);
  };
  const askForAnother = async (): Promise<void> => {
    if (renew === undefined) {
      throw new AuthenticationError(
        'Nobody can renew the token: pass `renew` to createHandedToken, or hand a token over with refreshToken(token).',
      );
    }
    const renewed: unknown = await within(clock, patience, (async () => renew())(), () => {
      const words = `The function \`renew\` of createHandedToken did not answer within ${patience / 1000} s.`;
      return new AuthenticationError(words, { retryable: true });
    });
    if (typeof renewed !== 'string' || renewed === '') {
      throw new AuthenticationError(
        'The function `renew` of createHandedToken returned no token: it must return a non-empty string.',
        { retryable: true },
      );
    }
    hand(renewed);
  };
  const source: TokenSource = async ({ signal }) => {
    if (token === undefined || token === given) {
      if (renew !== undefined) await askForAnother();
      else {
        await new Promise<void>((resolve) => {
          const done = (): void => {
            waiting.delete(done);
            resolve();
          };
          waiting.add(done);
          signal.addEventListener('abort', done, { once: true });
        });
      }
    }
    // Not `throwIfAborted`, which signals of React Native lack.
    if (signal.aborted) throw new RealtimeError('aborted', 'Nobody waits for the token any more.');
    given = token;
    return token ?? '';
  };
  return {
    source,
    hand,
    renew: async () => {
      try {
        await askForAnother();
      } catch (cause) {
        throw isRealtimeError(cause)
          ? cause
          : new AuthenticationError('The application could not renew the token.', { cause, retryable: true });
      }
    },
    onReplaced: (listener) => {
      checkFunction(listener, 'onReplaced(listener)');
      // A function of its own: the same listener may be given twice.
      const own = (next: string): void => listener(next);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}

/** What a listener throws must not reach whoever handed the token over. */
function tell(listener: (token: string) => void, token: string): void {
  try {
    listener(token);
  } catch (error) {
    console.error(error);
  }
}
