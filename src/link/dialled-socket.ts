import { errorIn, fieldsOf, type PusherFrame, type PusherLinkEvents, readFrame } from './frames';

/** What pusher-js assigns its callbacks to, and calls. */
export interface SocketFace {
  onopen?: ((event: unknown) => void) | undefined;
  onerror?: ((event: unknown) => void) | undefined;
  onclose?: ((event: unknown) => void) | undefined;
  onmessage?: ((event: unknown) => void) | undefined;
  send(text: string): void;
  close(): void;
}

/** What becomes of a socket. */
export interface DialledSocketSettings {
  /** Gets what comes in, but `closed`. */
  readonly events: PusherLinkEvents;
  /** Called once, at the end, unless `leave()` came first. */
  readonly ended: (code?: number, reason?: string) => void;
  /** Whether pusher-js gets every frame, for those who read its log. Default: only what it lives on. */
  readonly forwardAll: boolean;
}

/** The socket of one dial: ours to hold, with a face for pusher-js that shows it no more than handshake, pings and pongs. */
export class DialledSocket {
  /** What pusher-js takes for the socket. */
  readonly face: SocketFace;
  readonly #socket: WebSocket;
  readonly #settings: DialledSocketSettings;
  #left = false;
  #open = false;

  constructor(socket: WebSocket, settings: DialledSocketSettings) {
    this.#socket = socket;
    this.#settings = settings;
    this.face = {
      send: (text) => {
        if (!this.#left && socket.readyState === 1) socket.send(text);
      },
      // Not twice: the WebSocket that pusher-js brings for Node then forgets a timer of 30 s, which keeps the process alive.
      close: () => {
        if (!this.#left) socket.close();
      },
    };
    socket.onopen = (event) => {
      if (this.#left) socket.close();
      else this.face.onopen?.(event);
    };
    // The close that follows says as much; pusher-js would wait out a 15 s timeout on an error.
    socket.onerror = () => {};
    socket.onclose = ({ code, reason }) => this.#end(code, reason === '' ? undefined : reason);
    socket.onmessage = (event) => {
      if (!this.#left) this.#message(event);
    };
  }

  /** Writes text; false when there is nothing to write to. */
  write(text: string): boolean {
    if (this.#left || !this.#open || this.#socket.readyState !== 1) return false;
    // Straight to the socket: pusher-js would put each frame off by a timer, and drop it if the socket closes meanwhile.
    this.#socket.send(text);
    return true;
  }

  /** Hangs up; nothing is told afterwards. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    if (this.#socket.readyState < 2) this.#socket.close();
  }

  #end(code?: number, reason?: string): void {
    if (this.#left) return;
    this.leave();
    this.#settings.ended(code, reason);
  }

  #message(event: MessageEvent): void {
    const { events, forwardAll } = this.#settings;
    const text: unknown = event.data;
    const bytes = typeof text === 'string' ? text.length : 0;
    const frame = readFrame(text);
    if (typeof frame === 'string') {
      events.malformed(frame, bytes);
      return;
    }
    if (!this.#open) {
      this.#handshake(frame, event, bytes);
      return;
    }
    switch (frame.event) {
      case 'pusher:connection_established':
        events.malformed('a second handshake', bytes);
        return;
      case 'pusher:ping':
      case 'pusher:pong':
        // Not the pongs to pings that it did not send only: any of them tells pusher-js that the link is alive.
        this.face.onmessage?.(event);
        events.frame(frame, bytes);
        return;
    }
    events.frame(frame, bytes);
    // After us: where pusher-js throws at a frame, we have it. Not its errors: pusher-js would answer them with retries.
    if (forwardAll && !this.#left && frame.event !== 'pusher:error') this.face.onmessage?.(event);
  }

  #handshake(frame: PusherFrame, event: MessageEvent, bytes: number): void {
    const { events } = this.#settings;
    if (frame.event === 'pusher:error') {
      // A connection limit, or a wrong key; some servers (Reverb) then close without a code.
      const { code, message } = errorIn(frame.data);
      this.#end(code, message);
      return;
    }
    if (frame.event !== 'pusher:connection_established') {
      events.malformed('a frame before the handshake', bytes);
      return;
    }
    const { socket_id, activity_timeout } = fieldsOf(frame.data);
    const idleLimit = Number(activity_timeout) * 1000;
    if (typeof socket_id !== 'string' || !(idleLimit > 0)) {
      this.#end(undefined, 'The server did not introduce itself as a Pusher server does.');
      return;
    }
    this.face.onmessage?.(event);
    this.#open = true;
    events.opened(socket_id, idleLimit);
  }
}
