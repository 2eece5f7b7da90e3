import type { Network } from 'surewire';

type Change = 'online' | 'offline' | 'resumed';

const place = 'surewire-demo-offline';

/**
 * The network of this device with a switch in front of it: without one when the browser says so, or the switch is off. The
 * client hears of it as it hears of the browser's; its sockets break and its requests fail as they do without a network.
 */
export class SwitchedNetwork implements Network {
  readonly #listeners = new Set<() => void>();
  readonly #sockets = new Set<WebSocket>();
  #requests = new AbortController();

  constructor() {
    // All tabs of a browser have the same network, so they share the switch; a page that is reloaded finds it as it was.
    addEventListener('storage', ({ key }) => {
      if (key === place || key === null) this.#changed();
    });
  }

  /** Whether our own switch is off, whatever the browser says. */
  get switchedOff(): boolean {
    return localStorage.getItem(place) !== null;
  }

  online(): boolean {
    return navigator.onLine && !this.switchedOff;
  }

  watch(listener: (change: Change) => void): () => void {
    const end = new AbortController();
    const { signal } = end;
    const tell = (): void => listener(this.online() ? 'online' : 'offline');
    addEventListener('online', tell, { signal });
    addEventListener('offline', tell, { signal });
    // What surewire looks at by itself when it is given no network.
    addEventListener('pageshow', ({ persisted }) => persisted && listener('resumed'), { signal });
    document.addEventListener('resume', () => listener('resumed'), { signal });
    document.addEventListener(
      'visibilitychange',
      () => document.visibilityState === 'visible' && listener('resumed'),
      { signal },
    );
    this.#listeners.add(tell);
    return () => {
      this.#listeners.delete(tell);
      end.abort();
    };
  }

  /** Goes offline in all tabs of this browser, or comes back. */
  flip(): void {
    if (this.switchedOff) localStorage.removeItem(place);
    else localStorage.setItem(place, 'switched off');
    // The event of the storage goes to the other tabs only.
    this.#changed();
  }

  /** Puts the switch before every WebSocket that is opened on this page from now on. */
  install(): void {
    const isOff = (): boolean => this.switchedOff;
    const keep = (socket: WebSocket): void => {
      this.#sockets.add(socket);
      socket.addEventListener('close', () => this.#sockets.delete(socket));
    };
    globalThis.WebSocket = class extends WebSocket {
      constructor(address: string | URL, protocols?: string | string[]) {
        // Where nobody is: the browser itself then says that it cannot be reached.
        super(isOff() ? 'ws://offline.invalid/' : address, protocols);
        keep(this);
      }
    };
  }

  /** The platform's `fetch`, which fails while the switch is off; what is under way then breaks off. */
  readonly fetch = async (address: string, init: RequestInit): Promise<Response> => {
    if (this.switchedOff) throw new TypeError('There is no network: the demo’s switch is off.');
    const { signal } = this.#requests;
    return fetch(address, {
      ...init,
      signal: init.signal == null ? signal : AbortSignal.any([init.signal, signal]),
    });
  };

  #changed(): void {
    if (this.switchedOff) {
      this.#requests.abort(new TypeError('The network went away.'));
      this.#requests = new AbortController();
      for (const socket of this.#sockets) socket.close();
    }
    for (const tell of this.#listeners) tell();
  }
}
