import { type RealtimeError, SubscriptionError } from '../errors';
import type { Clock, Transport, TransportSignal } from '../ports';
import { backoff } from '../support/backoff';
import type { Stop } from '../types';
import { createHolding, type HeldChannel, type Holding } from './holding';
import { type RefusedChannel, Unanswered } from './unanswered';

/** How long the server keeps a channel for us after its last holder has gone: a remount or a route change costs nothing. */
const linger = 1_000;
/** A subscription without an answer for so long is asked for again. */
const answerTimeout = 10_000;
const curve = { base: 1_000, cap: 30_000 };
/** With more channels than this, a reconnect spreads its authorizations: all clients of a server come back together. */
const spreadAbove = 10;
const spread = 2_000;

/** What subscriptions work with. */
export interface SubscriptionsParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  /** Many authorizations go into one request: a reconnect spreads them over time together, not one by one. */
  readonly batches: boolean;
  /** Gets each refusal, and the first of a row of failures. */
  readonly report: (error: RealtimeError) => void;
  /** Told after the last holder of a channel has gone and the channel was let go. */
  readonly released: (channel: string) => void;
}

/** Who holds which channel; makes the server's list equal to ours. */
export class Subscriptions {
  readonly #parts: SubscriptionsParts;
  readonly #holdings = new Map<string, Holding>();
  readonly #unanswered: Unanswered;
  #open = false;
  #openedBefore = false;

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts;
    this.#unanswered = new Unanswered(parts.clock, 2 * answerTimeout);
  }

  /** Keeps `channel` subscribed until the returned stop is called, and a second longer. */
  hold(channel: HeldChannel): Stop {
    const held = this.#holdings.get(channel.name) ?? createHolding(channel);
    this.#holdings.set(channel.name, held);
    held.holders += 1;
    held.stopLinger();
    if (held.wire === 'none') {
      if (channel.subscription.get().state === 'unsubscribed')
        channel.subscription.set({ state: 'subscribing' });
      // A status listener may have let go of everything meanwhile.
      if (this.#open && held.wire === 'none' && this.#isHeld(held)) this.#ask(held);
    }
    let live = true;
    return () => {
      if (!live) return;
      live = false;
      held.holders -= 1;
      if (held.holders === 0 && this.#isHeld(held)) {
        held.stopLinger = this.#parts.clock.after(linger, () => this.#letGo(held));
      }
    };
  }

  /** Whether a refusal that says only that a signature is wrong may be about a channel. */
  get awaitsSignature(): boolean {
    return this.#unanswered.guarded;
  }

  /** The application is asked about `channel`, which has its own deadline: the server's time to answer has not begun. */
  authorizing(channel: string): void {
    const holding = this.#holdings.get(channel);
    if (holding?.wire !== 'asked') return;
    holding.stopTimer();
    this.#unanswered.withdrawn(channel);
  }

  /** The application said yes to `channel`; now the server is asked. */
  authorized(channel: string): void {
    const holding = this.#holdings.get(channel);
    if (holding?.wire === 'asked') this.#awaitAnswer(holding);
  }

  /** The part of the client's inbound switch that concerns subscriptions. */
  receive(signal: TransportSignal): void {
    switch (signal.type) {
      case 'opened': {
        this.#open = true;
        this.#reset();
        const back = this.#openedBefore;
        this.#openedBefore = true;
        this.#askAll(back);
        return;
      }
      case 'closed':
        this.#open = false;
        this.#reset();
        for (const { channel, wire } of this.#holdings.values()) {
          if (wire !== 'refused') channel.subscription.set({ state: 'subscribing' });
        }
        return;
      case 'subscribed': {
        const holding = this.#holdings.get(signal.channel);
        const late = this.#unanswered.isOverdue(signal.channel);
        const refused = this.#unanswered.answered(signal.channel);
        if (holding === undefined) this.#parts.transport.unsubscribe(signal.channel);
        else {
          // A late yes is true for now: asking again ended it, and the server's last word is still to come.
          if (!late || holding.wire !== 'asked') {
            holding.stopTimer();
            holding.wire = 'confirmed';
            holding.failures = 0;
          }
          holding.channel.subscription.set({ state: 'subscribed' });
        }
        this.#refuse(refused);
        return;
      }
      case 'subscription-refused': {
        const refused = this.#unanswered.answered(signal.channel);
        const holding = this.#holdings.get(signal.channel);
        if (holding !== undefined) {
          holding.mentioned = false;
          this.#failed(holding, signal.error);
        }
        this.#refuse(refused);
        return;
      }
      case 'server-error':
        // Some servers do not name the channel that they refuse.
        if (signal.code === 4009 || signal.code === 4300) {
          this.#refuse(this.#unanswered.refused({ code: signal.code, message: signal.message }));
        }
    }
  }

  /** Asks again for what was refused: the token changed, or somebody called `connect()`. */
  retryRefused(): void {
    for (const holding of this.#holdings.values()) {
      if (holding.wire !== 'refused') continue;
      holding.wire = 'none';
      holding.channel.subscription.set({ state: 'subscribing' });
      if (this.#open && holding.wire === 'none' && this.#isHeld(holding)) this.#ask(holding);
    }
  }

  /** Lets go of everything at once, without telling the server. */
  destroy(): void {
    this.#open = false;
    this.#reset();
    const holdings = [...this.#holdings.values()];
    // First, so that whoever lets go while it hears of the end starts no timer.
    this.#holdings.clear();
    for (const { channel, stopLinger } of holdings) {
      stopLinger();
      channel.subscription.set({ state: 'unsubscribed' });
    }
  }

  #isHeld(holding: Holding): boolean {
    return this.#holdings.get(holding.channel.name) === holding;
  }

  /** Forgets what the server knew; what it refused it would refuse again. */
  #reset(): void {
    this.#unanswered.clear();
    for (const holding of this.#holdings.values()) {
      holding.stopTimer();
      holding.mentioned = false;
      if (holding.wire !== 'refused') holding.wire = 'none';
      holding.failures = 0;
    }
  }

  #askAll(back: boolean): void {
    const wanted = [...this.#holdings.values()].filter(({ wire }) => wire === 'none');
    const { random, batches } = this.#parts;
    const together = batches ? random() : undefined;
    const spreads = back && wanted.filter(({ guarded }) => guarded).length > spreadAbove;
    for (const holding of wanted) {
      // Confirmations and listeners may have changed the list while we go through it.
      if (holding.wire !== 'none' || !this.#isHeld(holding)) continue;
      if (spreads && holding.guarded) this.#askLater(holding, Math.round((together ?? random()) * spread));
      else this.#ask(holding);
    }
  }

  #askLater(holding: Holding, wait: number): void {
    holding.wire = 'waiting';
    holding.stopTimer();
    holding.stopTimer = this.#parts.clock.after(wait, () => this.#ask(holding));
  }

  #ask(holding: Holding): void {
    holding.wire = 'asked';
    holding.mentioned = true;
    this.#awaitAnswer(holding);
    this.#parts.transport.subscribe(holding.channel.name);
  }

  #awaitAnswer(holding: Holding): void {
    const { name } = holding.channel;
    this.#unanswered.asked(name, holding.guarded);
    holding.stopTimer();
    holding.stopTimer = this.#parts.clock.after(answerTimeout, () => {
      this.#unanswered.givenUp(name);
      const message = `The server did not answer the subscription to "${name}" within 10 s; asking again`;
      this.#failed(holding, new SubscriptionError(message, { channel: name, retryable: true }));
    });
  }

  #failed(holding: Holding, error: SubscriptionError): void {
    if (holding.wire === 'refused') return;
    const { random, report, transport } = this.#parts;
    const { name, subscription } = holding.channel;
    if (error.retryable) {
      const spaced = this.#unanswered.unclearFor + backoff(holding.failures, curve, random);
      const wait = Math.max(error.retryAfter ?? 0, spaced);
      holding.failures += 1;
      this.#askLater(holding, wait);
      subscription.set({ state: 'subscribing', error });
      if (holding.failures === 1) report(error);
      return;
    }
    holding.stopTimer();
    holding.wire = 'refused';
    if (holding.mentioned) transport.unsubscribe(name);
    holding.mentioned = false;
    subscription.set({ state: 'refused', error });
    report(error);
  }

  #refuse(refused: readonly RefusedChannel[]): void {
    for (const { channel, code, message } of refused) {
      const holding = this.#holdings.get(channel);
      if (holding === undefined) continue;
      const error = `The server refused "${channel}": ${message}`;
      this.#failed(holding, new SubscriptionError(error, { channel, status: code }));
    }
  }

  #letGo(holding: Holding): void {
    const { name, subscription } = holding.channel;
    if (holding.holders > 0 || !this.#isHeld(holding)) return;
    this.#holdings.delete(name);
    holding.stopTimer();
    holding.wire = 'none';
    this.#unanswered.givenUp(name);
    if (holding.mentioned) this.#parts.transport.unsubscribe(name);
    subscription.set({ state: 'unsubscribed' });
    if (!this.#holdings.has(name)) this.#parts.released(name);
  }
}
