/** A WebSocket whose server is the test. */
export class HandSocket {
  /** Every socket so far, oldest first. */
  static all: HandSocket[] = [];
  readyState = 0;
  onopen: ((event: unknown) => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
  readonly sent: string[] = [];
  /** How often somebody closed it. */
  closings = 0;
  readonly url: string;

  constructor(url: string) {
    this.url = url;
    HandSocket.all.push(this);
  }

  /** The newest socket. */
  static get last(): HandSocket {
    const socket = HandSocket.all.at(-1);
    if (socket === undefined) throw new Error('nobody dialled');
    return socket;
  }

  /** How many sockets are neither closed nor closing. */
  static get living(): number {
    return HandSocket.all.filter(({ readyState }) => readyState < 2).length;
  }

  send(text: string): void {
    if (this.readyState !== 1) throw new Error('InvalidStateError');
    this.sent.push(text);
  }

  close(): void {
    this.closings += 1;
    if (this.readyState < 2) this.readyState = 2;
  }

  /** The server takes the socket. */
  open(): void {
    this.readyState = 1;
    this.onopen?.({});
  }

  /** A frame from the server: text as it is, anything else as JSON. */
  say(frame: unknown): void {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }

  /** The socket ends, whoever wanted it. */
  end(code = 1006, reason = ''): void {
    this.readyState = 3;
    this.onerror?.({ type: 'error' });
    this.onclose?.({ code, reason });
  }

  /** Takes the socket and shakes hands. */
  welcome(socketId = '1.1', activityTimeout: unknown = 120): void {
    if (this.readyState === 0) this.open();
    this.say({
      event: 'pusher:connection_established',
      data: JSON.stringify({ socket_id: socketId, activity_timeout: activityTimeout }),
    });
  }
}
