import type { UnconfirmedError } from '../errors';
import type { Clock, StoredMessage } from '../ports';
import type { Confirmation } from '../support/confirmable';
import { RecentIds } from '../support/recent-ids';
import { Stopwatch } from '../support/stopwatch';
import type { Acknowledgement, Stop, SubscriptionState } from '../types';
import { unconfirmedError } from './errors';
import { OutboxExpiry } from './expiry';

/** What became of a confirmation of one of our messages. */
export type ConfirmationFate = 'confirmations' | 'duplicateConfirmations' | 'lateConfirmations';

/** How far a message is. */
export type Reached = Omit<Acknowledgement, 'id' | 'acceptedAt' | 'attempts' | 'latency'>;

/** What waiting for receivers takes. */
export interface AcknowledgementsParts {
  readonly clock: Clock;
  /** Keeps the channel subscribed: confirmations come on it. */
  readonly hold: (channel: string) => Stop;
  /** How that is; undefined for a channel of an earlier page, which this one does not know. */
  readonly stateOf: (channel: string) => SubscriptionState | undefined;
  /** Told of each confirmation of a message of ours. */
  readonly onConfirmation: (fate: ConfirmationFate) => void;
}

interface Wait {
  readonly channel: string;
  /** Who has confirmed; somebody may be quicker than the server's answer to us. */
  receivers: Set<string> | undefined;
  readonly release: Stop;
  /** When it is given up, by the stopwatch; undefined until the message was accepted or written. */
  deadline: number | undefined;
  /** Undefined until the message was accepted or written. */
  end: ((receivers: number) => void) | undefined;
  wanted: number;
}

/** We look at the clock so often, in milliseconds: timers stand still while the machine sleeps, and what is waited for may be long over. */
const nap = 5_000;

/** Waits until receivers have confirmed what the server took. */
export class Acknowledgements {
  readonly #parts: AcknowledgementsParts;
  readonly #waits = new Map<string, Wait>();
  readonly #own = new RecentIds();
  readonly #watch: Stopwatch;
  /** One timer for all waits. */
  readonly #expiry: OutboxExpiry;

  constructor(parts: AcknowledgementsParts) {
    this.#parts = parts;
    const { clock } = parts;
    // By the clock on the wall, or by the timers where they are further: not every platform's own count goes on in a machine that sleeps.
    this.#watch = new Stopwatch({ now: () => clock.now(), after: (ms, wake) => clock.after(ms, wake) });
    this.#expiry = new OutboxExpiry(this.#watch, (now) => this.#expire(now), nap);
  }

  /** Whether confirmations on the channel would not reach us yet: what asks for them waits for that. */
  isDeaf(channel: string): boolean {
    const state = this.#parts.stateOf(channel);
    // Who may publish on a channel and not listen to it gets the message out, and no proof; one of an earlier page nobody holds.
    return state !== undefined && state !== 'subscribed' && state !== 'refused';
  }

  /** Whether the message is one of ours. */
  isOwn(id: string): boolean {
    return this.#own.has(id) || this.#waits.has(id);
  }

  /** The message will be published for us, by whomever: we are not one of its receivers. */
  claim(id: string): void {
    this.#own.add(id);
  }

  /** A message that wants to be confirmed waits to be published: from now on confirmations count. */
  expect({ id, channel }: StoredMessage): void {
    this.claim(id);
    this.forget(id);
    this.#waits.set(id, {
      channel,
      receivers: undefined,
      release: this.#parts.hold(channel),
      deadline: undefined,
      end: undefined,
      wanted: 0,
    });
  }

  /**
   * The message was accepted or written. `end` gets what `acknowledge` makes of it once enough receivers have confirmed it, or an
   * `UnconfirmedError` when too few did in time.
   */
  await(
    message: StoredMessage,
    acknowledge: (how: Reached) => Acknowledgement,
    end: (end: Acknowledgement | UnconfirmedError) => void,
  ): void {
    const { id, delivery } = message;
    const wait = this.#waits.get(id);
    if (wait === undefined || delivery?.accepted === undefined) return;
    const { at: acceptedAt, level, eventId } = delivery.accepted;
    const acceptance = eventId === undefined ? { level } : { level, eventId };
    wait.wanted = delivery.receivers;
    wait.end = (receivers) => {
      if (receivers >= delivery.receivers) {
        end(acknowledge({ ...acceptance, level: 'delivered', receivers }));
        return;
      }
      const known = { ...acknowledge(acceptance), acceptedAt };
      end(unconfirmedError(message, delivery, receivers, known));
    };
    wait.deadline = this.#watch.elapsed() + delivery.timeout;
    if ((wait.receivers?.size ?? 0) >= wait.wanted) this.#end(id, wait);
    else this.#expiry.include(wait.deadline);
  }

  /** Nobody waits for the message any more. */
  forget(id: string): void {
    const wait = this.#waits.get(id);
    if (wait === undefined) return;
    this.#waits.delete(id);
    if (this.#waits.size === 0) this.#expiry.stop();
    wait.release();
  }

  /** Somebody says that messages on this channel have arrived. `sender` is who says so, as far as the server tells. */
  confirm(channel: string, { ids, receiver }: Confirmation, sender: string): void {
    const who = `${sender}:${receiver}`;
    for (const id of ids) {
      const wait = this.#waits.get(id);
      if (wait !== undefined && wait.channel === channel) this.#count(id, wait, who);
      else if (wait === undefined && this.#own.has(id)) this.#parts.onConfirmation('lateConfirmations');
    }
  }

  /** Lets go of everything; nobody is told. */
  destroy(): void {
    for (const id of [...this.#waits.keys()]) this.forget(id);
  }

  #count(id: string, wait: Wait, who: string): void {
    wait.receivers ??= new Set();
    if (wait.receivers.has(who)) {
      this.#parts.onConfirmation('duplicateConfirmations');
      return;
    }
    wait.receivers.add(who);
    this.#parts.onConfirmation('confirmations');
    if (wait.end !== undefined && wait.receivers.size >= wait.wanted) this.#end(id, wait);
  }

  /** Ends the waits that took too long; returns when the next one will have. */
  #expire(now: number): number | undefined {
    let next: number | undefined;
    for (const [id, wait] of [...this.#waits]) {
      const { deadline } = wait;
      if (deadline === undefined) continue;
      if (deadline <= now) this.#end(id, wait);
      else next = Math.min(next ?? deadline, deadline);
    }
    return next;
  }

  #end(id: string, wait: Wait): void {
    this.forget(id);
    wait.end?.(wait.receivers?.size ?? 0);
  }
}
