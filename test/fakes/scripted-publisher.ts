import { PublishError } from '../../src/errors';
import type { Acceptance, OutboundMessage, Publisher } from '../../src/ports';
import { type Deferred, deferred } from '../../src/support/deferred';

/** An offer that the test has not answered yet. */
export interface Offer {
  readonly message: OutboundMessage;
  readonly signal: AbortSignal;
  readonly answer: Deferred<Acceptance>;
}

/** A publisher whose answers a test gives by hand, or by a rule. */
export class ScriptedPublisher implements Publisher {
  /** Everything that was offered, oldest first. */
  readonly offers: Offer[] = [];
  /** Answers by itself; without it, offers stay open until the test answers them. */
  rule: ((message: OutboundMessage, signal: AbortSignal) => Promise<Acceptance>) | undefined;

  publish(message: OutboundMessage, signal: AbortSignal): Promise<Acceptance> {
    const offer: Offer = { message, signal, answer: deferred() };
    this.offers.push(offer);
    return this.rule ? this.rule(message, signal) : offer.answer.promise;
  }

  /** The payloads that were offered, oldest first. */
  get payloads(): readonly unknown[] {
    return this.offers.map(({ message }) => message.data);
  }

  /** The offer made last. */
  get last(): Offer {
    const offer = this.offers.at(-1);
    if (!offer) throw new Error('nothing was offered');
    return offer;
  }
}

/** A rule: takes everything. */
export async function accept(): Promise<Acceptance> {
  return { level: 'accepted' };
}

/** A failure after which the same message is offered again, `retryAfter` milliseconds later where that is given. */
export function retryable(retryAfter?: number): PublishError {
  return new PublishError('try again', { retryable: true, status: 503, retryAfter });
}

/** The server's no. */
export function refused(): PublishError {
  return new PublishError('no', { status: 403 });
}
