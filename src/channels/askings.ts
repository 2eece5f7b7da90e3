import { channelKind } from '../contract/name';
import { isRealtimeError, SubscriptionError } from '../errors';
import type {
  Authorizer,
  ChannelAuthorization,
  SubscriptionProof,
  Transport,
  TransportSignal,
} from '../ports';
import { ChannelCipher } from './channel-cipher';
import { userIdOf } from './presence-data';
import { type MessageSignal, SealedMessages } from './sealed-messages';

/** What concerns channels, told with what only we know: who we are, why a channel was refused, what sealed messages say. */
export type ChannelSignal =
  | Exclude<TransportSignal, { readonly type: 'subscribed' | 'subscription-refused' }>
  | (Extract<TransportSignal, { readonly type: 'subscribed' }> & { readonly me?: string | undefined })
  | { readonly type: 'subscription-refused'; readonly channel: string; readonly error: SubscriptionError };

/** What askings work with. */
export interface AskingsParts {
  readonly transport: Transport;
  readonly authorizer: Authorizer;
  readonly receive: (signal: ChannelSignal) => void;
}

/** One asking for a channel, from the authorization to the server's last word about it. */
interface Asking {
  readonly abort: AbortController;
  /** The subscribe frame is out. */
  sent: boolean;
  /** The server confirmed it. */
  confirmed: boolean;
  me?: string | undefined;
  /** On encrypted channels. */
  messages?: SealedMessages;
}

/**
 * What we ask of the server on one connection: subscriptions, from the authorization to the last word about them. An
 * answer to an earlier asking is told from one to the newest.
 */
export class Askings {
  readonly #parts: AskingsParts;
  #socketId: string | undefined;
  readonly #askings = new Map<string, Asking>();
  /** Answers that are still owed to askings which were given up after their frame was out. */
  readonly #stale = new Map<string, number>();

  constructor(parts: AskingsParts) {
    this.#parts = parts;
  }

  /** Passes on what comes in, but for answers to what nobody asks any more. */
  receive(signal: TransportSignal): void {
    switch (signal.type) {
      case 'opened':
        this.forget();
        this.#socketId = signal.socketId;
        break;
      case 'closed':
        this.forget();
        break;
      case 'subscribed':
        this.#confirmed(signal);
        return;
      case 'subscription-refused':
        this.#rejected(signal);
        return;
      case 'server-error':
        if (signal.channel === undefined || !this.#isAsked(signal.channel)) break;
        this.#rejected({
          ...signal,
          channel: signal.channel,
          code: signal.code ?? undefined,
          retryable: false,
        });
        return;
      case 'member-added':
      case 'member-removed':
        if (this.#askings.get(signal.channel)?.confirmed !== true) return;
        break;
      case 'message':
        if (channelKind(signal.channel) !== 'encrypted') break;
        this.#askings.get(signal.channel)?.messages?.receive(signal);
        return;
    }
    this.#parts.receive(signal);
  }

