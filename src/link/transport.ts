import { Askings } from '../channels/askings';
import { memberOf, signedInUser } from '../channels/presence-data';
import { isProtocolEvent } from '../contract/event-name';
import type { Authorizer, Transport, TransportSignal, UserAuthentication } from '../ports';
import { errorIn, type PusherFrame, type PusherLink } from './frames';

/**
 * The Transport over pusher-js: one router for all frames. Subscriptions are spoken here and not by pusher-js's channel
 * objects, which forget to abort, retry an old socket's signature on a new one and come back after they were given up.
 * Protocol: pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol, version 7.
 */
export class PusherTransport implements Transport {
  readonly #link: PusherLink;
  readonly #askings: Askings;
  #receive: (signal: TransportSignal) => void = () => {};

  readonly signIn: ((authentication: UserAuthentication) => void) | undefined;

  /** `signsIn` is false where the link belongs to somebody who signs in, or does not. */
  constructor(link: PusherLink, authorizer: Authorizer, signsIn = true) {
    this.#link = link;
    this.signIn = signsIn
      ? ({ auth, userData }) => {
          link.write('pusher:signin', { auth, user_data: userData });
        }
      : undefined;
    this.#askings = new Askings({
      link,
      authorizer,
      receive: (signal) => this.#receive(signal),
      message: (frame, channel, data, bytes) => this.#message(frame, channel, data, bytes),
    });
  }

  open(receive: (signal: TransportSignal) => void): void {
    this.#askings.forget();
    this.#receive = receive;
    this.#link.open({
      opened: (socketId, idleLimit) => {
        this.#askings.begin(socketId);
        receive({ type: 'opened', socketId, idleLimit });
      },
      frame: (frame, bytes) => this.#frame(frame, bytes),
      malformed: (reason, bytes) => receive({ type: 'malformed', reason, bytes }),
      closed: (code, reason) => {
        this.#askings.forget();
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
    this.#askings.forget();
    this.#link.close();
  }

  destroy(): void {
    this.close();
    this.#link.destroy();
  }

  subscribe(channel: string): void {
    this.#askings.subscribe(channel);
  }

  unsubscribe(channel: string): void {
    this.#askings.unsubscribe(channel);
  }

  send(channel: string, event: string, data: unknown): boolean {
    return this.#link.write(event, data, channel);
  }

  ping(): void {
    this.#link.write('pusher:ping', {});
  }

  #frame(frame: PusherFrame, bytes: number): void {
    const { event, channel, data } = frame;
    if (!isProtocolEvent(event)) {
      if (channel === undefined)
        this.#receive({ type: 'malformed', reason: 'a message without a channel', bytes });
      else this.#askings.deliver(frame, channel, bytes);
      return;
    }
    switch (event) {
      case 'pusher:signin_success': {
        const user = signedInUser(data);
        if (user !== undefined) this.#receive({ type: 'signed-in', user });
        return;
      }
      case 'pusher:pong':
        this.#receive({ type: 'pong' });
        return;
      case 'pusher:ping':
        // pusher-js answers it.
        return;
      case 'pusher:error': {
        const { code = null, message = 'The server reported an error without a message' } = errorIn(data);
        this.#receive({
          type: 'server-error',
          code: rejectsClientEvent(code, message) ? 4301 : code,
          message,
        });
        return;
      }
    }
    if (channel === undefined) return;
    switch (event) {
      case 'pusher_internal:subscription_succeeded':
        this.#askings.confirmed(channel, data);
        return;
      case 'pusher:subscription_error':
        this.#askings.rejected(channel, data);
        return;
      case 'pusher_internal:member_added':
      case 'pusher_internal:member_removed': {
        const member = memberOf(data);
        if (member === undefined || !this.#askings.isConfirmed(channel)) return;
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
}

/** Reverb rejects client events with the code of a bad signature; everybody else does it with 4301. */
function rejectsClientEvent(code: number | null, message: string): boolean {
  return code === 4009 && message.includes('not a member');
}
