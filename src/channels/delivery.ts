import { anyEvent, isProtocolEvent } from '../contract/event-name';
import type { RealtimeError } from '../errors';
import type { MemberChange } from '../slots';
import type { Gap, Member, RealtimeMessage } from '../types';
import type { ChannelStream } from './channel';
import type { ChannelContext } from './channel-context';
import type { ContinuousChannel } from './gaps';

type DeliveryContext = Pick<ChannelContext, 'clock' | 'recorder' | 'reports' | 'delivery'>;

/** Brings what comes in on one channel to its listeners. */
export class Delivery implements ContinuousChannel {
  readonly #channel: ChannelStream;
  readonly #context: DeliveryContext;

  constructor(channel: ChannelStream, context: DeliveryContext) {
    this.#channel = channel;
    this.#context = context;
  }

  get name(): string {
    return this.#channel.name;
  }

  /** Brings a message to its listeners; a payload that does not fit its schema is reported instead. */
  deliver(received: RealtimeMessage, asked: string | undefined): void {
    const { event } = received;
    const channel = this.#channel;
    const { reports, delivery } = this.#context;
    const message = channel.resolved.contract.check === undefined ? received : this.#fitting(received);
    if (message === undefined) return;
    const heard = channel.listeners?.emit(event, message.data, message) === true;
    if (isProtocolEvent(event)) return;
    const heardToo = channel.listeners?.emit(anyEvent, message.data, message) === true;
    if (asked !== undefined && (heard || heardToo)) delivery?.heard(channel, asked);
    reports.emitter.emit('message', message);
  }

  repeated(asked: string | undefined): void {
    this.#context.recorder?.count('duplicates');
    if (asked !== undefined) this.#context.delivery?.repeated(this.#channel, asked);
  }

  gapped(gap: Gap): void {
    const { recorder, reports } = this.#context;
    recorder?.count('gaps');
    reports.log('info', `"${this.name}" may have missed messages of ${gap.to - gap.from} ms`);
    reports.emitter.emit('gap', gap);
  }

  /** The server says who is there, `me` among them. */
  present(members: readonly Member[], me: string | undefined, now: number): void {
    this.#say(this.#channel.attendance.subscribed(members, me), now);
  }

  memberAdded(member: Member, now: number): void {
    this.#say(this.#channel.attendance.added(member), now);
  }

  memberRemoved({ id }: Member, now: number): void {
    this.#say(this.#channel.attendance.removed(id), now);
  }

  /** Tells what other libraries tell by events: that it is subscribed, or why it is not. */
  announce(error: RealtimeError | undefined): void {
    const event = error === undefined ? 'pusher:subscription_succeeded' : 'pusher:subscription_error';
    const channel = this.#channel;
    if (channel.listeners?.has(event) !== true) return;
    // Asked for only where there are any: who asks makes what keeps them.
    const data = error ?? (channel.kind === 'presence' ? channel.members.get() : {});
    this.deliver({ channel: this.name, event, data, receivedAt: this.#context.clock.now() }, undefined);
  }

  /** Members came or went: says so to the listeners of `pusher:member_added` and `pusher:member_removed`. */
  #say(changes: readonly MemberChange[], receivedAt: number): void {
    for (const { event, member } of changes) {
      this.deliver({ channel: this.name, event, data: member, receivedAt }, undefined);
    }
  }

  #fitting(received: RealtimeMessage): RealtimeMessage | undefined {
    const { event } = received;
    const { name: channel, resolved } = this.#channel;
    try {
      const data = resolved.contract.check?.(received.data, { channel, event });
      return data === received.data ? received : { ...received, data };
    } catch (error) {
      // A check throws nothing else.
      this.#context.reports.error(error as RealtimeError);
      return undefined;
    }
  }
}