  subscribe(channel: string): void {
    this.#giveUp(channel);
    const socketId = this.#socketId;
    if (socketId === undefined) return;
    const asking: Asking = { abort: new AbortController(), sent: false, confirmed: false };
    this.#askings.set(channel, asking);
    if (channelKind(channel) === 'public' || this.#parts.transport.unsigned === true) {
      this.#ask(channel, asking);
      return;
    }
    this.#prove(channel, asking, socketId).then(
      (proof) => {
        if (!asking.abort.signal.aborted) this.#ask(channel, asking, proof);
      },
      (error: unknown) => this.#refuse(channel, asking, error),
    );
  }

  unsubscribe(channel: string): void {
    const asking = this.#giveUp(channel);
    if (asking?.sent === true && !asking.confirmed)
      this.#stale.set(channel, (this.#stale.get(channel) ?? 0) + 1);
  }

  #giveUp(channel: string): Asking | undefined {
    const asking = this.#askings.get(channel);
    this.#askings.delete(channel);
    asking?.abort.abort();
    if (asking?.sent === true) this.#parts.transport.unsubscribe(channel);
    return asking;
  }

  /** The connection is over, and with it everything that was asked on it. */
  forget(): void {
    this.#socketId = undefined;
    for (const { abort } of this.#askings.values()) abort.abort();
    this.#askings.clear();
    this.#stale.clear();
  }

  async #authorize(channel: string, asking: Asking, socketId: string): Promise<ChannelAuthorization> {
    return this.#parts.authorizer.authorize({ socketId, channel }, asking.abort.signal);
  }

  #ask(channel: string, asking: Asking, proof?: SubscriptionProof): void {
    asking.sent = this.#parts.transport.subscribe(channel, proof);
  }

  /** What the server is shown to have the channel; takes from the authorization what the channel needs later. */
  async #prove(channel: string, asking: Asking, socketId: string): Promise<SubscriptionProof> {
    const { auth, channelData, sharedSecret } = await this.#authorize(channel, asking, socketId);
    if (channelKind(channel) === 'presence') asking.me = userIdOf(channel, channelData);
    if (channelKind(channel) === 'encrypted') {
      asking.messages = new SealedMessages({
        cipher: this.#cipher(channel, sharedSecret),
        renew: async () => {
          const { sharedSecret } = await this.#authorize(channel, asking, socketId);
          return this.#cipher(channel, sharedSecret);
        },
        life: asking.abort.signal,
        opened: (message: MessageSignal) => this.#parts.receive(message),
        unopened: (bytes) => {
          const reason = `a payload on "${channel}" that does not open with the channel's key`;
          this.#parts.receive({ type: 'malformed', reason, bytes });
        },
      });
    }
    return { auth, channelData };
  }

  #cipher(channel: string, sharedSecret = ''): ChannelCipher {
    return new ChannelCipher(this.#parts.transport.cryptography?.(), sharedSecret, channel);
  }

  #refuse(channel: string, asking: Asking, cause: unknown): void {
    if (asking.abort.signal.aborted) return;
    this.#askings.delete(channel);
    const error =
      isRealtimeError(cause) && cause instanceof SubscriptionError
        ? cause
        : new SubscriptionError(`"${channel}" could not be authorized`, {
            channel,
            cause,
            retryable: !isRealtimeError(cause) || cause.retryable,
          });
    this.#parts.receive({ type: 'subscription-refused', channel, error });
  }

  /** Whether the answer that just came belongs to an asking that was given up. */
  #wasStale(channel: string): boolean {
    const stale = this.#stale.get(channel) ?? 0;
    if (stale > 1) this.#stale.set(channel, stale - 1);
    else this.#stale.delete(channel);
    return stale > 0;
  }

  #confirmed(signal: Extract<TransportSignal, { readonly type: 'subscribed' }>): void {
    const { channel } = signal;
    this.#wasStale(channel);
    const asking = this.#askings.get(channel);
    // A confirmation of an earlier asking is as good, once ours is out: frames keep their order.
    if (asking?.sent !== true) return;
    asking.confirmed = true;
    this.#parts.receive({ ...signal, me: asking.me });
  }

  /** Whether the server was asked for the channel and has not answered. */
  #isAsked(channel: string): boolean {
    const asking = this.#askings.get(channel);
    return asking?.sent === true && !asking.confirmed;
  }

  #rejected(signal: Omit<Extract<TransportSignal, { readonly type: 'subscription-refused' }>, 'type'>): void {
    const { channel, code: status, message, retryable, retryAfter } = signal;
    const asking = this.#askings.get(channel);
    if (this.#wasStale(channel) || asking?.sent !== true) return;
    this.#askings.delete(channel);
    asking.abort.abort();
    const words = `The server refused "${channel}"${message === undefined ? '' : `: ${message}`}`;
    const error = new SubscriptionError(words, { channel, status, retryable, retryAfter });
    this.#parts.receive({ type: 'subscription-refused', channel, error });
  }
}
