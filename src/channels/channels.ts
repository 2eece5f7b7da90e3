import type { ChannelDefinitions } from '../contract/define';
import { resolveChannel } from '../contract/resolution';
import type { RealtimeError } from '../errors';
import type { Clock, DeliveryHooks, PublishingChannels, Recorder, TransportSignal } from '../ports';
import { readConfirmation, receiversAnswer } from '../support/confirmable';
import type { Life } from '../support/life';
import type { Gap, RealtimeMessage, RecoveredMessage, Stop } from '../types';
import { type ChannelParts, ChannelStream } from './channel';
import { Continuity } from './gaps';
import type { MemberChange, Presence } from './presence';
import type { Subscriptions } from './subscriptions';

/** What the channels of a client work with. */
export interface ChannelsParts {
  readonly definitions: ChannelDefinitions | undefined;
  readonly clock: Clock;
  readonly subscriptions: Subscriptions;
  readonly recorder: Recorder | undefined;
  /** Ends with the client. */
  readonly life: Life;
  /** Where a message's id is when the frame has none. */
  readonly identify: ((data: unknown, event: string, channel: string) => string | undefined) | undefined;
  /** Fetches what was missed in a gap; undefined when nobody can. */
  readonly recover: ((gap: Gap, signal: AbortSignal) => Promise<readonly RecoveredMessage[]>) | undefined;
  readonly publish: ChannelParts['publish'];
  /** Told when a channel is held: somebody wants a connection. */
  readonly onHold: () => void;
  /** Told of each message that listeners got, `pusher:` events aside. */
  readonly onMessage: (message: RealtimeMessage) => void;
  readonly onGap: (gap: Gap) => void;
  /** Told of each change of a channel's subscription. */
  readonly onSubscription: (channel: ChannelStream) => void;
  readonly report: (error: RealtimeError) => void;
  /** Gets what a function of the application's threw. */
  readonly reportThrown: (cause: unknown, where: string) => void;
}

interface HeldStream {
  readonly stream: ChannelStream;
  readonly continuity: Continuity;
}

