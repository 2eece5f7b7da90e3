import { ConfigurationError, type RealtimeError, SubscriptionError } from '../errors';
import type { MessageOpener } from '../ports';
import type { Guard } from '../slots';
import { backoff } from '../support/backoff';
import { askedToConfirm, readConfirmation, receiversAnswer } from '../support/confirmable';
import { idIn } from '../support/json';
import type { MessageSignal, SubscriptionProof, TransportSignal } from '../transport-port';
import type { Member, Stop } from '../types';
import type { ChannelStream } from './channel';
import { answerTimeout, type ChannelContext } from './channel-context';
import type { Delivery } from './delivery';
import { Continuity } from './gaps';
import type { Subscription } from './subscription';

const curve = { base: 1_000, cap: 30_000 };

type Refusal = Extract<TransportSignal, { readonly type: 'subscription-refused' }>;

/**
 * What is said about one held channel over connections: authorized, asked for, live, lost. Begins with the first connection.
 *
 * Where it is on this connection: `none`: nothing was done. `waiting`: to ask again. `authorizing`: the application is asked.
 * `asked`: the server is. `live`: it said yes. `refused`: somebody said no; that stays so until the token changes.
 */
export class Conversation {
  readonly delivery: Delivery;
  readonly #subscription: Subscription;
  readonly #channel: ChannelStream;
  readonly #context: ChannelContext;
  #phase: 'none' | 'waiting' | 'authorizing' | 'asked' | 'live' | 'refused' = 'none';
  /** A subscribe frame is out on this connection, and nothing has taken it back. */
  #mentioned = false;
  #failures = 0;
  /** Ends the wait to ask again, or for the server's answer. */
  #stopTimer: Stop | undefined;
  /** The authorization under way; later those of new keys. */
  #attempt: AbortController | undefined;
  /** Who we are on a presence channel. */
  #me: string | undefined;
  #sealed: MessageOpener | undefined;
  /** Made when there is something to remember: most channels have no ids and are never lost. */
  #continuity: Continuity<ChannelStream> | undefined;

  constructor(subscription: Subscription, context: ChannelContext, delivery: Delivery) {
    this.#subscription = subscription;
    this.#channel = subscription.channel;
    this.#context = context;
    this.delivery = delivery;
  }

  /** Whether the server has not been asked on this connection, and is to be. */
  get isWanting(): boolean {
    return this.#phase === 'none';
  }

  /** Whether the server owes an answer. */
  get isAsked(): boolean {
    return this.#phase === 'asked';
  }

