import type { Transport, TransportSignal } from '../index';
import { readFrame, toLegacyFrame } from './frames';
import { type LegacyServerOptions, ServerLine } from './server-line';

/** The address of one channel, and whether the client asked for it. */
interface Stream {
  readonly line: ServerLine;
  wanted: boolean;
  /** The server let us in. */
  reached: boolean;
}

type Refusal = Extract<TransportSignal, { readonly type: 'subscription-refused' }>;

/** Ends that the server meant for this address alone. Others, but for codes of its own, are a loss of everything. */
const single = /* @__PURE__ */ new Set([1000, 1002, 1003, 1005, 1007, 1008, 1009, 1010]);

/**
 * A transport to a server of the old kind: a socket for each channel, and one connection as far as the client can tell. It is there
 * at once when there is nothing to dial yet, and afterwards as soon as an address that was in use can be had again.
 */
export class ServerTransport implements Transport {
  readonly unsigned = true;
  readonly #options: LegacyServerOptions;
  readonly #streams = new Map<string, Stream>();
  /** Channels that were in use; the first is dialled to find out whether the server is back. */
  readonly #known = new Set<string>();
  #receive: ((signal: TransportSignal) => void) | undefined;
  #opened = false;
  #dials = 0;

  constructor(options: LegacyServerOptions) {
    this.#options = options;
  }

  open(receive: (signal: TransportSignal) => void): void {
    this.close();
    this.#receive = receive;
    this.#dials += 1;
    const [first] = this.#known;
    if (first !== undefined) this.#dial(first, false);
    else queueMicrotask(this.#whileCurrent(() => this.#begin()));
  }

  close(): void {
    this.#receive = undefined;
    this.#opened = false;
    for (const { line } of this.#streams.values()) line.leave();
    this.#streams.clear();
  }

  subscribe(channel: string): boolean {
    if (!this.#opened) return false;
    this.#known.add(channel);
    const stream = this.#streams.get(channel);
    if (stream?.line.open === true) {
      stream.wanted = true;
      const confirm = (): void => {
        if (this.#streams.get(channel) === stream && stream.wanted) this.#confirm(channel);
      };
      queueMicrotask(this.#whileCurrent(confirm));
      return true;
    }
    stream?.line.leave();
    this.#streams.delete(channel);
    try {
      this.#dial(channel, true);
    } catch (cause) {
      this.#known.delete(channel);
      const message = `the address cannot be had from the old server (${String(cause)})`;
      queueMicrotask(this.#whileCurrent(() => this.#refuse(channel, { message, retryable: false })));
    }
    return true;
  }

  unsubscribe(channel: string): void {
    this.#known.delete(channel);
    this.#streams.get(channel)?.line.leave();
    this.#streams.delete(channel);
  }

  send(channel: string, event: string, data: unknown): boolean {
    return this.lineOf(channel)?.write(toLegacyFrame({ event, data })) ?? false;
  }

  ping(): void {
    const { heartbeat } = this.#options;
    const streams = [...this.#streams];
    // What was let go while there was no connection, and dialled to find out whether there is one again.
    for (const [channel, { wanted }] of streams) if (!wanted) this.unsubscribe(channel);
    const asked =
      heartbeat !== undefined &&
      streams.filter(([, { line }]) => line.write({ type: heartbeat[0] })).length > 0;
    // Nobody can be asked: the sockets themselves are the only sign of life.
    if (!asked) this.#receive?.({ type: 'pong' });
  }

  destroy(): void {
    this.close();
    this.#known.clear();
  }

  /** The open socket of a channel that is subscribed. */
  lineOf(channel: string): ServerLine | undefined {
    const stream = this.#streams.get(channel);
    return stream?.wanted === true && stream.line.open ? stream.line : undefined;
  }

  #dial(channel: string, wanted: boolean): void {
    const line = new ServerLine(channel, this.#options, {
      opened: () => {
        stream.reached = true;
        this.#begin();
        if (this.#streams.get(channel)?.line === line && stream.wanted) this.#confirm(channel);
      },
      received: (data) => {
        if (stream.wanted) this.#message(channel, data);
      },
      closed: (code, reason) => {
        if (this.#streams.get(channel)?.line === line) this.#ended(channel, stream, code, reason);
      },
    });
    const stream: Stream = { line, wanted, reached: false };
    this.#streams.set(channel, stream);
  }

  #begin(): void {
    if (this.#opened) return;
    this.#opened = true;
    const socketId = `legacy.${this.#dials}`;
    this.#receive?.({ type: 'opened', socketId, idleLimit: 120_000 });
  }

  #confirm(channel: string): void {
    this.#receive?.({ type: 'subscribed', channel });
  }

  #message(channel: string, data: unknown): void {
    const bytes = typeof data === 'string' ? data.length : 0;
    try {
      const { event, data: payload, messageId } = readFrame(typeof data === 'string' ? data : undefined);
      if (event === this.#options.heartbeat?.[1]) this.#receive?.({ type: 'pong' });
      else if (/^pusher(_internal)?:/.test(event)) throw new Error(event);
      else {
        const id = typeof messageId === 'string' && messageId !== '' ? messageId : undefined;
        this.#receive?.({ type: 'message', channel, event, data: payload, id, userId: undefined, bytes });
      }
    } catch {
      this.#receive?.({
        type: 'malformed',
        reason: `what is no frame, from the server of "${channel}"`,
        bytes,
      });
    }
  }

  #ended(channel: string, { reached }: Stream, code: number, reason: string): void {
    this.#streams.delete(channel);
    const others = [...this.#streams.values()].some((stream) => stream.reached);
    const words = `${code}${reason === '' ? '' : `: ${reason}`}`;
    if (reached && (single.has(code) || code >= 3000)) {
      const message = `the old server ended it (${words})`;
      // It does not want us. Every other end in good order may be a restart, or weariness: it is dialled again, not at once.
      const retryable = code !== 1008 && code < 3000;
      const retryAfter = retryable ? 2_000 + Math.random() * 8_000 : undefined;
      if (!retryable) this.#known.delete(channel);
      this.#refuse(channel, { message, code, retryable, retryAfter });
    } else if (!reached && others) {
      const message = `the old server is there, but not for this address (${words})`;
      this.#refuse(channel, { message, retryable: true });
    } else {
      // To the end of the list: an address that is gone must not keep us from the others.
      if (this.#known.delete(channel)) this.#known.add(channel);
      const receive = this.#receive;
      this.close();
      receive?.({ type: 'closed', code, ...(reason === '' ? undefined : { reason }) });
    }
  }

  #refuse(channel: string, refusal: Omit<Refusal, 'type' | 'channel'>): void {
    this.#receive?.({ type: 'subscription-refused', channel, ...refusal });
  }

  /** For what comes later: nothing, when the dial is over by then. */
  #whileCurrent(run: () => void): () => void {
    const dial = this.#dials;
    return () => {
      if (dial === this.#dials && this.#receive !== undefined) run();
    };
  }
}
