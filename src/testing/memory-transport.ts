import {
  type Authorizer,
  type ChannelAuthorization,
  type Member,
  SubscriptionError,
  type Transport,
  type TransportSignal,
  type UserAuthentication,
} from '../index';
import { channelTraits } from './channel-name';
import { decodeBase64, decryptPayload } from './cryptography';
import { asRecord, field, type JsonRecord, parseJson, textField } from './json-values';
import type { MemorySocket } from './memory-socket';

/** One asking for a channel, from the authorization to the confirmation. */
interface Asking {
  readonly abort: AbortController;
  state: 'authorizing' | 'asked' | 'confirmed';
  me?: string;
  key?: Uint8Array;
  readonly members: Map<string, Member>;
}

/** What a {@link MemoryTransport} works with. */
export interface MemoryTransportOptions {
  /** Opens a socket. */
  readonly connect: () => MemorySocket;
  /** Asks the application for signatures. */
  readonly authorizer: Authorizer;
}

/** The Transport without pusher-js and without a network: the protocol, spoken over a socket in memory. */
export class MemoryTransport implements Transport {
  readonly #options: MemoryTransportOptions;
  readonly #askings = new Map<string, Asking>();
  /** Confirmations still on their way for askings that were given up. */
  readonly #stale = new Map<string, number>();
  #receive: (signal: TransportSignal) => void = () => {};
  #socket: MemorySocket | undefined;
  #socketId: string | undefined;

  constructor(options: MemoryTransportOptions) {
    this.#options = options;
  }

  open(receive: (signal: TransportSignal) => void): void {
    this.close();
    const socket = this.#options.connect();
    this.#socket = socket;
    this.#receive = receive;
    socket.onmessage = ({ data = '' }) => this.#frame(data);
    socket.onclose = ({ code, reason }) => {
      if (this.#socket !== socket) return;
      this.#forget();
      const details = { ...(code === undefined ? {} : { code }), ...(reason ? { reason } : {}) };
      receive({ type: 'closed', ...details });
    };
  }

  close(): void {
    const socket = this.#socket;
    this.#receive = () => {};
    this.#forget();
    if (socket === undefined) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close(1000);
  }

  destroy(): void {
    this.close();
  }

  subscribe(channel: string): void {
    this.unsubscribe(channel);
    const socketId = this.#socketId;
    if (socketId === undefined) return;
    const asking: Asking = { abort: new AbortController(), state: 'authorizing', members: new Map() };
    this.#askings.set(channel, asking);
    const { kind } = channelTraits(channel);
    if (kind === 'public' || kind === 'user') this.#ask(channel, asking);
    else this.#authorize(channel, asking, socketId);
  }

  #authorize(channel: string, asking: Asking, socketId: string): void {
    const authorization = this.#options.authorizer.authorize({ socketId, channel }, asking.abort.signal);
    authorization
      .then((proof) => this.#ask(channel, asking, proof))
      .catch((cause: unknown) => this.#refuse(channel, asking, cause));
  }

  unsubscribe(channel: string): void {
    const asking = this.#askings.get(channel);
    if (asking === undefined) return;
    this.#askings.delete(channel);
    asking.abort.abort();
    if (asking.state === 'authorizing') return;
    if (asking.state === 'asked') this.#stale.set(channel, (this.#stale.get(channel) ?? 0) + 1);
    this.#write({ event: 'pusher:unsubscribe', data: { channel } });
  }

  send(channel: string, event: string, data: unknown): boolean {
    return this.#write({ event, channel, data });
  }

  signIn({ auth, userData }: UserAuthentication): void {
    this.#write({ event: 'pusher:signin', data: { auth, user_data: userData } });
  }

  ping(): void {
    this.#write({ event: 'pusher:ping', data: {} });
  }

  #write(frame: JsonRecord): boolean {
    if (this.#socketId === undefined || this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #forget(): void {
    this.#socket = undefined;
    this.#socketId = undefined;
    for (const { abort } of this.#askings.values()) abort.abort();
    this.#askings.clear();
    this.#stale.clear();
  }

  #ask(channel: string, asking: Asking, proof?: ChannelAuthorization): void {
    if (asking.abort.signal.aborted) return;
    const me = field(asRecord(parseJson(proof?.channelData ?? '')), 'user_id');
    if (me !== undefined) asking.me = String(me);
    if (proof?.sharedSecret !== undefined) asking.key = decodeBase64(proof.sharedSecret);
    asking.state = 'asked';
    const { auth, channelData } = proof ?? {};
    this.#write({ event: 'pusher:subscribe', data: { channel, auth, channel_data: channelData } });
  }

  #refuse(channel: string, asking: Asking, cause: unknown): void {
    if (asking.abort.signal.aborted) return;
    this.#askings.delete(channel);
    const error =
      cause instanceof SubscriptionError
        ? cause
        : new SubscriptionError(`"${channel}" could not be authorized`, { channel, cause, retryable: true });
    this.#receive({ type: 'subscription-refused', channel, error });
  }

  #frame(text: string): void {
    const frame = asRecord(parseJson(text));
    const event = textField(frame, 'event') ?? '';
    const channel = textField(frame, 'channel');
    const raw = field(frame, 'data');
    const parsed = typeof raw === 'string' ? parseJson(raw) : raw;
    const data = parsed === undefined ? raw : parsed;
    if (channel !== undefined) this.#channelFrame(frame, event, channel, data, text.length);
    else this.#connectionFrame(event, asRecord(data));
  }

