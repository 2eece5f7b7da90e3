import { ConfigurationError } from '../errors';
import type { StoredMessage } from '../ports';
import type { PublishOptions } from '../types';
import type { OutgoingMessage } from './surroundings';

/** How long receivers have to confirm a message, in milliseconds, when nobody says otherwise. */
const confirmationTimeout = 10_000;
/** The latest time that a date can name. */
const endOfTime = 8.64e15;
/** Ids travel in a header (`Idempotency-Key`), and are looked for in frames of others. */
const idPattern = /^[\x21-\x7e]{1,64}$/;

const known: Readonly<Record<keyof PublishOptions, true>> = {
  id: true,
  route: true,
  acknowledge: true,
  timeout: true,
  receivers: true,
  expiresIn: true,
  replaces: true,
  waitForChannel: true,
  keepRejected: true,
  signal: true,
};

/** The options of one message, checked. */
export interface CheckedOptions {
  readonly none: boolean;
  readonly signal: AbortSignal | undefined;
  /** When it is given up, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** What is stored with the message. */
  readonly stored: Pick<StoredMessage, 'replaces' | 'delivery' | 'immediate' | 'unkept'>;
}

/**
 * The one door: what passes can be stored, and read by a later page and by another tab. Throws a `ConfigurationError` for what
 * cannot. What says nothing (`undefined`, `null`, an empty text) is absent.
 */
export function checkPublishOptions(
  message: OutgoingMessage,
  options: PublishOptions,
  { now, expiresIn: usual }: { readonly now: number; readonly expiresIn: number },
): CheckedOptions {
  const { channel, event } = message;
  const refuse = (what: string): never => {
    throw new ConfigurationError(`"${event}" on "${channel}" was not published: ${what}`, { channel, event });
  };
  const { acknowledge, replaces, signal, expiresIn, timeout, receivers, waitForChannel, keepRejected } = options;
  const id = message.id ?? options.id;
  if (isGiven(id) && !(typeof id === 'string' && idPattern.test(id)))
    refuse('`id` must be 1 to 64 printable ASCII characters without spaces.');
  if (isGiven(acknowledge) && !['none', 'accepted', 'delivered'].includes(acknowledge))
    refuse(`\`acknowledge\` must be "none", "accepted" or "delivered"; got ${shown(acknowledge)}.`);
  if (isGiven(expiresIn) && !(typeof expiresIn === 'number' && expiresIn > 0))
    refuse(`\`expiresIn\` must be a positive number of milliseconds; got ${shown(expiresIn)}.`);
  if (isGiven(replaces) && typeof replaces !== 'string')
    refuse(`\`replaces\` must be a text; got ${shown(replaces)}.`);
  if (isGiven(signal) && !isSignal(signal))
    refuse('`signal` must be an AbortSignal: pass `controller.signal`.');
  for (const [name, value] of Object.entries({ waitForChannel, keepRejected })) {
    if (isGiven(value) && typeof value !== 'boolean')
      refuse(`\`${name}\` must be true or false; got ${shown(value)}.`);
  }
  const delivery = {
    receivers: isGiven(receivers) ? receivers : 1,
    timeout: isGiven(timeout) ? timeout : confirmationTimeout,
  };
  if (!(Number.isSafeInteger(delivery.receivers) && delivery.receivers >= 1))
    refuse(`\`receivers\` must be a positive integer; got ${shown(receivers)}.`);
  if (!(Number.isFinite(delivery.timeout) && delivery.timeout > 0))
    refuse(`\`timeout\` must be a positive number of milliseconds; got ${shown(timeout)}.`);
  return {
    none: acknowledge === 'none',
    signal: isGiven(signal) ? signal : undefined,
    expiresAt: Math.min(endOfTime, now + (isGiven(expiresIn) ? expiresIn : usual)),
    stored: {
      ...(isGiven(replaces) ? { replaces } : undefined),
      ...(acknowledge === 'delivered' ? { delivery } : undefined),
      ...(waitForChannel === false ? { immediate: true } : undefined),
      ...(keepRejected === false ? { unkept: true } : undefined),
    },
  };
}

/** The first name among the options that nobody reads, as callers without types write them. */
export function unreadPublishOption(options: object): string | undefined {
  for (const name in options) if (!Object.hasOwn(known, name)) return name;
  return undefined;
}

/** Whether the value says anything. */
function isGiven<T>(value: T | undefined | null): value is T {
  return value !== undefined && value !== null && value !== '';
}

function isSignal(value: unknown): boolean {
  const { addEventListener, aborted } = value as Partial<AbortSignal>;
  return typeof addEventListener === 'function' && typeof aborted === 'boolean';
}

/** The value as a message may show it. */
function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value);
}
