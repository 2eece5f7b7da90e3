import { asRecord, type JsonRecord, parseJson, textField } from '../../src/testing/json-values';

/** The part of a WebSocket that a raw client uses; the one in memory and the real ones all have it. */
export interface Socket {
  onmessage: Listener<{ readonly data?: unknown }>;
  onclose: Listener<{ readonly code?: number }>;
  send(frame: string | ArrayBufferView<ArrayBuffer>): void;
  close(): void;
}

// A method's parameters may be narrower, so that a browser's WebSocket, which promises more of its events, fits.
type Listener<Event> = { listen(event: Event): void }['listen'] | null;

/** A frame as it came, with its data parsed. */
export interface ReceivedFrame {
  readonly event: string;
  readonly channel: string | undefined;
  readonly data: unknown;
  readonly frame: JsonRecord;
}

/** A client without any library: frames in, frames out. */
export class RawClient {
  readonly frames: ReceivedFrame[] = [];
  readonly closed: Promise<number>;
  socketId = '';
  readonly #socket: Socket;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const frame = asRecord(parseJson(String(data))) ?? {};
      const raw = frame['data'];
      const parsed = typeof raw === 'string' ? (parseJson(raw) ?? raw) : raw;
      this.frames.push({
        event: textField(frame, 'event') ?? '',
        channel: textField(frame, 'channel'),
        data: parsed,
        frame,
      });
      for (const wake of this.#waiting) wake();
    };
    this.closed = new Promise((resolve) => {
      socket.onclose = ({ code = 1005 }) => resolve(code);
    });
  }

  /** The names of the events that came so far. */
  get events(): string[] {
    return this.frames.map(({ event }) => event);
  }

  send(event: string, data: unknown, channel?: string): void {
    this.#socket.send(JSON.stringify({ event, data, channel }));
  }

  sendRaw(frame: string | ArrayBufferView<ArrayBuffer>): void {
    this.#socket.send(frame);
  }

  close(): void {
    this.#socket.close();
  }

  /** The next frame of an event that was not given out yet; frames before it are skipped. */
  async next(event: string): Promise<ReceivedFrame> {
    for (;;) {
      while (this.#taken < this.frames.length) {
        const frame = this.frames[this.#taken];
        this.#taken += 1;
        if (frame?.event === event) return frame;
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  async established(): Promise<this> {
    const { data } = await this.next('pusher:connection_established');
    this.socketId = textField(asRecord(data), 'socket_id') ?? '';
    return this;
  }

  async subscribe(channel: string, proof: JsonRecord = {}): Promise<ReceivedFrame> {
    this.send('pusher:subscribe', { channel, ...proof });
    return this.next('pusher_internal:subscription_succeeded');
  }

  /** Waits until the server has dealt with everything sent so far, and all its answers are here. */
  async settled(): Promise<void> {
    this.send('pusher:ping', {});
    await this.next('pusher:pong');
  }
}
