import { isProtocolEvent } from '../contract/event-name';
import { ConfigurationError } from '../errors';
import {
  milliseconds,
  neededFunction,
  object,
  optionalFunction,
  platform,
  text,
  unknownOption,
} from '../support/given';

/** What servers say about a channel by events of their own, by the names that pusher-js gives them. */
const protocolEvents =
  'pusher:subscription_succeeded, pusher:subscription_error, pusher:subscription_count, pusher:member_added, pusher:member_removed, pusher:cache_miss';

/** Throws a `ConfigurationError` for a call of `on` that cannot be meant. */
export function checkListening(event: unknown, listener: unknown, options: unknown): void {
  const name = text(event, 'event', 'the name of an event (onAny hears them all)');
  neededFunction(listener, `on("${name}", (payload) => { … })`);
  if (isProtocolEvent(name) && !protocolEvents.split(', ').includes(name)) {
    throw new ConfigurationError(`"${name}" never comes; a server sends: ${protocolEvents}.`);
  }
  const given: { readonly filter?: unknown } = object(options ?? {}, 'on(event, listener, { filter })');
  optionalFunction(given.filter, 'filter');
  const unknown = unknownOption(given, 'on', 'filter');
  if (unknown !== undefined) throw unknown;
}

/** Throws a `ConfigurationError` for a wait of `call` that cannot end. */
export function checkWait(
  call: string,
  { timeout, signal }: { readonly timeout?: unknown; readonly signal?: unknown },
): void {
  if (timeout !== Number.POSITIVE_INFINITY) milliseconds(timeout, `timeout of ${call}()`, 0, true);
  platform(signal, `signal of ${call}()`, ['addEventListener']);
}