  #connectionFrame(event: string, record: JsonRecord | undefined): void {
    switch (event) {
      case 'pusher:connection_established': {
        const socketId = textField(record, 'socket_id') ?? '';
        const idleLimit = Number(field(record, 'activity_timeout')) * 1000;
        this.#socketId = socketId;
        this.#receive({ type: 'opened', socketId, idleLimit });
        return;
      }
      case 'pusher:ping':
        this.#write({ event: 'pusher:pong', data: {} });
        return;
      case 'pusher:signin_success': {
        const user = asRecord(parseJson(textField(record, 'user_data') ?? ''));
        const id = textField(user, 'id');
        if (id !== undefined)
          this.#receive({ type: 'signed-in', user: { id, info: field(user, 'user_info') } });
        return;
      }
      case 'pusher:pong':
        this.#receive({ type: 'pong' });
        return;
      case 'pusher:error': {
        const code = field(record, 'code');
        const message = textField(record, 'message') ?? '';
        // Pusher refuses signatures without a code, and names the channel in its sentence.
        const silent = /^Invalid (?:signature|key|user_data)/.test(message) ? 4009 : null;
        const channel = / digest of [\d.]+:([^:,]+)/.exec(message)?.[1] ?? '';
        const asking = this.#askings.get(channel);
        if (asking?.state === 'asked') {
          const words = `The server refused "${channel}": Invalid signature`;
          this.#refuse(channel, asking, new SubscriptionError(words, { channel, status: 4009 }));
        } else
          this.#receive({ type: 'server-error', code: typeof code === 'number' ? code : silent, message });
      }
    }
  }

  #channelFrame(
    frame: JsonRecord | undefined,
    event: string,
    channel: string,
    data: unknown,
    bytes: number,
  ): void {
    const asking = this.#askings.get(channel);
    switch (event) {
      case 'pusher_internal:subscription_succeeded':
        this.#confirmed(channel, asRecord(field(asRecord(data), 'presence')));
        return;
      case 'pusher:subscription_error': {
        const message = textField(asRecord(data), 'error') ?? '';
        const status = Number(field(asRecord(data), 'status'));
        const error = new SubscriptionError(`The server refused "${channel}": ${message}`, {
          channel,
          status,
        });
        if (!this.#isStale(channel) && asking !== undefined) this.#refuse(channel, asking, error);
        return;
      }
      case 'pusher_internal:member_added':
      case 'pusher_internal:member_removed':
        this.#memberChanged(channel, event, asRecord(data));
        return;
    }
    this.#message(frame, event, channel, data, bytes);
  }

  #message(
    frame: JsonRecord | undefined,
    event: string,
    channel: string,
    data: unknown,
    bytes: number,
  ): void {
    const asking = this.#askings.get(channel);
    const id = textField(frame, 'message_id');
    const userId = textField(frame, 'user_id');
    const name = event === 'pusher_internal:subscription_count' ? 'pusher:subscription_count' : event;
    const opened = asking?.key === undefined ? data : decrypted(asking.key, asRecord(data));
    if (opened === undefined && asking?.key !== undefined) {
      this.#receive({ type: 'malformed', reason: `a payload on "${channel}" that does not open`, bytes });
      return;
    }
    this.#receive({ type: 'message', channel, event: name, data: opened, bytes, id, userId });
  }

  #isStale(channel: string): boolean {
    const left = this.#stale.get(channel) ?? 0;
    if (left > 1) this.#stale.set(channel, left - 1);
    else this.#stale.delete(channel);
    return left > 0;
  }

  #confirmed(channel: string, presence: JsonRecord | undefined): void {
    const asking = this.#askings.get(channel);
    if (this.#isStale(channel) || asking === undefined) return;
    asking.state = 'confirmed';
    const hash = asRecord(field(presence, 'hash'));
    const ids = field(presence, 'ids');
    // From `ids`: an object would put ids that look like numbers first.
    for (const id of Array.isArray(ids) ? ids.map(String) : [])
      asking.members.set(id, { id, info: field(hash, id) });
    const me = asking.me === undefined ? {} : { me: asking.me };
    const members = presence === undefined ? {} : { members: [...asking.members.values()] };
    this.#receive({ type: 'subscribed', channel, ...members, ...me });
  }

  #memberChanged(channel: string, event: string, data: JsonRecord | undefined): void {
    const asking = this.#askings.get(channel);
    const id = String(field(data, 'user_id'));
    if (asking?.state !== 'confirmed') return;
    if (event === 'pusher_internal:member_added') {
      const member = { id, info: field(data, 'user_info') };
      asking.members.set(id, member);
      this.#receive({ type: 'member-added', channel, member });
      return;
    }
    const member = asking.members.get(id) ?? { id, info: undefined };
    asking.members.delete(id);
    this.#receive({ type: 'member-removed', channel, member });
  }
}

function decrypted(key: Uint8Array, data: JsonRecord | undefined): unknown {
  const nonce = textField(data, 'nonce') ?? '';
  const text = decryptPayload(key, nonce, textField(data, 'ciphertext') ?? '');
  if (text === undefined) return undefined;
  const parsed = parseJson(text);
  return parsed === undefined ? text : parsed;
}
