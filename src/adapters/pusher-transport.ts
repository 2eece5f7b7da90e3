import { isRealtimeError, SubscriptionError } from '../errors';
import type { Authorizer, ChannelAuthorization, Transport, TransportSignal } from '../ports';
import type { Member } from '../types';
import { ChannelCipher } from './channel-cipher';
import type { PusherFrame, PusherLink } from './pusher-link';

const encrypted = /^private-encrypted-/;
const guarded = /^(?:private|presence)-/;

/** One asking for a channel, from the authorization to the server's last word about it. */
interface Asking {
  readonly abort: AbortController;
  /** The subscribe frame is out. */
  sent: boolean;
  /** The server confirmed it. */
  confirmed: boolean;
  me?: string;
  cipher?: ChannelCipher;
  /** Messages that wait, in order, until a new key has come. */
  sealed?: { readonly frame: PusherFrame; readonly bytes: number }[];
}

/** The members in a presence channel's confirmation; hostile shapes give an empty list. */
function membersOf(data: unknown): Member[] {
  const presence = (
    data as { readonly presence?: { readonly ids?: unknown; readonly hash?: unknown } } | null
  )?.presence;
  const ids = Array.isArray(presence?.ids) ? presence.ids : [];
  const hash = new Map(Object.entries((presence?.hash ?? {}) as Record<string, unknown>));
  return ids.map((id: unknown) => ({ id: String(id), info: hash.get(String(id)) }));
}

function memberOf(data: unknown): Member | undefined {
  const { user_id, user_info } = (data ?? {}) as { readonly user_id?: unknown; readonly user_info?: unknown };
  return user_id === undefined ? undefined : { id: String(user_id), info: user_info };
}

/**
 * The Transport over pusher-js: one router for all frames. Subscriptions are spoken here and not by pusher-js's channel
 * objects, which forget to abort, retry an old socket's signature on a new one and come back after they were given up.
 * Protocol: pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol, version 7.
 */
export class PusherTransport implements Transport {
  readonly #link: PusherLink;
  readonly #authorizer: Authorizer;
  #receive: (signal: TransportSignal) => void = () => {};
  #socketId: string | undefined;
  readonly #askings = new Map<string, Asking>();
  /** Answers that are still owed to askings which were given up after their frame was out. */
  readonly #stale = new Map<string, number>();

  constructor(link: PusherLink, authorizer: Authorizer) {
    this.#link = link;
    this.#authorizer = authorizer;
  }

