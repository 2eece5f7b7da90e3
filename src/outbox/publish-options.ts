import { ConfigurationError } from '../errors';
import type { StoredMessage } from '../ports';
import { count, flag, milliseconds, text, unknownOption, word } from '../support/given';
import { longestId } from '../support/json';
import type { PublishOptions } from '../types';

/** How long receivers have to confirm a message, in milliseconds, when nobody says otherwise. */
const confirmationTimeout = 10_000;
/** Ids travel in a header (`Idempotency-Key`), and are looked for in frames of others. */
const idPattern = /^[\x21-\x7e]{1,64}$/;

const known = 'id route acknowledge timeout receivers expiresIn replaces waitForChannel keepRejected signal';

/** The options of one message, checked. */
export interface CheckedOptions {
  readonly id: string | undefined;
  readonly none: boolean;
  readonly signal: AbortSignal | undefined;
  /** How long it may wait, in milliseconds. */
  readonly expiresIn: number;
  /** What is stored with the message. */
  readonly stored: Pick<StoredMessage, 'replaces' | 'delivery' | 'immediate' | 'unkept'>;
}

/**
 * The one door: what passes can be stored, and read by a later page and by another tab. Throws a `ConfigurationError` for what
 * cannot. What says nothing (`undefined`, `null`, an empty text) is absent.
 */
export function checkPublishOptions(
  options: PublishOptions,
  initially: { readonly expiresIn: number; readonly waitForChannel: boolean },
): CheckedOptions {
  const id = given(options.id);
  if (id !== undefined && !idPattern.test(text(id, 'id')))
    throw new ConfigurationError('`id` must have 1 to 64 printable ASCII characters and no spaces.');
  const acknowledge = word(given(options.acknowledge), 'acknowledge', ['accepted', 'none', 'delivered']);
  const signal = given(options.signal);
  // Unchecked, it would throw once the message is queued, and leave it there with everything behind it.
  if (signal !== undefined && typeof signal.addEventListener !== 'function')
    throw new ConfigurationError('`signal` must be an AbortSignal: pass `controller.signal`.');
  const replaces = given(options.replaces);
  const delivery = {
    receivers: count(given(options.receivers), 'receivers', 1),
    timeout: milliseconds(given(options.timeout), 'timeout', confirmationTimeout),
  };
  const waits = flag(given(options.waitForChannel), 'waitForChannel', initially.waitForChannel);
  return {
    id,
    none: acknowledge === 'none',
    signal,
    expiresIn: milliseconds(given(options.expiresIn), 'expiresIn', initially.expiresIn),
    stored: {
      ...(replaces === undefined ? undefined : { replaces: keyIn(replaces) }),
      ...(acknowledge === 'delivered' ? { delivery } : undefined),
      ...(waits ? undefined : { immediate: true }),
      ...(flag(given(options.keepRejected), 'keepRejected', true) ? undefined : { unkept: true }),
    },
  };
}

/** The error about an option that `publish` does not have, as callers without types write them. */
export function unreadPublishOption(options: object): ConfigurationError | undefined {
  return unknownOption(options, 'publish', known);
}

/** The key that `replaces` names. It is kept and written with each message, and no bound counts it: it has one of its own. */
function keyIn(replaces: unknown): string {
  const key = text(replaces, 'replaces');
  if (key.length <= longestId) return key;
  throw new ConfigurationError(`\`replaces\` must have ${longestId} characters at most.`);
}

/** The value, unless it says nothing. */
function given<T>(value: T): NonNullable<T> | undefined {
  return value === null || value === undefined || value === '' ? undefined : value;
}
