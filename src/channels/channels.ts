import type { ChannelDefinitions } from '../contract/define';
import { resolveChannel } from '../contract/resolution';
import { ConfigurationError, type RealtimeError } from '../errors';
import type { Recorder } from '../figures';
import type { Clock, DeliveryHooks, PublishingChannels } from '../ports';
import type { Guard } from '../slots';
import type { Life } from '../support/life';
import type { Transport, TransportSignal } from '../transport-port';
import type { Acknowledgement, Gap, PublishOptions, RealtimeMessage } from '../types';
import { type ChannelContext, ChannelStream } from './channel';
import type { FetchMissed } from './gaps';
import type { Inbound } from './inbound';

/** What the channels of a client work with. */
export interface ChannelsOptions {
  readonly definitions: ChannelDefinitions | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly transport: Transport;
  /** Ends with the client. */
  readonly life: Life;
  readonly recorder: Pick<Recorder, 'received' | 'held' | 'released' | 'count'> | undefined;
  /** Lets in who asks for channels that are not public; undefined when the application passed nothing that could. */
  readonly guard: Guard | undefined;
  /** Where a message's id is when the frame has none: a function of the application's, which may answer anything. */
  readonly messageId: ((data: unknown, event: string, channel: string) => unknown) | undefined;
  /** Fetches what was missed in a gap; undefined when nobody can. */
  readonly recover: FetchMissed | undefined;
  readonly publish: (
    channel: ChannelStream,
    event: string,
    payload: unknown,
    options?: PublishOptions,
  ) => Promise<Acknowledgement>;
  /** Told when a channel is held: somebody wants a connection. */
  readonly wanted: () => void;
  /** Told of each message after its listeners, `pusher:` events aside. */
  readonly delivered: (message: RealtimeMessage) => void;
  readonly gapped: (gap: Gap) => void;
  /** Told of each change of a channel's subscription. */
  readonly changed: (channel: ChannelStream) => void;
  /** Told of a message of an encrypted channel that does not open with any key there is. */
  readonly unopened: (channel: string) => void;
  readonly report: (error: RealtimeError) => void;
  /** Gets what a function of the application's threw. */
  readonly reportThrown: (cause: unknown, where: string) => void;
}

/** A channel that nobody holds. */
type Idle = Pick<WeakRef<ChannelStream>, 'deref'>;

/** Wrong calls are told once each, and not more than so many of them. */
const mostAdvice = 100;

/** One object per channel name while anybody has it; those that are held get what comes in. */
export class Channels implements PublishingChannels {
  readonly #options: ChannelsOptions;
  readonly #context: ChannelContext;
  #inbound: Inbound | undefined;
  readonly #held = new Map<string, ChannelStream>();
  /** The objects that somebody may still have: bindings compare them by identity. */
  readonly #idle = new Map<string, Idle>();
  /** At that size of `#idle` it is looked through for those that nobody has any more. */
  #sweepAt = 1_000;
  readonly #advice = new Set<string>();

  constructor(options: ChannelsOptions) {
    const { recorder, gapped } = options;
    this.#options = options;
    this.#context = {
      ...options,
      stale: new Map(),
      socketId: undefined,
      delivery: undefined,
      converse: undefined,
      identify: undefined,
      repeated: () => recorder?.count('duplicates'),
      gapped: (gap) => {
        recorder?.count('gaps');
        gapped(gap);
      },
      held: (channel) => this.#keep(channel),
      released: (channel) => this.#drop(channel),
      advise: (sentence, channel) => this.#advise(sentence, channel),
    };
  }

  /** The channel of that name, or of that pattern and parameters. Throws a `ConfigurationError` when there can be none. */
  get(nameOrPattern: string, params?: Readonly<Record<string, string | number>>): ChannelStream {
    const resolved = resolveChannel(this.#options.definitions, nameOrPattern, params);
    const { name } = resolved;
    const known = this.#held.get(name) ?? this.#idle.get(name)?.deref();
    if (known === undefined) {
      const made = new ChannelStream(resolved, this.#context);
      this.#remember(made);
      return made;
    }
    // Without definitions only the pattern tells the parameters, and the name may have been asked for before.
    if (resolved.pattern !== undefined) known.resolved = resolved;
    return known;
  }

  /** Whether somebody listens to the channel or holds it. */
  isFollowed(name: string): boolean {
    return this.#held.has(name);
  }

  confirmWith(delivery: DeliveryHooks): void {
    this.#context.delivery = delivery;
  }

  /** Whether a refusal that says only that a signature is wrong may be about a channel. */
  get awaitsSignature(): boolean {
    return this.#options.guard?.refusals.awaitsSignature === true;
  }

  /** A connection is wanted for the first time: the code for what comes in is there. */
  begin(inbound: typeof Inbound): void {
    this.#inbound = new inbound(this.#options, this.#context, this.#held);
  }

  /** The part of the client's inbound switch that concerns channels. `lastSeen` is when the server was last heard. */
  receive(signal: TransportSignal, lastSeen: number): void {
    this.#inbound?.receive(signal, lastSeen);
  }

  /** Asks again for what was refused: the token changed, or somebody called `connect()`. */
  retryRefused(): void {
    for (const { subscription } of [...this.#held.values()]) subscription.conversation?.retryRefused();
  }

  /** Lets go of everything at once, without telling the server. */
  destroy(): void {
    this.#inbound?.forgetConnection(undefined);
    const held = [...this.#held.values()];
    for (const { subscription } of held) subscription.end();
    for (const { subscription } of held) subscription.tell();
    this.#held.clear();
    this.#idle.clear();
  }

  #keep(channel: ChannelStream): void {
    if (this.#held.has(channel.name)) return;
    this.#idle.delete(channel.name);
    this.#held.set(channel.name, channel);
    this.#options.recorder?.held(channel.name);
  }

  #drop(channel: ChannelStream): void {
    this.#held.delete(channel.name);
    this.#remember(channel);
    this.#options.recorder?.released(channel.name);
  }

  /** Keeps the object findable for as long as anybody has it; where there are no weak references, for as long as the client lives. */
  #remember(channel: ChannelStream): void {
    const idle = typeof WeakRef === 'function' ? new WeakRef(channel) : { deref: () => channel };
    this.#idle.set(channel.name, idle);
    if (this.#idle.size < this.#sweepAt) return;
    for (const [name, each] of this.#idle) if (each.deref() === undefined) this.#idle.delete(name);
    this.#sweepAt = Math.max(1_000, 2 * this.#idle.size);
  }

  #advise(sentence: string, channel: string): void {
    if (this.#advice.has(sentence) || this.#advice.size >= mostAdvice) return;
    this.#advice.add(sentence);
    this.#options.report(new ConfigurationError(sentence, { channel }));
  }
}
