import type { ReadableStore, Stop } from 'surewire';
import type { DemoSettings } from '../settings.ts';

/** How pusher-js alone is doing. */
export interface RawStatus {
  /** Its own word for its connection. */
  readonly state: string;
  /** The numbers it heard, in the order in which they came. */
  readonly heard: readonly number[];
}

/** pusher-js alone, with its defaults, on the same channel of the same server: what surewire is compared with. */
export class RawListener implements ReadableStore<RawStatus> {
  readonly initial: RawStatus = { state: 'initialized', heard: [] };
  readonly #listeners = new Set<(value: RawStatus) => void>();
  #value: RawStatus = this.initial;

  /** Connects and listens until the returned stop. */
  listen(settings: DemoSettings, channel: string): Stop {
    const end = new AbortController();
    void this.#connect(settings, channel, end.signal);
    return () => end.abort();
  }

  /** Forgets what was heard. */
  clear(): void {
    this.#set({ ...this.#value, heard: [] });
  }

  get(): RawStatus {
    return this.#value;
  }

  subscribe(listener: (value: RawStatus) => void): Stop {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #connect({ server }: DemoSettings, channel: string, signal: AbortSignal): Promise<void> {
    const { default: Pusher } = await import('pusher-js');
    if (signal.aborted) return;
    const { key, host, port, tls = true, cluster } = server;
    const pusher = new Pusher(key, {
      cluster: cluster ?? '',
      ...(host === undefined ? {} : { wsHost: host }),
      ...(port === undefined ? {} : { wsPort: port, wssPort: port }),
      forceTLS: tls,
      // As surewire: over WebSockets only. The other transports of pusher-js need a server that speaks them.
      enabledTransports: ['ws', 'wss'],
    });
    signal.addEventListener('abort', () => pusher.disconnect());
    pusher.connection.bind('state_change', ({ current }: { readonly current: string }) => {
      this.#set({ ...this.#value, state: current });
    });
    pusher.subscribe(channel).bind('numbered', ({ number }: { readonly number: number }) => {
      this.#set({ ...this.#value, heard: [...this.#value.heard, number] });
    });
  }

  #set(value: RawStatus): void {
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }
}