  open(receive: (signal: TransportSignal) => void): void {
    this.#forget();
    this.#receive = receive;
    this.#link.open({
      opened: (socketId, idleLimit) => {
        this.#socketId = socketId;
        receive({ type: 'opened', socketId, idleLimit });
      },
      frame: (frame, bytes) => this.#frame(frame, bytes),
      malformed: (reason, bytes) => receive({ type: 'malformed', reason, bytes }),
      closed: (code, reason) => {
        this.#forget();
        receive({
          type: 'closed',
          ...(code === undefined ? undefined : { code }),
          ...(reason === undefined ? undefined : { reason }),
        });
      },
    });
  }

  close(): void {
    this.#receive = () => {};
    this.#forget();
    this.#link.close();
  }

  destroy(): void {
    this.close();
    this.#link.destroy();
  }

  subscribe(channel: string): void {
    this.#giveUp(channel);
    const socketId = this.#socketId;
    if (socketId === undefined) return;
    const asking: Asking = { abort: new AbortController(), sent: false, confirmed: false };
    this.#askings.set(channel, asking);
    if (!guarded.test(channel)) {
      this.#ask(channel, asking, {});
      return;
    }
    this.#authorize(channel, asking, socketId).then(
      (authorization) => {
        if (asking.abort.signal.aborted) return;
        const refusal = this.#adopt(channel, asking, authorization);
        if (refusal === undefined) {
          const { auth, channelData } = authorization;
          this.#ask(channel, asking, {
            auth,
            ...(channelData === undefined ? undefined : { channel_data: channelData }),
          });
        } else this.#refuse(channel, asking, refusal);
      },
      (error: unknown) => this.#refuse(channel, asking, error),
    );
  }

  unsubscribe(channel: string): void {
    const asking = this.#giveUp(channel);
    if (asking?.sent === true && !asking.confirmed)
      this.#stale.set(channel, (this.#stale.get(channel) ?? 0) + 1);
  }

  send(channel: string, event: string, data: unknown): boolean {
    return this.#link.write(event, data, channel);
  }

  ping(): void {
    this.#link.write('pusher:ping', {});
  }

  #giveUp(channel: string): Asking | undefined {
    const asking = this.#askings.get(channel);
    this.#askings.delete(channel);
    asking?.abort.abort();
    if (asking?.sent === true) this.#link.write('pusher:unsubscribe', { channel });
    return asking;
  }

  #forget(): void {
    this.#socketId = undefined;
    for (const { abort } of this.#askings.values()) abort.abort();
    this.#askings.clear();
    this.#stale.clear();
  }

  async #authorize(channel: string, asking: Asking, socketId: string): Promise<ChannelAuthorization> {
    return this.#authorizer.authorize({ socketId, channel }, asking.abort.signal);
  }

  #ask(channel: string, asking: Asking, proof: Readonly<Record<string, string>>): void {
    asking.sent = this.#link.write('pusher:subscribe', { ...proof, channel });
  }

  /** Takes from an authorization what the channel needs later; an error when it cannot be used. */
  #adopt(channel: string, asking: Asking, { channelData, sharedSecret }: ChannelAuthorization): unknown {
    try {
      if (channelData !== undefined) {
        const { user_id } = JSON.parse(channelData) as { readonly user_id?: unknown };
        if (user_id !== undefined) asking.me = String(user_id);
      }
      if (encrypted.test(channel)) {
        asking.cipher = new ChannelCipher(this.#link.cryptography(), sharedSecret ?? '', channel);
      }
      return undefined;
    } catch (error) {
      return error;
    }
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
    this.#receive({ type: 'subscription-refused', channel, error });
  }

  #frame(frame: PusherFrame, bytes: number): void {
    const { event, channel, data } = frame;
    if (!event.startsWith('pusher')) {
      if (channel === undefined)
        this.#receive({ type: 'malformed', reason: 'a message without a channel', bytes });
      else if (encrypted.test(channel)) this.#unseal(channel, frame, bytes);
      else this.#message(frame, channel, data, bytes);
      return;
    }
    switch (event) {
      case 'pusher:pong':
        this.#receive({ type: 'pong' });
        return;
      case 'pusher:ping':
        // pusher-js answers it.
        return;
      case 'pusher:error': {
        const { code, message } = (data ?? {}) as { readonly code?: unknown; readonly message?: unknown };
        this.#receive({
          type: 'server-error',
          code: typeof code === 'number' ? code : null,
          message: typeof message === 'string' ? message : 'The server reported an error without a message',
        });
        return;
      }
    }
    if (channel === undefined) return;
    switch (event) {
      case 'pusher_internal:subscription_succeeded':
        this.#confirmed(channel, data);
        return;
      case 'pusher:subscription_error':
        this.#rejected(channel, data);
        return;
      case 'pusher_internal:member_added':
      case 'pusher_internal:member_removed': {
        const member = memberOf(data);
        if (member === undefined || this.#askings.get(channel)?.confirmed !== true) return;
        this.#receive({
          type: event === 'pusher_internal:member_added' ? 'member-added' : 'member-removed',
          channel,
          member,
        });
        return;
      }
      case 'pusher_internal:subscription_count':
        this.#message({ ...frame, event: 'pusher:subscription_count' }, channel, data, bytes);
        return;
      case 'pusher:cache_miss':
        this.#message(frame, channel, data, bytes);
    }
  }

  #message({ event, id, userId }: PusherFrame, channel: string, data: unknown, bytes: number): void {
    this.#receive({ type: 'message', channel, event, data, id, userId, bytes });
  }

  /** Whether the answer that just came belongs to an asking that was given up. */
  #wasStale(channel: string): boolean {
    const stale = this.#stale.get(channel) ?? 0;
    if (stale > 1) this.#stale.set(channel, stale - 1);
    else this.#stale.delete(channel);
    return stale > 0;
  }

  #confirmed(channel: string, data: unknown): void {
    this.#wasStale(channel);
    const asking = this.#askings.get(channel);
    // A confirmation of an earlier asking is as good, once ours is out: frames keep their order.
    if (asking?.sent !== true) return;
    asking.confirmed = true;
    this.#receive({
      type: 'subscribed',
      channel,
      ...(channel.startsWith('presence-') ? { members: membersOf(data) } : undefined),
      ...(asking.me === undefined ? undefined : { me: asking.me }),
    });
  }

  #rejected(channel: string, data: unknown): void {
    const asking = this.#askings.get(channel);
    if (this.#wasStale(channel) || asking?.sent !== true) return;
    this.#askings.delete(channel);
    asking.abort.abort();
    const { error, status } = (data ?? {}) as { readonly error?: unknown; readonly status?: unknown };
    const code = typeof status === 'number' ? status : undefined;
    this.#receive({
      type: 'subscription-refused',
      channel,
      error: new SubscriptionError(
        `The server refused "${channel}"${typeof error === 'string' ? `: ${error}` : ''}`,
        { channel, status: code, retryable: code !== undefined && code >= 500 },
      ),
    });
  }

  /** Delivers what opens; when a message does not, fetches the key once and lets it and all later ones wait for it, in order. */
  #unseal(channel: string, frame: PusherFrame, bytes: number): void {
    const asking = this.#askings.get(channel);
    if (asking?.cipher === undefined) return;
    if (asking.sealed !== undefined) {
      asking.sealed.push({ frame, bytes });
      return;
    }
    const opened = asking.cipher.open(frame.data);
    if (opened !== undefined) {
      this.#message(frame, channel, opened.payload, bytes);
      return;
    }
    const socketId = this.#socketId;
    if (socketId === undefined) return;
    const sealed = [{ frame, bytes }];
    asking.sealed = sealed;
    this.#authorize(channel, asking, socketId)
      .then(
        (authorization) => this.#adopt(channel, asking, authorization),
        (error: unknown) => error,
      )
      .then(() => {
        if (asking.abort.signal.aborted) return;
        delete asking.sealed;
        for (const each of sealed) {
          const again = asking.cipher?.open(each.frame.data);
          if (again !== undefined) this.#message(each.frame, channel, again.payload, each.bytes);
          else {
            const reason = `a payload on "${channel}" that does not open with the channel's key`;
            this.#receive({ type: 'malformed', reason, bytes: each.bytes });
          }
        }
      });
  }
}