/** One object per channel name while anybody has it; those that are held get what comes in. */
export class Channels implements PublishingChannels {
  #delivery: DeliveryHooks | undefined;
  readonly #parts: ChannelsParts;
  /** Every channel object that somebody may still have: bindings compare them by identity. */
  readonly #known = new Map<string, WeakRef<ChannelStream>>();
  readonly #forgotten = new FinalizationRegistry<string>((name) => {
    if (this.#known.get(name)?.deref() === undefined) this.#known.delete(name);
  });
  readonly #held = new Map<string, HeldStream>();

  constructor(parts: ChannelsParts) {
    this.#parts = parts;
  }

  /** The channel of that name, or of that pattern and parameters. Throws a `ConfigurationError` when there can be none. */
  get(nameOrPattern: string, params?: Readonly<Record<string, string | number>>): ChannelStream {
    const { definitions, clock, life, publish, report, onSubscription } = this.#parts;
    const resolved = resolveChannel(definitions, nameOrPattern, params);
    const known = this.#known.get(resolved.name)?.deref();
    if (known !== undefined) {
      // Without definitions only the pattern tells the parameters, and the name may have been asked for before.
      if (resolved.pattern !== undefined) known.resolved = resolved;
      return known;
    }
    const hold = (channel: ChannelStream): Stop => this.#hold(channel);
    const stream = new ChannelStream(resolved, { clock, life, hold, publish, report });
    stream.subscription.subscribe(() => onSubscription(stream));
    this.#known.set(stream.name, new WeakRef(stream));
    this.#forgotten.register(stream, stream.name);
    return stream;
  }

  /** The part of the client's inbound switch that concerns single channels. `lastSeen` is when the server was last heard. */
  receive(signal: TransportSignal, lastSeen: number): void {
    const { subscriptions, recorder } = this.#parts;
    switch (signal.type) {
      case 'message': {
        const { channel, event, data, userId } = signal;
        recorder?.received(channel, signal.bytes, lastSeen);
        const held = this.#held.get(channel);
        if (held === undefined) return;
        const confirmation = readConfirmation(event, data);
        if (confirmation !== undefined) {
          this.#delivery?.confirmed(channel, confirmation, `${event}:${userId ?? ''}`);
          // Talk between clients; what a backend says concerns the application, too.
          if (event === receiversAnswer) return;
        }
        const id = signal.id ?? this.#idIn(channel, event, data);
        held.continuity.receive({ channel, event, data, id, userId, receivedAt: lastSeen });
        return;
      }
      case 'closed':
        for (const { stream, continuity } of this.#held.values()) {
          if (stream.subscription.get().state === 'subscribed') continuity.lost(lastSeen);
        }
        return;
      case 'subscription-refused': {
        const held = this.#held.get(signal.channel);
        // One that was live and is not any more, alone: what comes until it is back is missed.
        if (held?.stream.subscription.get().state === 'subscribed') held.continuity.lost(lastSeen);
        subscriptions.receive(signal);
        return;
      }
      case 'subscribed': {
        const { channel, members, me } = signal;
        // Before the status: who hears that the channel is subscribed finds its members there.
        if (members !== undefined) {
          this.#membersChanged(channel, lastSeen, (presence) => presence.subscribed(members, me));
        }
        subscriptions.receive(signal);
        this.#held.get(channel)?.continuity.subscribed();
        return;
      }
      case 'member-added':
        this.#membersChanged(signal.channel, lastSeen, (presence) => presence.added(signal.member));
        return;
      case 'member-removed':
        this.#membersChanged(signal.channel, lastSeen, (presence) => presence.removed(signal.member.id));
    }
  }

  confirmWith(confirmations: DeliveryHooks): void {
    this.#delivery = confirmations;
  }

  /** The subscription has ended: nothing is delivered any more. */
  released(name: string): void {
    const held = this.#held.get(name);
    this.#held.delete(name);
    held?.continuity.end();
    this.#parts.recorder?.released(name);
  }

  /** Forgets every channel. */
  destroy(): void {
    for (const { stream, continuity } of this.#held.values()) {
      continuity.end();
      stream.end();
    }
    this.#held.clear();
    this.#known.clear();
  }

  #hold(stream: ChannelStream): Stop {
    const { life, subscriptions, onHold } = this.#parts;
    if (life.ended) return () => {};
    if (!this.#held.has(stream.name)) {
      this.#held.set(stream.name, { stream, continuity: this.#continuityOf(stream) });
      this.#parts.recorder?.held(stream.name);
    }
    const release = subscriptions.hold(stream);
    onHold();
    return release;
  }

  #continuityOf(stream: ChannelStream): Continuity {
    const { clock, recover, report, recorder, onGap, onMessage } = this.#parts;
    return new Continuity({
      channel: stream.name,
      clock,
      recover,
      report,
      deliver: (received, asked) => {
        const onHeard = asked === undefined ? undefined : () => this.#delivery?.heard(stream, asked);
        const message = stream.deliver(received, onHeard);
        if (message !== undefined) onMessage(message);
      },
      onGap: (gap) => {
        recorder?.count('gaps');
        onGap(gap);
      },
      onDuplicate: (asked) => {
        recorder?.count('duplicates');
        if (asked !== undefined) this.#delivery?.repeated(stream, asked);
      },
    });
  }

  #membersChanged(
    channel: string,
    now: number,
    change: (presence: Presence) => readonly MemberChange[],
  ): void {
    const stream = this.#held.get(channel)?.stream;
    stream?.tell(change(stream.presence), now);
  }

  #idIn(channel: string, event: string, data: unknown): string | undefined {
    try {
      return this.#parts.identify?.(data, event, channel);
    } catch (cause) {
      this.#parts.reportThrown(cause, 'messageId');
      return undefined;
    }
  }
}
