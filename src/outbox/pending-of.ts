import { selectFrom } from '../support/derived-store';
import { needed, text } from '../support/given';
import type { Channel, ChannelShape, PendingMessage, ReadableStore } from '../types';

/** What `pendingOf` needs of a client: every `RealtimeClient` has it. */
export interface PendingClient {
  /** Where messages wait. */
  readonly outbox: { readonly pending: ReadableStore<readonly PendingMessage[]> };
}

/**
 * What is on its way on a channel under one event, oldest first, each with its payload, including what an earlier page or another
 * component has published. It changes only when these messages do.
 */
export function pendingOf<Shape extends ChannelShape, Event extends keyof Shape['publishes'] & string>(
  client: PendingClient,
  channel: Channel<Shape>,
  event: Event,
): ReadableStore<readonly PendingMessage<Shape['publishes'][Event]>[]> {
  needed(channel, 'channel', ['publish']);
  text(event, 'the event of pendingOf(client, channel, event)');
  return selectFrom(
    needed(client?.outbox?.pending, 'client.outbox.pending', ['get', 'subscribe']),
    (pending) =>
      // The contract says what is published under this event; an earlier version of the page may have thought otherwise.
      pending.filter((message) => message.channel === channel.name && message.event === event) as never,
  );
}
