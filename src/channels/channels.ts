import { resolveChannel } from '../contract/resolution';
import type { DeliveryHooks, PublishingChannels } from '../ports';
import type { TransportSignal } from '../transport-port';
import { ChannelStream } from './channel';
import type { ChannelContext, ChannelsOptions } from './channel-context';
import type { FetchMissed } from './gaps';
import type { Inbound } from './inbound';

/** A channel that nobody holds. */
type Idle = Pick<WeakRef<ChannelStream>, 'deref'>;

/** One object per channel name while anybody has it; those that are held get what comes in. */
export class Channels implements PublishingChannels {
  readonly #context: ChannelContext;
  #inbound: Inbound | undefined;
  readonly #held = new Map<string, ChannelStream>();
  /** The objects that somebody may still have: bindings compare them by identity. */
  readonly #idle = new Map<string, Idle>();
  /** At that size of `#idle` it is looked through for those that nobody has any more. */
  #sweepAt = 1_000;

  constructor(options: ChannelsOptions) {
    this.#context = {
      ...options,
      stale: new Map(),
      socketId: undefined,
      recover: undefined,
      delivery: undefined,
      converse: undefined,
      held: (channel) => this.#keep(channel),
      released: (channel) => this.#drop(channel),
    };
  }

  /** The channel of that name, or of that pattern and parameters. Throws a `ConfigurationError` when there can be none. */
  get(nameOrPattern: string, params?: Readonly<Record<string, string | number>>): ChannelStream {
    const resolved = resolveChannel(this.#context.definitions, nameOrPattern, params);
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

  confirmWith(delivery: DeliveryHooks): void {
    this.#context.delivery = delivery;
  }

  /** Whether a refusal that says only that a signature is wrong may be about a channel. */
  get awaitsSignature(): boolean {
    return this.#context.guard?.refusals.awaitsSignature === true;
  }

  /** A connection is wanted for the first time: the code for what comes in is there, and what fetches what was missed in a gap. */
  begin(inbound: typeof Inbound, recover: FetchMissed | undefined): void {
    this.#context.recover = recover;
    this.#inbound = new inbound(this.#context, this.#held);
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
    this.#context.recorder?.held(channel.name);
  }

  #drop(channel: ChannelStream): void {
    this.#held.delete(channel.name);
    this.#remember(channel);
    this.#context.recorder?.released(channel.name);
  }

  /** Keeps the object findable for as long as anybody has it; where there are no weak references, for as long as the client lives. */
  #remember(channel: ChannelStream): void {
    const idle = typeof WeakRef === 'function' ? new WeakRef(channel) : { deref: () => channel };
    this.#idle.set(channel.name, idle);
    if (this.#idle.size < this.#sweepAt) return;
    for (const [name, each] of this.#idle) if (each.deref() === undefined) this.#idle.delete(name);
    this.#sweepAt = Math.max(1_000, 2 * this.#idle.size);
  }
}
