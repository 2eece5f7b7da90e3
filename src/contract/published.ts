import { ConfigurationError } from '../errors';
import { isClientEvent, isProtocolEvent, longestEventName } from './event-name';
import type { ResolvedChannel } from './resolution';

/**
 * Throws when `event` cannot be published on the channel (`ConfigurationError`) or the payload does not fit its schema
 * (`ValidationError`). The payload goes out as it is: the schema's output is for receivers.
 */
export function checkPublished(
  { name, kind, contract }: ResolvedChannel,
  event: string,
  payload: unknown,
): void {
  const place = { channel: name, event };
  if (typeof event !== 'string' || event === '' || event.length > longestEventName) {
    throw new ConfigurationError(
      `An event published on "${name}" needs a name of 1 to ${longestEventName} characters.`,
      { channel: name },
    );
  }
  if (isProtocolEvent(event)) {
    throw new ConfigurationError(
      `"${event}" cannot be published: the server keeps that prefix to itself.`,
      place,
    );
  }
  if (isClientEvent(event) && (kind === 'public' || kind === 'encrypted')) {
    throw new ConfigurationError(
      `"${event}" cannot be published on "${name}": client events need a private or presence channel, and this one is ${kind}.`,
      place,
    );
  }
  if (contract.events !== undefined && !contract.events.has(event)) {
    throw new ConfigurationError(
      `"${name}" has no event "${event}"; it has: ${[...contract.events].join(', ') || 'none'}.`,
      place,
    );
  }
  contract.check?.(payload, place);
}
