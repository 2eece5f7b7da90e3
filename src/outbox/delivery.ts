import type { RealtimeError } from '../errors';
import type { Acceptance, StoredMessage } from '../ports';
import type { PublishOptions } from '../types';
import { deliveryError } from './errors';
import type { OutgoingMessage } from './settings';

const defaultTimeout = 10_000;

/** What a message waits for after it was accepted; undefined for most, which do not. */
export function wantedDelivery({
  acknowledge,
  receivers = 1,
  timeout = defaultTimeout,
}: PublishOptions): StoredMessage['delivery'] {
  return acknowledge === 'delivered' ? { receivers, timeout } : undefined;
}

/** Why the options of a message cannot be waited for; undefined when they can. */
export function deliveryRefusal(
  message: OutgoingMessage,
  options: PublishOptions,
): RealtimeError | undefined {
  const { receivers, timeout } = wantedDelivery(options) ?? { receivers: 1, timeout: 1 };
  if (!Number.isSafeInteger(receivers) || receivers < 1) {
    return deliveryError(message, `\`receivers\` is a whole number from 1, and this one is ${receivers}`);
  }
  if (!Number.isFinite(timeout) || timeout <= 0) {
    return deliveryError(
      message,
      `\`timeout\` is a positive number of milliseconds, and this one is ${timeout}`,
    );
  }
  return undefined;
}

/** The message as one that was accepted and waits for receivers. A newer one cannot take its place any more. */
export function acceptedMessage(
  { replaces: _, ...message }: StoredMessage,
  delivery: NonNullable<StoredMessage['delivery']>,
  accepted: Acceptance & { readonly at: number },
): StoredMessage {
  return { ...message, delivery: { ...delivery, accepted } };
}

/** The message as one that was not accepted yet. */
export function unacceptedMessage({ delivery, ...message }: StoredMessage): StoredMessage {
  if (!delivery) return message;
  const { receivers, timeout } = delivery;
  return { ...message, delivery: { receivers, timeout } };
}
