import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** Where connections are passed on to. */
export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** Nothing passes any more, and nobody is told. */
  dead: boolean;
}

/**
 * This machine, by an address that does not say so: whoever knows that the server is on the same machine does not care whether the device
 * is offline, and users' servers are elsewhere. Only Linux takes it for the loopback.
 */
export const elsewhere = process.platform === 'linux' ? '0.0.0.0' : '127.0.0.1';

/** A TCP proxy that breaks connections the way networks do. */
export class FaultProxy {
  readonly #target: ProxyTarget;
  readonly #pairs = new Set<Pair>();
  #server: Server | undefined;
  #port = 0;
  #blackhole = false;
  #turnsAway = false;
  #upgradeStatus: number | undefined;
  #latency = 0;
  /** When connections came in, in milliseconds of `performance.now()`; those refused by the port itself are not seen. */
  readonly dials: number[] = [];

  private constructor(target: ProxyTarget) {
    this.#target = target;
  }

  /** Opens a proxy on a free port. */
  static async open(target: ProxyTarget): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await proxy.listen();
    return proxy;
  }

  /** Where clients connect to. */
  get port(): number {
    return this.#port;
  }

  /** Takes connections (again), on the same port as before. */
  async listen(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((socket) => this.#carry(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', 4_096, resolve);
    });
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  /** Ends every connection with a TCP reset. */
  reset(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  /** Refuses connections as if nothing listened, until `listen()`. Those that exist stay. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Takes connections only to reset them, so that they are counted. The returned stop ends it. */
  turnAway(): () => void {
    this.#turnsAway = true;
    return () => {
      this.#turnsAway = false;
    };
  }

  /** Answers upgrades with an HTTP status, as a load balancer without a backend does. The returned stop ends it. */
  answerUpgrades(status: number): () => void {
    this.#upgradeStatus = status;
    return () => {
      this.#upgradeStatus = undefined;
    };
  }

  /**
   * Lets nothing through any more, and tells nobody. After the returned stop new connections work; the earlier ones stay
   * dead, as after a change of networks.
   */
  blackhole(): () => void {
    this.#blackhole = true;
    for (const pair of this.#pairs) pair.dead = true;
    return () => {
      this.#blackhole = false;
    };
  }

  /** Makes each direction late by so many milliseconds. */
  delay(milliseconds: number): void {
    this.#latency = milliseconds;
  }

  /** Ends everything. */
  close(): void {
    this.refuse();
    this.reset();
  }

  #carry(near: Socket): void {
    this.dials.push(performance.now());
    near.on('error', () => {});
    if (this.#turnsAway) {
      near.resetAndDestroy();
      return;
    }
    const status = this.#upgradeStatus;
    if (status !== undefined) {
      near.once('data', () => near.end(`HTTP/1.1 ${status} Unavailable\r\ncontent-length: 0\r\n\r\n`));
      return;
    }
    const far = createConnection(this.#target);
    far.on('error', () => {});
    near.setNoDelay(true);
    far.setNoDelay(true);
    const pair: Pair = { near, far, dead: this.#blackhole };
    this.#pairs.add(pair);
    this.#pipe(pair, near, far);
    this.#pipe(pair, far, near);
  }

  #pipe(pair: Pair, from: Socket, to: Socket): void {
    const late: (() => void)[] = [];
    let due = 0;
    const soon = (pass: () => void): void => {
      const now = performance.now();
      // Never before what came earlier: TCP keeps the order, also when a link gets faster or a timer of a busy machine is early.
      due = Math.max(due, now + this.#latency);
      if (due - now < 1 && late.length === 0) pass();
      else {
        late.push(pass);
        setTimeout(() => late.shift()?.(), due - now);
      }
    };
    from.on('data', (chunk) => {
      if (!pair.dead) soon(() => to.destroyed || to.write(chunk));
    });
    from.on('close', () => {
      this.#pairs.delete(pair);
      if (!pair.dead) soon(() => to.destroy());
    });
  }
}
