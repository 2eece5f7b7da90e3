import { type RealtimeError, SubscriptionError } from '../errors';
import type { Clock, Transport, TransportSignal } from '../ports';
import { backoff } from '../support/backoff';
import type { Store } from '../support/store';
import type { Stop, SubscriptionStatus } from '../types';

/** How long the server keeps a channel for us after its last holder has gone: a remount or a route change costs nothing. */
const linger = 1_000;
/** A subscription without an answer for so long is asked for again. */
const answerTimeout = 10_000;
const curve = { base: 1_000, cap: 30_000 };
/** So many channels that need authorization may be asked for at a time, not to flood the application's endpoint. */
const authorizationsAtOnce = 6;
/** With more channels than this, a reconnect spreads its authorizations: all clients of a server come back together. */
const spreadAbove = 10;
const spread = 2_000;

/** What is held: a name, and where to write how it fares. */
export interface HeldChannel {
  readonly name: string;
  readonly subscription: Store<SubscriptionStatus>;
}

/** What subscriptions work with. */
export interface SubscriptionsParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  /** Gets each refusal, and the first of a row of failures. */
  readonly report: (error: RealtimeError) => void;
  /** Told after the last holder of a channel has gone and the channel was let go. */
  readonly released: (channel: string) => void;
}

/** A channel somebody holds or held a moment ago. */
interface Holding {
  readonly channel: HeldChannel;
  readonly guarded: boolean;
  holders: number;
  /** Where the server is with it, as far as we know. */
  wire: 'none' | 'waiting' | 'asked' | 'confirmed' | 'refused';
  failures: number;
  stopTimer: Stop;
  stopLinger: Stop;
}

const nothing: Stop = () => {};

