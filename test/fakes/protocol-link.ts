import type { Clock } from '../../src/ports';
import type { FrameLink, FrameLinkEvents } from '../../src/transport-port';

interface Line {
  readonly socketId: string;
  readonly events: FrameLinkEvents;
  readonly channels: Set<string>;
  readonly waiting: (() => void)[];
  lastDue: number;
}

export function proofOf(socketId: string, channel: string): string {
  return `key:${Buffer.from(`${socketId}:${channel}`).toString('hex')}`;
}

/**
 * A Pusher server for one client and the link to it: obeys the protocol, counts what should not happen, and does wrong
 * what it is told to. Order is kept in both directions, as on a socket.
 */
export class ProtocolLink implements FrameLink {
  /** How long a frame takes, one way. */
  latency = 0;
  /** Whether refusals name their channel, as soketi's do; Pusher's, Reverb's and Sockudo's do not. */
  named = false;
  /** Channels that the server refuses although they are authorized. */
  readonly refused = new Set<string>();
  /** Channels that the server does not answer for. */
  readonly unanswered = new Set<string>();
  readonly members = new Map<string, unknown>();
  /** Frames that came, as `subscribe private-a`. */
  readonly frames: string[] = [];
  readonly complaints: string[] = [];
  /** What `cryptography()` gives: nothing, as in the smaller builds. */
  nacl: unknown;
  refusing = false;
  #muted = false;
  #sockets = 0;
  #line: Line | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get channels(): string[] {
    return [...(this.#line?.channels ?? [])].sort();
  }

  get socketId(): string | undefined {
    return this.#line?.socketId;
  }

  open(events: FrameLinkEvents): void {
    this.#sockets += 1;
    const socketId = `${this.#sockets}.1`;
    const line: Line = { socketId, events, channels: new Set(), waiting: [], lastDue: 0 };
    this.#line = line;
    if (this.refusing) this.#later(line, () => this.drop());
    else
      this.tell('pusher:connection_established', undefined, { socket_id: socketId, activity_timeout: 120 });
  }

  close(): void {
    this.#line = undefined;
  }

  destroy(): void {
    this.close();
  }

  cryptography(): unknown {
    return this.nacl;
  }

  write(text: string): boolean {
    const line = this.#line;
    if (line === undefined) return false;
    const { event, data } = JSON.parse(text) as { readonly event: string; readonly data: unknown };
    this.#later(line, () => this.#serve(line, event, data as Readonly<Record<string, string>>));
    return true;
  }

  /** Ends the connection without a word. */
  drop(code = 1006): void {
    const line = this.#line;
    this.#line = undefined;
    line?.events.closed(code);
  }

  /** Keeps the connection and lets nothing through until `unmute`. */
  mute(): void {
    this.#muted = true;
  }

  unmute(): void {
    this.#muted = false;
    for (const act of this.#line?.waiting.splice(0) ?? []) act();
  }

  /** Takes the client off a channel and says so by name, as servers do that shut a room. */
  kick(channel: string): void {
    const line = this.#line;
    if (line?.channels.delete(channel) !== true) return;
    this.tell('pusher:subscription_error', channel, {
      type: 'ServiceUnavailable',
      error: 'shut',
      status: 503,
    });
  }

  /** Sends an event to the client if it is subscribed. */
  publish(channel: string, event: string, data: unknown): void {
    const line = this.#line;
    if (line?.channels.has(channel) === true) this.tell(event, channel, data);
  }

  join(channel: string, id: string, info: unknown): void {
    this.members.set(id, info);
    this.publish(channel, 'pusher_internal:member_added', { user_id: id, user_info: info });
  }

  leave(channel: string, id: string): void {
    this.members.delete(id);
    this.publish(channel, 'pusher_internal:member_removed', { user_id: id });
  }

  /** Sends any frame. */
  tell(event: string, channel: string | undefined, data: unknown): void {
    const line = this.#line;
    if (line === undefined) return;
    this.#later(line, () => {
      line.events.received({ event, channel, data }, 10);
    });
  }

  /** Gives the client a frame at once, as it is. What its handler throws is thrown here. */
  inject(frame: unknown): void {
    this.#line?.events.received(typeof frame === 'string' ? frame : asText(frame), 10);
  }

  #later(line: Line, act: () => void): void {
    const now = this.#clock.now();
    const due = Math.max(line.lastDue, now + this.latency);
    line.lastDue = due;
    const arrive = (): void => {
      if (line !== this.#line) return;
      if (this.#muted) line.waiting.push(act);
      else act();
    };
    if (due > now) this.#clock.after(due - now, arrive);
    else queueMicrotask(arrive);
  }

  #serve(line: Line, event: string, data: Readonly<Record<string, string>>): void {
    const channel = data['channel'] ?? '';
    if (event === 'pusher:ping') this.tell('pusher:pong', undefined, {});
    if (event === 'pusher:subscribe') {
      this.frames.push(`subscribe ${channel}`);
      this.#subscribe(line, channel, data['auth']);
    }
    if (event === 'pusher:unsubscribe') {
      this.frames.push(`unsubscribe ${channel}`);
      line.channels.delete(channel);
    }
  }

  #subscribe(line: Line, channel: string, auth: string | undefined): void {
    if (line.channels.has(channel)) this.complaints.push(`existing subscription to ${channel}`);
    const guarded = /^(private|presence)-/.test(channel);
    if (guarded && auth !== proofOf(line.socketId, channel))
      this.complaints.push(`stale signature for ${channel}`);
    if (this.unanswered.has(channel)) return;
    if (this.refused.has(channel)) {
      if (this.named) this.tell('pusher:subscription_error', channel, { type: 'AuthError', status: 401 });
      else this.tell('pusher:error', undefined, { code: guarded ? 4009 : 4300, message: 'Not for you' });
      return;
    }
    line.channels.add(channel);
    const presence = {
      count: this.members.size + 1,
      ids: ['me', ...this.members.keys()],
      hash: { me: { name: 'me' }, ...Object.fromEntries(this.members) },
    };
    this.tell(
      'pusher_internal:subscription_succeeded',
      channel,
      channel.startsWith('presence-') ? { presence } : {},
    );
  }
}

/** As a server sends it, or, where that cannot be written, as another parser made it. */
function asText(frame: unknown): unknown {
  try {
    return JSON.stringify(frame);
  } catch {
    return frame;
  }
}
