import { ConfigurationError } from '../index';
import type { HostSession, ProtocolServer } from './protocol-server';
import { checkReason, isAddress, isWhole, show } from './script-rules';

/** What listeners of a {@link MemorySocket} get; which fields are there depends on `type`, as with WebSocket. */
export interface MemorySocketEvent {
  /** Which event it is. */
  readonly type: 'open' | 'message' | 'error' | 'close';
  /** The text of a message. */
  readonly data?: string;
  /** The code of a close; 1005 and 1006 as in a browser. */
  readonly code?: number;
  /** The reason of a close. */
  readonly reason?: string;
  /** Whether a close was announced. */
  readonly wasClean?: boolean;
}

/** Gets the events of a {@link MemorySocket}. */
export type MemorySocketListener = (event: MemorySocketEvent) => void;

/**
 * A WebSocket without a network: same members, same order of events, everything asynchronous.
 *
 * Give it to whatever takes a WebSocket, or write frames by hand to see what the server answers.
 */
export class MemorySocket {
  /** The address it was made with. */
  readonly url: string;
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readyState: 0 | 1 | 2 | 3 = 0;
  /** Called when the socket is open. */
  onopen: MemorySocketListener | null = null;
  /** Called for each frame from the server. */
  onmessage: MemorySocketListener | null = null;
  /** Called before the close when the connection failed. */
  onerror: MemorySocketListener | null = null;
  /** Called once, at the end. */
  onclose: MemorySocketListener | null = null;
  readonly #listeners = new Map<string, Set<MemorySocketListener>>();
  #session: HostSession | undefined;

  /** Made by `server.connect(url)`. */
  constructor(url: string, server: ProtocolServer, refusesTcp: () => boolean) {
    if (!isAddress(url)) throw new ConfigurationError(`"${url}" is not a WebSocket address.`);
    this.url = url;
    inAMoment(() => (refusesTcp() ? this.#fail() : this.#open(server)));
  }

  /** Writes a frame. Like a browser's, throws before the socket is open, and sends nothing once it is closing. */
  send(frame: string | ArrayBufferLike | ArrayBufferView): void {
    if (this.readyState === 0)
      throw new ConfigurationError('The socket is not open yet: send when it is, in a listener of `open`.');
    const text = typeof frame === 'string' ? frame : undefined;
    inAMoment(() => {
      if (this.readyState === 1) this.#session?.receive(text);
    });
  }

  /**
   * Closes the socket; listeners of `close` hear of it a moment later. As in a browser, a code is 1000 or 3000 to 4999, and
   * without one the close frame carries none, which is seen as 1005. One that was not open yet fails, with 1006.
   */
  close(code?: number, reason = ''): void {
    if (code !== undefined && code !== 1000 && !(isWhole(code) && code >= 3000 && code <= 4999)) {
      throw new ConfigurationError(`A socket must be closed with 1000 or 3000 to 4999; got ${show(code)}.`);
    }
    checkReason(reason, 'close(code, reason)');
    if (this.readyState >= 2) return;
    if (this.readyState === 0) {
      this.readyState = 2;
      inAMoment(() => this.#end(1006, '', false));
      return;
    }
    this.readyState = 2;
    // Two turns, so that a frame written just before the close still gets there.
    inAMoment(() => inAMoment(() => this.#end(code ?? 1005, reason, true)));
  }

  /** Adds a listener. */
  addEventListener(type: MemorySocketEvent['type'], listener: MemorySocketListener): void {
    this.#listeners.set(type, (this.#listeners.get(type) ?? new Set()).add(listener));
  }

  /** Removes a listener. */
  removeEventListener(type: MemorySocketEvent['type'], listener: MemorySocketListener): void {
    this.#listeners.get(type)?.delete(listener);
  }

  #open(server: ProtocolServer): void {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    this.#emit({ type: 'open' });
    const { protocol, pathname, search } = new URL(this.url);
    this.#session = server.accept({
      path: pathname + search,
      secure: protocol === 'wss:',
      send: (frame) => inAMoment(() => this.#receive(frame)),
      close: (code, reason) => inAMoment(() => this.#end(code, reason, true)),
      drop: () => inAMoment(() => this.#end(1006, '', false)),
    });
  }

  #fail(): void {
    if (this.readyState < 2) this.#end(1006, '', false);
  }

  #receive(frame: string): void {
    if (this.readyState === 1) this.#emit({ type: 'message', data: frame });
  }

  #end(code: number, reason: string, wasClean: boolean): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#session?.closed();
    if (!wasClean) this.#emit({ type: 'error' });
    this.#emit({ type: 'close', code, reason, wasClean });
  }

  #emit(event: MemorySocketEvent): void {
    const thrown: unknown[] = [];
    for (const listener of [this[`on${event.type}`], ...(this.#listeners.get(event.type) ?? [])]) {
      try {
        listener?.(event);
      } catch (error) {
        thrown.push(error);
      }
    }
    // Nobody's listener keeps another from hearing; the platform finds it all the same.
    for (const error of thrown)
      inAMoment(() => {
        throw error;
      });
  }
}

/** A microtask, and not by `queueMicrotask`, which the fake timers of Jest and Vitest keep back. */
function inAMoment(action: () => void): void {
  void Promise.resolve().then(action);
}
