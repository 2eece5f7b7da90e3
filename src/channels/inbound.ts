import type { RefusedChannel, UnnamedRefusal } from '../slots';
import type { TransportSignal } from '../transport-port';
import type { ChannelStream } from './channel';
import type { ChannelContext } from './channel-context';
import { Conversation } from './conversation';
import { Delivery } from './delivery';

type Refusal = Extract<TransportSignal, { readonly type: 'subscription-refused' }>;
type ServerError = Extract<TransportSignal, { readonly type: 'server-error' }>;

/** Brings what comes in to the channel that it is for. */
export class Inbound {
  readonly #context: ChannelContext;
  readonly #delivery: Delivery;
  /** Those that somebody holds, by name. */
  readonly #held: ReadonlyMap<string, ChannelStream>;

  constructor(context: ChannelContext, held: ReadonlyMap<string, ChannelStream>) {
    this.#context = context;
    this.#held = held;
    const delivery = new Delivery(context);
    this.#delivery = delivery;
    context.converse = (subscription) => new Conversation(subscription, context, delivery);
  }

  /** The part of the client's inbound switch that concerns channels. `lastSeen` is when the server was last heard. */
  receive(signal: TransportSignal, lastSeen: number): void {
    switch (signal.type) {
      case 'message':
        this.#context.recorder?.received(signal.channel, signal.bytes, lastSeen);
        this.#about(signal.channel)?.receive(signal, lastSeen);
        return;
      case 'member-added':
      case 'member-removed': {
        const { type, member } = signal;
        const channel = this.#held.get(signal.channel);
        if (channel?.subscription.isSubscribed !== true) return;
        const { attendance } = channel;
        const changes = type === 'member-added' ? attendance.added(member) : attendance.removed(member.id);
        this.#delivery.attended(channel, changes, lastSeen);
        return;
      }
      case 'subscribed': {
        const { channel, members } = signal;
        const refusals = this.#context.guard?.refusals;
        const late = refusals?.isOverdue(channel) === true;
        const refused = refusals?.answered(channel);
        this.#wasStale(channel);
        this.#about(channel)?.subscribed(members, late, lastSeen);
        this.#refuse(refused, lastSeen);
        return;
      }
      case 'subscription-refused':
        this.#rejected(signal, lastSeen);
        return;
      case 'server-error':
        this.#serverError(signal, lastSeen);
        return;
      case 'opened':
        this.forgetConnection(signal.socketId);
        this.#askAll();
        return;
      case 'closed': {
        this.forgetConnection(undefined);
        const held = [...this.#held.values()];
        for (const { subscription } of held) subscription.conversation?.lost(lastSeen);
        for (const { subscription } of held) subscription.tell();
      }
    }
  }

  #about(channel: string): Conversation | undefined {
    return this.#held.get(channel)?.subscription.conversation;
  }

  #rejected(refusal: Refusal, now: number): void {
    const { channel } = refusal;
    const refused = this.#context.guard?.refusals.answered(channel);
    if (!this.#wasStale(channel)) this.#about(channel)?.rejected(refusal, now);
    this.#refuse(refused, now);
  }

  /** Some servers do not name the channel that they refuse, or name it in their words. */
  #serverError({ kind, code, message, channel }: ServerError, now: number): void {
    const status = code ?? undefined;
    if (channel !== undefined) {
      if (this.#about(channel)?.isAsked !== true) return;
      this.#rejected({ type: 'subscription-refused', channel, code: status, message, retryable: false }, now);
    } else if (kind === 'signature-refused' || kind === 'subscription-refused') {
      const refusal = { code: status, message, aboutSignature: kind === 'signature-refused' };
      this.#refuse(this.#meant(refusal), now);
    }
  }

  /** The connection is another one, or none: what was owed on the last one is not owed any more. */
  forgetConnection(socketId: string | undefined): void {
    this.#context.guard?.refusals.clear();
    this.#context.stale.clear();
    this.#context.socketId = socketId;
  }

  #askAll(): void {
    const wanting = [...this.#held.values()].filter(
      ({ subscription: { conversation } }) => conversation?.isWanting !== false,
    );
    const wait = this.#context.guard?.spread(wanting.filter(({ kind }) => kind !== 'public').length);
    for (const { kind, subscription } of wanting) subscription.want(kind === 'public' ? 0 : wait?.());
  }

  /** Whom a refusal without a name is about. */
  #meant(refusal: UnnamedRefusal): readonly RefusedChannel[] {
    const { guard } = this.#context;
    if (guard !== undefined) return guard.refusals.refused(refusal);
    // Nobody else is blamed: the others are asked for again when their time is up.
    const asked = [...this.#held.values()].filter(({ subscription }) => subscription.conversation?.isAsked);
    return asked.length > 1 || refusal.aboutSignature
      ? []
      : asked.map(({ name }) => ({ ...refusal, channel: name }));
  }

  #refuse(refused: readonly RefusedChannel[] | undefined, now: number): void {
    for (const each of refused ?? []) this.#about(each.channel)?.refused(each, now);
  }

  /** Whether the answer that just came belongs to somebody who let go before it came. */
  #wasStale(channel: string): boolean {
    const { stale } = this.#context;
    const owed = stale.get(channel) ?? 0;
    if (owed > 1) stale.set(channel, owed - 1);
    else stale.delete(channel);
    return owed > 0;
  }
}
