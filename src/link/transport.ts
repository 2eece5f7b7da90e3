import { isProtocolEvent } from '../contract/event-name';
import { channelKind } from '../contract/name';
import { fieldsOf, idIn, numberIn, parseData, sentenceIn, textIn } from '../support/json';
import { lookedUp } from '../support/looked-up';
import { thrownName } from '../support/thrown';
import type {
  FrameLink,
  SubscriptionProof,
  Transport,
  TransportSignal,
  UserAuthentication,
} from '../transport-port';
import { refusalPasses } from './codes';
import { type FrameFields, readFrame, writeFrame } from './frames';
import { memberOf, membersOf, signedInUser, watchlistChanges } from './members';
import { readServerError } from './server-error';

/** Where the server does not say how much silence it stands, in milliseconds: what Pusher says. */
const usualIdleLimit = 120_000;
/** Whatever the server says, we need not ask for a sign of life more often than this, in milliseconds. */
const shortestIdleLimit = 5_000;
const longestIdleLimit = 86_400_000;

const pong: TransportSignal = { type: 'pong' };
const pingText = writeFrame('pusher:ping', {});
const pongText = writeFrame('pusher:pong', {});

/**
 * Pusher's protocol over a frame link: frames to signals and back, no policy, no books.
 * Source: pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol, version 7.
 */
export class ProtocolTransport implements Transport {
  readonly signIn: ((authentication: UserAuthentication) => void) | undefined;
  readonly #link: FrameLink;
  #receive: (signal: TransportSignal) => void = () => {};
  /** The server has introduced itself. */
  #open = false;
  /** Counts dials, so that what an earlier one left behind is recognised. */
  #dial = 0;

  constructor(link: FrameLink) {
    this.#link = link;
    if (link.signsInItself === true) return;
    this.signIn = ({ auth, userData }) => {
      this.#write('pusher:signin', { auth, user_data: userData });
    };
  }

  open(receive: (signal: TransportSignal) => void): void {
    this.#end();
    const dial = this.#dial;
    this.#receive = receive;
    this.#link.open({
      received: (frame, length) => {
        if (dial === this.#dial) this.#admit(frame, length);
      },
      closed: (code, reason) => {
        if (dial === this.#dial) this.#over(code, sentenceIn(reason));
      },
    });
  }

  close(): void {
    this.#end();
    // A link of the application's own may throw; whatever it does, everything else must end.
    lookedUp(() => this.#link.close());
  }

  destroy(): void {
    this.#end();
    lookedUp(() => this.#link.destroy());
  }

  subscribe(channel: string, proof?: SubscriptionProof): boolean {
    return this.#write('pusher:subscribe', {
      channel,
      auth: proof?.auth,
      channel_data: proof?.channelData,
    });
  }

  unsubscribe(channel: string): void {
    this.#write('pusher:unsubscribe', { channel });
  }

  send(channel: string, event: string, data: unknown): boolean {
    return this.#write(event, data, channel);
  }

  ping(): void {
    if (this.#open) this.#say(pingText);
  }

  cryptography(): unknown {
    return this.#link.cryptography?.();
  }

  #write(event: string, data: unknown, channel?: string): boolean {
    return this.#open && this.#say(writeFrame(event, data, channel));
  }

  /** False when it could not be written, also where the link throws. */
  #say(text: string): boolean {
    return lookedUp(() => this.#link.write(text)) === true;
  }

