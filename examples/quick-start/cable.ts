import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * The cable between the browsers and the server. Everything a page sends or hears goes through it, so that it can be
 * pulled out for all of them at once, whatever they run; the simulated classmates sit on the other side.
 */
export class Cable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #pluggedInAt = 0;
  #muted = false;

  /** `to` is the port of the server at the other end, on this machine. */
  constructor(to: number) {
    this.#server = createServer((near) => {
      if (this.isCut) {
        near.resetAndDestroy();
        return;
      }
      const far = connect(to, '127.0.0.1');
      this.#join(near, far);
      this.#join(far, near);
    });
  }

  /** Opens a free port, and resolves with it. */
  async listen(host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, host, resolve);
    });
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('The cable has no port.');
    return address.port;
  }

  /** Whether nobody gets through at the moment. */
  get isCut(): boolean {
    return Date.now() < this.#pluggedInAt;
  }

  /** Breaks every connection, and refuses new ones for so many milliseconds. */
  cut(milliseconds: number): void {
    this.#pluggedInAt = Date.now() + milliseconds;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Keeps connections open with nothing getting through, or lets everything through again. */
  mute(muted: boolean): void {
    this.#muted = muted;
    for (const socket of this.#sockets)
      if (muted) socket.pause();
      else socket.resume();
  }

  /** Ends everything. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (chunk) => to.write(chunk));
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    if (this.#muted) from.pause();
  }
}
