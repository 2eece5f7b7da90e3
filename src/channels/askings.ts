import { channelKind } from '../contract/name';
import { isRealtimeError, SubscriptionError } from '../errors';
import { fieldsOf, type PusherFrame, type PusherLink } from '../link/frames';
import type { Authorizer, ChannelAuthorization, TransportSignal } from '../ports';
import { ChannelCipher } from './channel-cipher';
import { membersOf, userIdOf } from './presence-data';
import { SealedMessages } from './sealed-messages';

/** What askings work with. */
export interface AskingsParts {
  readonly link: PusherLink;
  readonly authorizer: Authorizer;
  readonly receive: (signal: TransportSignal) => void;
  /** Gets the messages of encrypted channels, opened. */
  readonly message: (frame: PusherFrame, channel: string, data: unknown, bytes: number) => void;
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

/** Whether a refusal with that status may be another one later: the server's own trouble, or a limit. */
function comesBack(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status < 600) || status >= 4100;
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

  /** A connection is open. */
  begin(socketId: string): void {
    this.#socketId = socketId;
  }

  subscribe(channel: string): void {
    this.#giveUp(channel);
    const socketId = this.#socketId;
    if (socketId === undefined) return;
    const asking: Asking = { abort: new AbortController(), sent: false, confirmed: false };
    this.#askings.set(channel, asking);
    if (channelKind(channel) === 'public') {
      this.#ask(channel, asking, {});
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
    if (asking?.sent === true) this.#parts.link.write('pusher:unsubscribe', { channel });
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

  #ask(channel: string, asking: Asking, proof: Readonly<Record<string, string | undefined>>): void {
    asking.sent = this.#parts.link.write('pusher:subscribe', { ...proof, channel });
  }

  /** What the server is shown to have the channel; takes from the authorization what the channel needs later. */
  async #prove(
    channel: string,
    asking: Asking,
    socketId: string,
  ): Promise<{ readonly auth: string; readonly channel_data: string | undefined }> {
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
        opened: (frame, payload, bytes) => this.#parts.message(frame, channel, payload, bytes),
        unopened: (bytes) => {
          const reason = `a payload on "${channel}" that does not open with the channel's key`;
          this.#parts.receive({ type: 'malformed', reason, bytes });
        },
      });
    }
    return { auth, channel_data: channelData };
  }

  #cipher(channel: string, sharedSecret = ''): ChannelCipher {
    return new ChannelCipher(this.#parts.link.cryptography(), sharedSecret, channel);
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

  /** The server confirmed a subscription. */
  confirmed(channel: string, data: unknown): void {
    this.#wasStale(channel);
    const asking = this.#askings.get(channel);
    // A confirmation of an earlier asking is as good, once ours is out: frames keep their order.
    if (asking?.sent !== true) return;
    asking.confirmed = true;
    this.#parts.receive({
      type: 'subscribed',
      channel,
      ...(channelKind(channel) === 'presence' ? { members: membersOf(data) } : undefined),
      ...(asking.me === undefined ? undefined : { me: asking.me }),
    });
  }

  /** The server refused a subscription, by name. */
  rejected(channel: string, data: unknown): void {
    const asking = this.#askings.get(channel);
    if (this.#wasStale(channel) || asking?.sent !== true) return;
    this.#askings.delete(channel);
    asking.abort.abort();
    const { error, status } = fieldsOf(data);
    const code = typeof status === 'number' ? status : undefined;
    this.#parts.receive({
      type: 'subscription-refused',
      channel,
      error: new SubscriptionError(
        `The server refused "${channel}"${typeof error === 'string' ? `: ${error}` : ''}`,
        { channel, status: code, retryable: code !== undefined && comesBack(code) },
      ),
    });
  }

  isConfirmed(channel: string): boolean {
    return this.#askings.get(channel)?.confirmed === true;
  }

  /** A message came; those of encrypted channels are opened first. */
  deliver(frame: PusherFrame, channel: string, bytes: number): void {
    if (channelKind(channel) === 'encrypted') this.#askings.get(channel)?.messages?.receive(frame, bytes);
    else this.#parts.message(frame, channel, frame.data, bytes);
  }
}
