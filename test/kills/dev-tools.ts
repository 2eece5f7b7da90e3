import { awaited } from './awaited';

/** What Chromium tells by itself. */
export interface DevToolsEvent {
  readonly method: string;
  readonly sessionId?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

type Result = Readonly<Record<string, unknown>>;

interface Waiter {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Chromium's own protocol, without Playwright in between: that follows each page with sessions, worlds and scripts of its own,
 * which costs more than a page which lives for half a second.
 */
export class DevTools {
  readonly #socket: WebSocket;
  readonly #waiters = new Map<number, Waiter>();
  readonly #listeners = new Set<(event: DevToolsEvent) => void>();
  #calls = 0;
  /** Resolves when the browser is gone. */
  readonly closed: Promise<void>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data))));
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', () => {
        for (const { reject } of this.#waiters.values()) reject(new Error('Chromium is gone'));
        this.#waiters.clear();
        resolve();
      });
    });
  }

  static async connect(address: string): Promise<DevTools> {
    const socket = new WebSocket(address);
    const open = new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', () => reject(new Error(`Chromium does not answer at ${address}`)));
    });
    await awaited(open, `Chromium takes us in at ${address}`);
    return new DevTools(socket);
  }

  /** Asks for something, of the browser or of the target behind `sessionId`. Rejects when there is no answer in time. */
  send(method: string, params: object = {}, sessionId?: string): Promise<Result> {
    const answer = new Promise<Result>((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject(new Error('Chromium is gone'));
        return;
      }
      const id = ++this.#calls;
      this.#waiters.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
    });
    return awaited(answer, `Chromium answers ${method} ${JSON.stringify(params).slice(0, 200)}`);
  }

  /** Calls `listener` at every event. The returned undo takes it off. */
  on(listener: (event: DevToolsEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #receive(
    frame: DevToolsEvent & {
      readonly id?: number;
      readonly result?: Result;
      readonly error?: { readonly message: string };
    },
  ): void {
    if (frame.id === undefined) {
      for (const listener of [...this.#listeners]) listener(frame);
      return;
    }
    const waiter = this.#waiters.get(frame.id);
    this.#waiters.delete(frame.id);
    if (frame.error) waiter?.reject(new Error(frame.error.message));
    else waiter?.resolve(frame.result ?? {});
  }
}