/** Who holds which channel; makes the server's list equal to ours. */
export class Subscriptions {
  readonly #parts: SubscriptionsParts;
  readonly #holdings = new Map<string, Holding>();
  /** Guarded channels that wait for one of the `authorizationsAtOnce` places, oldest first. */
  readonly #queue = new Set<Holding>();
  #asked = 0;
  #open = false;
  #openedBefore = false;

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts;
  }

  /** Whether anybody holds anything. */
  get size(): number {
    return this.#holdings.size;
  }

  /** Keeps `channel` subscribed until the returned stop is called, and a second longer. */
  hold(channel: HeldChannel): Stop {
    let holding = this.#holdings.get(channel.name);
    if (holding === undefined) {
      const guarded = /^(?:private|presence)-/.test(channel.name);
      holding = {
        channel,
        guarded,
        holders: 0,
        wire: 'none',
        failures: 0,
        stopTimer: nothing,
        stopLinger: nothing,
      };
      this.#holdings.set(channel.name, holding);
    }
    const held = holding;
    held.holders += 1;
    held.stopLinger();
    if (held.wire === 'none') {
      channel.subscription.set({ state: 'subscribing' });
      // A status listener may have let go of everything meanwhile.
      if (this.#open && held.wire === 'none' && this.#holdings.get(channel.name) === held)
        this.#enqueue(held);
    }
    let live = true;
    return () => {
      if (!live) return;
      live = false;
      held.holders -= 1;
      if (held.holders === 0) held.stopLinger = this.#parts.clock.after(linger, () => this.#letGo(held));
    };
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
        if (holding === undefined) return;
        this.#answered(holding, 'confirmed');
        holding.failures = 0;
        holding.channel.subscription.set({ state: 'subscribed' });
        return;
      }
      case 'subscription-refused': {
        const holding = this.#holdings.get(signal.channel);
        if (holding !== undefined) this.#failed(holding, signal.error);
        return;
      }
      case 'server-error':
        this.#blame(signal.code, signal.message);
    }
  }

  /** Asks again for what was refused: the token changed, or somebody called `connect()`. */
  retryRefused(): void {
    for (const holding of this.#holdings.values()) {
      if (holding.wire !== 'refused') continue;
      holding.wire = 'none';
      holding.channel.subscription.set({ state: 'subscribing' });
      if (this.#open && holding.wire === 'none') this.#enqueue(holding);
    }
  }

  /** Lets go of everything at once, without telling the server. */
  destroy(): void {
    this.#open = false;
    this.#reset();
    for (const { channel, stopLinger } of this.#holdings.values()) {
      stopLinger();
      channel.subscription.set({ state: 'unsubscribed' });
    }
    this.#holdings.clear();
  }

  /** Forgets what the server knew; what it refused it would refuse again. */
  #reset(): void {
    this.#queue.clear();
    this.#asked = 0;
    for (const holding of this.#holdings.values()) {
      holding.stopTimer();
      if (holding.wire !== 'refused') holding.wire = 'none';
      holding.failures = 0;
    }
  }

  #askAll(back: boolean): void {
    const wanted = [...this.#holdings.values()].filter(({ wire }) => wire === 'none');
    const guarded = wanted.filter(({ guarded }) => guarded);
    const spreads = back && guarded.length > spreadAbove;
    for (const holding of wanted) {
      // Confirmations and listeners may have changed the list while we go through it.
      if (holding.wire !== 'none' || this.#holdings.get(holding.channel.name) !== holding) continue;
      if (spreads && holding.guarded) this.#askLater(holding, Math.round(this.#parts.random() * spread));
      else this.#enqueue(holding);
    }
  }

  #askLater(holding: Holding, wait: number): void {
    holding.wire = 'waiting';
    holding.stopTimer();
    holding.stopTimer = this.#parts.clock.after(wait, () => this.#enqueue(holding));
  }

  #enqueue(holding: Holding): void {
    holding.wire = 'waiting';
    if (!holding.guarded) this.#ask(holding);
    else {
      this.#queue.add(holding);
      this.#pump();
    }
  }

  #pump(): void {
    for (const holding of this.#queue) {
      if (this.#asked >= authorizationsAtOnce) return;
      this.#queue.delete(holding);
      this.#ask(holding);
    }
  }

  #ask(holding: Holding): void {
    const { clock, transport } = this.#parts;
    const { name } = holding.channel;
    holding.wire = 'asked';
    if (holding.guarded) this.#asked += 1;
    holding.stopTimer = clock.after(answerTimeout, () => {
      const message = `The server did not answer the subscription to "${name}" within 10 s; asking again`;
      this.#failed(holding, new SubscriptionError(message, { channel: name, retryable: true }));
    });
    transport.subscribe(name);
  }

  #answered(holding: Holding, wire: Holding['wire']): void {
    if (holding.wire === 'asked' && holding.guarded) this.#asked -= 1;
    holding.wire = wire;
    holding.stopTimer();
    this.#queue.delete(holding);
    this.#pump();
  }

  #failed(holding: Holding, error: SubscriptionError): void {
    if (holding.wire === 'refused') return;
    const { random, report, transport } = this.#parts;
    if (!error.retryable) {
      this.#answered(holding, 'refused');
      transport.unsubscribe(holding.channel.name);
      holding.channel.subscription.set({ state: 'refused', error });
      report(error);
      return;
    }
    this.#answered(holding, 'waiting');
    const wait = Math.max(error.retryAfter ?? 0, backoff(holding.failures, curve, random));
    holding.failures += 1;
    this.#askLater(holding, wait);
    holding.channel.subscription.set({ state: 'subscribing', error });
    if (holding.failures === 1) report(error);
  }

  /**
   * Some servers refuse a subscription without naming the channel. Where only one is unanswered it is the one; where
   * there are several, the timeout asks again for those that stay without an answer.
   */
  #blame(code: number | null, message: string): void {
    if (code !== 4009 && code !== 4300) return;
    const unanswered = [...this.#holdings.values()].filter(({ wire }) => wire === 'asked');
    const [holding] = unanswered;
    if (holding === undefined || unanswered.length > 1) return;
    const { name } = holding.channel;
    this.#failed(
      holding,
      new SubscriptionError(`The server refused "${name}": ${message}`, { channel: name, status: code }),
    );
  }

  #letGo(holding: Holding): void {
    const { name, subscription } = holding.channel;
    if (holding.holders > 0 || this.#holdings.get(name) !== holding) return;
    const known = holding.wire === 'asked' || holding.wire === 'confirmed';
    this.#holdings.delete(name);
    this.#answered(holding, 'none');
    if (known) this.#parts.transport.unsubscribe(name);
    subscription.set({ state: 'unsubscribed' });
    if (!this.#holdings.has(name)) this.#parts.released(name);
  }
}
