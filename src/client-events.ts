import { ConfigurationError, type RealtimeError } from './errors';
import type { Acknowledgement, DeprecationNotice, Gap, PendingMessage, RealtimeMessage } from './types';

/** A line for people who look for a fault. No tokens, no payloads, no queries of addresses. */
export interface LogEntry {
  /** How loud it is. */
  readonly level: 'debug' | 'info' | 'warn';
  /** What happened. */
  readonly message: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

/** What happens in a client, with what its listeners get. */
export interface RealtimeClientEvents {
  /** A message came in, on any channel; `pusher:` events aside. */
  message: readonly [message: RealtimeMessage];
  /** Something went wrong: a dial, a refused channel, a listener that threw, a payload that does not fit. What a promise tells as well is told here, too, but for publishing: see `rejected`. */
  error: readonly [error: RealtimeError];
  /** A published message has its acknowledgement, also one from before a reload. */
  acknowledged: readonly [acknowledgement: Acknowledgement, message: PendingMessage];
  /** A published message ended otherwise: refused, unconfirmed, withdrawn, discarded. One that was too old is told by `expired` alone. */
  rejected: readonly [error: RealtimeError, message: PendingMessage];
  /** A published message was given up because it waited longer than its `expiresIn`. */
  expired: readonly [error: RealtimeError, message: PendingMessage];
  /** Messages of a channel may have been missed: it is back after it was lost. Told before a recovery fills it. */
  gap: readonly [gap: Gap];
  /** One of the application's endpoints says that it will go away; once an endpoint. */
  deprecation: readonly [notice: DeprecationNotice];
  /** A line for people who look for a fault. Costs nothing while nobody listens. */
  log: readonly [entry: LogEntry];
}

const clientEvents = 'message error acknowledged rejected expired gap deprecation log';

/** Throws a `ConfigurationError` for what is no event of a client. */
export function checkClientEvent(event: unknown): void {
  if (typeof event === 'string' && clientEvents.split(' ').includes(event)) return;
  throw new ConfigurationError(
    `A client has no event "${String(event)}"; it has: ${clientEvents}. A channel's are client.channel(name).on(event, …).`,
  );
}
