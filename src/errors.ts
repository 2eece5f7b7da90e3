import type { Acknowledgement } from './types';

/** A word for each thing that can go wrong, stable across versions: compare codes, not messages. */
export type RealtimeErrorCode =
  | 'configuration'
  | 'missing-feature'
  | 'connection'
  | 'authentication'
  | 'subscription'
  | 'publish'
  | 'payload-too-large'
  | 'rate-limit'
  | 'message-expired'
  | 'unconfirmed'
  | 'outbox-full'
  | 'validation'
  | 'storage'
  | 'timeout'
  | 'aborted'
  | 'recovery'
  | 'listener';

/** What an error knows beyond its message. */
export interface RealtimeErrorDetails {
  /** The channel it happened on. */
  readonly channel?: string | undefined;
  /** The event it happened to. */
  readonly event?: string | undefined;
  /** Whether the same call may succeed later without a change. Default: false. */
  readonly retryable?: boolean | undefined;
  /** The HTTP status or the Pusher close code behind it. */
  readonly status?: number | undefined;
  /** The server's wish, in milliseconds from now, when it named one (`Retry-After`). */
  readonly retryAfter?: number | undefined;
  /** The original error. */
  readonly cause?: unknown;
}

/** Details that an error has where they are known, and not otherwise. */
const places = ['channel', 'event', 'status', 'retryAfter'] as const;

// Registered, so that an error made by the CommonJS build is recognised by the ESM build.
const brand = Symbol.for('surewire.error');

/** Every error that surewire throws or reports; its message says what to do. */
export class RealtimeError extends Error {
  /** The class's name, also after minification. */
  override readonly name: string = 'RealtimeError';
  /** What went wrong, in one stable word. */
  readonly code: RealtimeErrorCode;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
  /** The channel it happened on, when there is one. */
  declare readonly channel?: string;
  /** The event it happened to, when there is one. */
  declare readonly event?: string;
  /** The HTTP status or Pusher close code behind it, when there is one. */
  declare readonly status?: number;
  /** How long the server asked us to wait, in milliseconds, when it did. */
  declare readonly retryAfter?: number;

  constructor(code: RealtimeErrorCode, message: string, details: RealtimeErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    Object.defineProperty(this, brand, { value: true });
    this.code = code;
    this.retryable = details.retryable ?? false;
    for (const name of places)
      if (details[name] !== undefined) Object.assign(this, { [name]: details[name] });
  }

  /** The address of the page that says what to do about this `code`. */
  get help(): string {
    return `https://surewire.github.io/surewire/documents/Errors.html#${this.code}`;
  }
}

/** The connection failed for good, or could not be opened in time; `status` holds Pusher's close code. */
export class ConnectionError extends RealtimeError {
  override readonly name: string = 'ConnectionError';
  constructor(message: string, details?: RealtimeErrorDetails) {
    super('connection', message, details);
  }
}

/** Who we are was not accepted. Thrown by a token source it means: stop, asking again is pointless. */
export class AuthenticationError extends RealtimeError {
  override readonly name: string = 'AuthenticationError';
  constructor(message: string, details?: RealtimeErrorDetails) {
    super('authentication', message, details);
  }
}

/** A channel could not be subscribed; `retryable` false means that the server said no. */
export class SubscriptionError extends RealtimeError {
  override readonly name: string = 'SubscriptionError';
  constructor(message: string, details?: RealtimeErrorDetails) {
    super('subscription', message, details);
  }
}

/** A message was refused; `retryable` says whether the outbox may offer it again. */
export class PublishError extends RealtimeError {
  override readonly name: string = 'PublishError';
  constructor(message: string, details?: RealtimeErrorDetails) {
    super('publish', message, details);
  }
}

/** A payload has more UTF-8 bytes than the server takes; nothing was queued. */
export class PayloadTooLargeError extends RealtimeError {
  override readonly name: string = 'PayloadTooLargeError';
  /** The payload's size in UTF-8 bytes. */
  readonly bytes: number;
  /** The most that is allowed, in UTF-8 bytes. */
  readonly limit: number;
  constructor(bytes: number, limit: number, details?: RealtimeErrorDetails) {
    super(
      'payload-too-large',
      `The payload of "${details?.event}" on "${details?.channel}" has ${bytes} bytes; the limit is ${limit}. Send a reference, or split it.`,
      details,
    );
    this.bytes = bytes;
    this.limit = limit;
  }
}

/** The server asked us to slow down; `retryAfter` says for how long when it named a time. */
export class RateLimitError extends RealtimeError {
  override readonly name: string = 'RateLimitError';
  constructor(message: string, details?: RealtimeErrorDetails) {
    super('rate-limit', message, { retryable: true, ...details });
  }
}

/** A message waited in the outbox past its `expiresIn` and was given up. */
export class MessageExpiredError extends RealtimeError {
  override readonly name: string = 'MessageExpiredError';
  constructor(message: string, details?: RealtimeErrorDetails) {
    super('message-expired', message, details);
  }
}

/**
 * A message was accepted or written, but not confirmed by as many receivers as were asked for, in time. It may have arrived: what
 * is missing is the proof. It is not published again by itself.
 */
export class UnconfirmedError extends RealtimeError {
  override readonly name: string = 'UnconfirmedError';
  /** What is known instead: the id, and the level `accepted` or `written`. */
  readonly acknowledgement: Acknowledgement;
  /** How many receivers confirmed it. */
  readonly receivers: number;
  constructor(
    message: string,
    known: { readonly acknowledgement: Acknowledgement; readonly receivers: number },
    details?: RealtimeErrorDetails,
  ) {
    super('unconfirmed', message, details);
    this.acknowledgement = known.acknowledgement;
    this.receivers = known.receivers;
  }
}

/** The outbox holds as many messages or bytes as it may; the new message was not taken. */
export class OutboxFullError extends RealtimeError {
  override readonly name: string = 'OutboxFullError';
  constructor(message: string, details?: RealtimeErrorDetails) {
    super('outbox-full', message, { retryable: true, ...details });
  }
}

/** One thing that is wrong in a payload. */
export interface ValidationIssue {
  /** Where: `['users', 0, 'name']`; empty for the payload itself. */
  readonly path: readonly PropertyKey[];
  /** What the schema says about it. */
  readonly message: string;
}

/** A payload does not fit its schema; `issues` names the paths. The payload itself is not in the error. */
export class ValidationError extends RealtimeError {
  override readonly name: string = 'ValidationError';
  /** What is wrong, with its path: the first hundred places. */
  readonly issues: readonly ValidationIssue[];
  constructor(message: string, issues: readonly ValidationIssue[], details?: RealtimeErrorDetails) {
    super('validation', message, details);
    this.issues = issues;
  }
}

/**
 * surewire was told something that cannot work; fix the code or the environment. Never retryable. With code `missing-feature` the
 * message names the import and the option that are missing.
 */
export class ConfigurationError extends RealtimeError {
  override readonly name: string = 'ConfigurationError';
  constructor(
    message: string,
    details: RealtimeErrorDetails & { readonly code?: 'configuration' | 'missing-feature' } = {},
  ) {
    super(details.code ?? 'configuration', message, details);
  }
}

/**
 * Whether `value` is an error of surewire, also one that another copy or module format of the library made
 * (`instanceof` says no to those).
 */
export function isRealtimeError(value: unknown): value is RealtimeError {
  try {
    return typeof value === 'object' && value !== null && brand in value;
  } catch {
    // What an application throws may be anything, also a proxy that answers nobody any more.
    return false;
  }
}