  /** Asks in `wait` milliseconds, if nothing else is under way. */
  want(wait: number): void {
    if (this.#phase !== 'none') return;
    if (wait > 0) this.#askLater(wait);
    else this.#ask();
  }

  /** Asks again, if it was refused: somebody may say yes now. */
  retryRefused(): void {
    if (this.#phase !== 'refused') return;
    this.#phase = 'none';
    this.#subscription.become('subscribing');
    this.#subscription.want();
  }

  /** The server said yes. `late`: it may be to an earlier question, and the answer to the newest is still to come. */
  subscribed(members: readonly Member[] | undefined, late: boolean, now: number): void {
    // Frames keep their order: what comes before our own question is about one that was taken back.
    if (!this.#mentioned) return;
    // A late yes is true for now. Asking again has ended it, and the server's last word is still to come.
    if (!late || this.#phase !== 'asked') {
      this.#stop();
      this.#phase = 'live';
      this.#failures = 0;
    }
    this.#subscription.become('subscribed');
    // Before the status: who hears that the channel is subscribed finds its members there.
    if (members !== undefined) {
      const channel = this.#channel;
      this.delivery.attended(channel, channel.attendance.subscribed(members, this.#me), now);
    }
    this.#subscription.tell();
    if (this.#subscription.isSubscribed) this.#continuity?.subscribed();
  }

  /** The server said no, by name. */
  rejected(refusal: Refusal, now: number): void {
    if (!this.#mentioned) return;
    this.#mentioned = false;
    this.refused(refusal, now);
  }

  /** The server said no, and this channel must be meant. */
  refused({ code: status, message, retryable, retryAfter }: Partial<Refusal>, now: number): void {
    const { name: channel } = this.#channel;
    const words = `The server refused "${channel}"${message === undefined ? '' : `: ${message}`}`;
    this.#fail(new SubscriptionError(words, { channel, status, retryable, retryAfter }), now);
  }

  /** The connection is over. `lastSeen` is when the server was last heard. Nobody is told before `tell()`. */
  lost(lastSeen: number): void {
    this.#pause(lastSeen);
    this.#abandon();
    this.#mentioned = false;
    this.#failures = 0;
    // What the server refused it would refuse again.
    if (this.#phase === 'refused') return;
    this.#phase = 'none';
    this.#subscription.become('subscribing');
  }

  /** A message came. */
  receive(message: MessageSignal, receivedAt: number): void {
    // What the status says is true: nothing comes on a channel that was refused.
    if (this.#phase === 'refused') return;
    if (this.#channel.kind === 'encrypted') this.#sealed?.receive(message, receivedAt);
    else this.#arrived(message, receivedAt);
  }

  #arrived(received: MessageSignal, receivedAt: number): void {
    const { delivery, messageId } = this.#context;
    const { channel, event, data, userId } = received;
    const confirmation = readConfirmation(event, data);
    if (confirmation !== undefined) {
      delivery?.confirmed(channel, confirmation, `${event}:${userId ?? ''}`);
      // Talk between clients; what a backend says concerns the application, too.
      if (event === receiversAnswer) return;
    }
    const id = received.id ?? (messageId === undefined ? undefined : this.#idIn(data, event));
    const message = { channel, event, data, id, userId, receivedAt };
    if (this.#continuity === undefined) {
      if (id === undefined && askedToConfirm(data) === undefined) {
        this.delivery.deliver(this.#channel, message, undefined);
        return;
      }
      this.#continuity = new Continuity(this.#channel, this.delivery, this.#context);
    }
    this.#continuity.receive(message);
  }

  /** Where the application says that the id is. */
  #idIn(data: unknown, event: string): string | undefined {
    const { messageId, reports } = this.#context;
    const { name: channel } = this.#channel;
    try {
      const answer = messageId?.(data, event, channel);
      if (typeof answer === 'object' && answer !== null) {
        const words = '`messageId` must return a text or a number at once; it returned an object.';
        reports.advise(new ConfigurationError(words, { channel }));
      }
      return idIn(answer);
    } catch (cause) {
      reports.thrown(cause, 'messageId');
      return undefined;
    }
  }

  #askLater(wait: number): void {
    this.#phase = 'waiting';
    this.#abandon();
    this.#stopTimer = this.#context.clock.after(wait, () => {
      this.#ask();
      this.#subscription.tell();
    });
  }

  #ask(): void {
    const { transport, guard } = this.#context;
    const { name, kind } = this.#channel;
    this.#abandon();
    // The server takes no second subscription beside the first.
    if (this.#mentioned) transport.unsubscribe(name);
    this.#mentioned = false;
    if (kind === 'public' || transport.unsigned === true) this.#send();
    else if (guard === undefined) this.#lackAuthority();
    else this.#authorize(guard);
  }

  #lackAuthority(): void {
    const { name: channel } = this.#channel;
    const words = `"${channel}" needs authorization: import { backendAuth } from 'surewire' and pass auth: backendAuth({ endpoint }).`;
    const cause = new ConfigurationError(words, { channel, code: 'missing-feature' });
    this.#fail(new SubscriptionError(words, { channel, cause }), 0);
  }

  #authorize(guard: Guard): void {
    const { clock, socketId = '' } = this.#context;
    const { name, kind } = this.#channel;
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#phase = 'authorizing';
    const channel = {
      name,
      kind,
      socketId,
      opened: (message: MessageSignal, receivedAt: number) => this.#arrived(message, receivedAt),
    };
    guard.admit(channel, attempt.signal).then(
      ({ proof, me, sealed }) => {
        if (attempt !== this.#attempt) return;
        this.#me = me;
        this.#sealed = sealed;
        this.#send(proof);
      },
      (error: RealtimeError) => {
        if (attempt === this.#attempt) this.#fail(error, clock.now());
      },
    );
  }

  #send(proof?: SubscriptionProof): void {
    const { transport, guard, clock } = this.#context;
    const { name, kind } = this.#channel;
    this.#phase = 'asked';
    this.#mentioned = true;
    guard?.refusals.asked(name, kind !== 'public');
    this.#stopTimer = clock.after(answerTimeout, () => {
      guard?.refusals.givenUp(name);
      const message = `The server did not answer the subscription to "${name}" within 10 s; asking again`;
      this.#fail(new SubscriptionError(message, { channel: name, retryable: true }), clock.now());
    });
    // Last: where everything is in one process the answer comes at once.
    if (!transport.subscribe(name, proof)) this.#mentioned = false;
  }

  #fail(error: RealtimeError, now: number): void {
    if (this.#phase === 'refused' || this.#subscription.conversation !== this) return;
    const { random, reports, transport, guard } = this.#context;
    this.#pause(now);
    if (error.retryable) {
      const unclear = guard?.refusals.unclearFor ?? 0;
      const wait = unclear + backoff(this.#failures, curve, random, error.retryAfter);
      this.#failures += 1;
      this.#askLater(wait);
      this.#subscription.become('subscribing', error);
    } else {
      if (this.#mentioned) transport.unsubscribe(this.#channel.name);
      this.#mentioned = false;
      this.#abandon();
      this.#phase = 'refused';
      this.#subscription.become('refused', error);
    }
    this.#subscription.tell();
    if (!error.retryable || this.#failures === 1) reports.error(error);
  }

  /** The last holder has gone. */
  letGo(): void {
    const { transport, guard, stale } = this.#context;
    const { name } = this.#channel;
    guard?.refusals.givenUp(name);
    if (!this.#mentioned) return;
    if (!this.#subscription.isSubscribed) stale.set(name, (stale.get(name) ?? 0) + 1);
    transport.unsubscribe(name);
  }

  /** Nothing is said any more. */
  end(): void {
    this.#abandon();
    this.#continuity?.end();
    this.#continuity = undefined;
  }

  /** What comes until it is subscribed again is missed. */
  #pause(lastSeen: number): void {
    if (!this.#subscription.isSubscribed) return;
    this.#continuity ??= new Continuity(this.#channel, this.delivery, this.#context);
    this.#continuity.lost(lastSeen);
  }

  #stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  /** Ends what is waited for, and what was agreed on in the last attempt. */
  #abandon(): void {
    this.#stop();
    this.#attempt?.abort();
    this.#attempt = undefined;
    this.#sealed = undefined;
  }
}
