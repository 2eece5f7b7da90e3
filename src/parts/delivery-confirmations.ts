import { Acknowledgements, type AcknowledgementsParts } from '../outbox/acknowledgements';
import { Confirmations } from '../outbox/confirmations';
import { checkLength, type Payload, type PayloadPlace } from '../outbox/payload';
import type { PeerPublisher } from '../outbox/peer-publisher';
import { SpareEvents } from '../outbox/spare-events';
import type { DeliveryHooks, PublishingChannel, PublishingChannels } from '../ports';
import { askToConfirm, type Confirmation, requestLength } from '../support/confirmable';
import { createMessageId } from '../support/message-id';
import type { Reports } from '../support/reports';
import type { TransportSignal } from '../transport-port';
import type { SubscriptionState } from '../types';

/** What `deliveryConfirmations()` makes. */
export interface DeliveryConfirmationsValue {
  /** Which slot it is for. */
  readonly slot: 'confirm';
  /** @internal */
  open(parts: ReceiptsParts): Receipts;
}

interface ReceiptsParts extends AcknowledgementsParts {
  readonly peer: PeerPublisher;
  readonly channels: PublishingChannels;
  readonly reports: Reports;
}

/**
 * Proof of delivery, both ends: `acknowledge: 'delivered'` waits for receivers, and this client tells senders who ask that one of
 * its listeners got their message, by the client event `client-ack`. For `publishing({ confirm })`.
 */
export function deliveryConfirmations(): DeliveryConfirmationsValue {
  return { slot: 'confirm', open: (parts) => new Receipts(parts) };
}

/** @internal What one client asks of receivers, and tells senders. */
export class Receipts implements DeliveryHooks {
  readonly #reports: Reports;
  readonly #spare: SpareEvents;
  readonly #confirmations: Confirmations;
  /** The waits for receivers. */
  readonly acknowledgements: Acknowledgements;

  constructor({ clock, peer, channels, hold, stateOf, onConfirmation, reports }: ReceiptsParts) {
    this.#reports = reports;
    this.#spare = new SpareEvents(peer, clock);
    let receiver: string | undefined;
    const acknowledgements = new Acknowledgements({ clock, hold, stateOf, onConfirmation });
    this.acknowledgements = acknowledgements;
    this.#confirmations = new Confirmations({
      clock,
      receiver: () => {
        receiver ??= createMessageId().slice(0, 8);
        return receiver;
      },
      isOwn: (id) => acknowledgements.isOwn(id),
      isSubscribed: (channel) => channels.get(channel).subscription.get().state === 'subscribed',
      whenSpare: (take) => this.#spare.add(take),
    });
  }

  /** The payload with the request to confirm it. Throws a `ValidationError` when it has no room for that. */
  ask({ data, bytes }: Payload, place: PayloadPlace & { readonly id: string }): Payload {
    const asking = { data: askToConfirm(data, place), bytes: bytes + requestLength(bytes, place.id) };
    checkLength(asking.bytes, place);
    this.acknowledgements.claim(place.id);
    return asking;
  }

  heard(channel: PublishingChannel, id: string): void {
    this.#confirmations.heard(channel, id);
  }

  repeated(channel: PublishingChannel, id: string): void {
    this.#confirmations.repeated(channel, id);
  }

  confirmed(channel: string, confirmation: Confirmation, sender: string): void {
    this.acknowledgements.confirm(channel, confirmation, sender);
  }

  subscription(channel: string, state: SubscriptionState): void {
    this.#confirmations.subscription(channel, state);
  }

  /** Whether it is a word to a sender that the server takes no more of: the application knows nothing of that. */
  takesBlame({ kind, message }: Extract<TransportSignal, { readonly type: 'server-error' }>): boolean {
    if (!this.#spare.areToBlame) return false;
    if (kind === 'event-rejected') this.#confirmations.silence();
    this.#reports.log('warn', `The server takes no confirmation of messages from us: ${message}`);
    return true;
  }

  renew(): void {
    this.#confirmations.renew();
  }

  destroy(): void {
    this.#confirmations.destroy();
  }
}
