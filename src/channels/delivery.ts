import { anyEvent, isProtocolEvent } from '../contract/event-name';
import type { RealtimeError } from '../errors';
import type { MemberChange } from '../slots';
import type { Gap, RealtimeMessage } from '../types';
import type { ChannelStream } from './channel';
import type { ChannelContext } from './channel-context';
import type { Outlet } from './gaps';

type DeliveryContext = Pick<ChannelContext, 'clock' | 'recorder' | 'reports' | 'delivery'>;

/** Brings what comes in on a channel to its listeners: one for all channels of a client. */
export class Delivery implements Outlet<ChannelStream> {
  readonly #context: DeliveryContext;

  constructor(context: DeliveryContext) {
    this.#context = context;
  }

  /** Brings a message to its listeners; a payload that does not fit its schema is reported instead. */
  deliver(channel: ChannelStream, received: RealtimeMessage, asked: string | undefined): void {
    const { event } = received;
    const { reports, delivery } = this.#context;
    const message =
      channel.resolved.contract.check === undefined ? received : this.#fitting(channel, received);
    if (message === undefined) return;
    const heard = channel.listeners?.emit(event, message.data, message) === true;
    if (isProtocolEvent(event)) return;
    const heardToo = channel.listeners?.emit(anyEvent, message.data, message) === true;
    if (asked !== undefined && (heard || heardToo)) delivery?.heard(channel, asked);
    reports.emitter.emit('message', message);
  }

  repeated(channel: ChannelStream, asked: string | undefined): void {
    this.#context.recorder?.count('duplicates');
    if (asked !== undefined) this.#context.delivery?.repeated(channel, asked);
  }

  gapped(gap: Gap): void {
    const { recorder, reports } = this.#context;
    recorder?.count('gaps');
    reports.log('info', `"${gap.channel}" may have missed messages of ${gap.to - gap.from} ms`);
    reports.emitter.emit('gap', gap);
  }

  /** Tells what other libraries tell by events: that it is subscribed, or why it is not. */
  announce(channel: ChannelStream, error: RealtimeError | undefined): void {
    const event = error === undefined ? 'pusher:subscription_succeeded' : 'pusher:subscription_error';
    if (channel.listeners?.has(event) !== true) return;
    // Asked for only where there are any: who asks makes what keeps them.
    const data = error ?? (channel.kind === 'presence' ? channel.members.get() : {});
    const receivedAt = this.#context.clock.now();
    this.deliver(channel, { channel: channel.name, event, data, receivedAt }, undefined);
  }

  /** Members came or went: says so to the listeners of `pusher:member_added` and `pusher:member_removed`. */
  attended(channel: ChannelStream, changes: readonly MemberChange[], receivedAt: number): void {
    for (const { event, member } of changes) {
      this.deliver(channel, { channel: channel.name, event, data: member, receivedAt }, undefined);
    }
  }

  #fitting(
    { name: channel, resolved }: ChannelStream,
    received: RealtimeMessage,
  ): RealtimeMessage | undefined {
    const { event } = received;
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