  #end(): void {
    this.#dial += 1;
    this.#open = false;
    this.#receive = () => {};
  }

  #over(code: number | undefined, reason: string | undefined): void {
    const receive = this.#receive;
    this.close();
    receive({ type: 'closed', code, reason });
  }

  /** The door: whatever a frame leads to, nothing of it gets out to the socket, where it would end a process. */
  #admit(received: unknown, length: number): void {
    try {
      this.#received(received, length);
    } catch (cause) {
      // Its message may quote the frame.
      this.#malformed(`a frame at which something threw (${thrownName(cause)})`, length);
    }
  }

  #received(received: unknown, length: number): void {
    const frame = readFrame(received, length);
    if (typeof frame === 'string') {
      this.#malformed(frame, length);
      return;
    }
    // Of an object somebody has parsed the data: doing it again would make a number of the text "7".
    const data = typeof received === 'string' ? parseData(frame['data']) : frame['data'];
    if (!this.#open) this.#handshake(frame.event, data, length);
    else if (isProtocolEvent(frame.event)) this.#protocolFrame(frame, data, length);
    else if (frame.channel === undefined) this.#malformed('a message without a channel', length);
    else this.#message(frame, frame.event, frame.channel, data, length);
  }

  #malformed(reason: string, bytes: number): void {
    this.#receive({ type: 'malformed', reason, bytes });
  }

  #message(frame: FrameFields, event: string, channel: string, data: unknown, bytes: number): void {
    const { message_id, user_id } = frame;
    this.#receive({
      type: 'message',
      channel,
      event,
      data,
      // Sockudo and the embedded server name messages; Pusher does not.
      id: message_id === undefined ? undefined : idIn(message_id),
      userId: user_id === undefined ? undefined : idIn(user_id),
      bytes,
    });
  }

  #handshake(event: string, data: unknown, length: number): void {
    if (event === 'pusher:error') {
      // A connection limit, or a wrong key; some servers (Reverb) then close without a code.
      const { code, message } = fieldsOf(data);
      this.#over(numberIn(code), sentenceIn(message));
      return;
    }
    if (event !== 'pusher:connection_established') {
      this.#malformed('a frame before the handshake', length);
      return;
    }
    const { socket_id, activity_timeout } = fieldsOf(data);
    const socketId = textIn(socket_id);
    // It goes into what backends sign, where `:` separates it from the channel.
    if (socketId === undefined || socketId.length > 128 || !/^[\w.-]+$/.test(socketId)) {
      this.#over(undefined, 'The server did not introduce itself as a Pusher server does.');
      return;
    }
    this.#open = true;
    this.#receive({ type: 'opened', socketId, idleLimit: idleLimitIn(activity_timeout) });
  }

  #protocolFrame(frame: FrameFields, data: unknown, length: number): void {
    const { event, channel } = frame;
    switch (event) {
      case 'pusher:ping':
        this.#say(pongText);
        return;
      case 'pusher:pong':
        this.#receive(pong);
        return;
      case 'pusher:connection_established':
        this.#malformed('a second handshake', length);
        return;
      case 'pusher:signin_success': {
        const user = signedInUser(data);
        if (user !== undefined) this.#receive({ type: 'signed-in', user });
        return;
      }
      case 'pusher_internal:watchlist_events':
        this.#receive({ type: 'watchlist', changes: watchlistChanges(data) });
        return;
      case 'pusher:error':
        this.#receive({ type: 'server-error', ...readServerError(data) });
        return;
    }
    if (channel !== undefined) this.#channelFrame(frame, channel, data, length);
  }

  #channelFrame(frame: FrameFields, channel: string, data: unknown, length: number): void {
    switch (frame.event) {
      case 'pusher_internal:subscription_succeeded': {
        const members = channelKind(channel) === 'presence' ? membersOf(data) : undefined;
        this.#receive({ type: 'subscribed', channel, members });
        return;
      }
      case 'pusher:subscription_error': {
        const { error, status } = fieldsOf(data);
        const code = numberIn(status);
        this.#receive({
          type: 'subscription-refused',
          channel,
          code,
          message: sentenceIn(error),
          retryable: refusalPasses(code),
        });
        return;
      }
      case 'pusher_internal:member_added':
      case 'pusher_internal:member_removed': {
        const member = memberOf(data);
        if (member === undefined) return;
        const type = frame.event === 'pusher_internal:member_added' ? 'member-added' : 'member-removed';
        this.#receive({ type, channel, member });
        return;
      }
      case 'pusher_internal:subscription_count':
        this.#message(frame, 'pusher:subscription_count', channel, data, length);
        return;
      case 'pusher:cache_miss':
        this.#message(frame, frame.event, channel, data, length);
    }
  }
}

/** The silence that the server takes for death, in milliseconds: what it says, within reason. */
function idleLimitIn(activityTimeout: unknown): number {
  const seconds = numberIn(activityTimeout) ?? 0;
  if (seconds <= 0) return usualIdleLimit;
  return Math.min(longestIdleLimit, Math.max(shortestIdleLimit, seconds * 1000));
}
