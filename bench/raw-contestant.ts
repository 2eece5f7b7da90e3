import Pusher from 'pusher-js';
import type { Contestant, ContestantSettings } from './contestant';

interface NetworkEmitter {
  emit(event: string): void;
}

/** pusher-js as its documentation shows it: defaults, WebSocket only, a header with the token. */
export class RawContestant implements Contestant {
  readonly #pusher: Pusher;
  readonly #refused = new Set<string>();
  #claimed = 0;

  constructor({ key, host, port, authEndpoint, token }: ContestantSettings) {
    this.#pusher = new Pusher(key, {
      cluster: '',
      wsHost: host,
      wsPort: port,
      forceTLS: false,
      enabledTransports: ['ws'],
      channelAuthorization: {
        endpoint: authEndpoint,
        transport: 'ajax',
        headers: { authorization: `Bearer ${token('missing')}` },
      },
    });
  }

  connect(): void {
    // pusher-js dials when it is constructed.
  }

  saysConnected(): boolean {
    return this.#pusher.connection.state === 'connected';
  }

  state(): string {
    return this.#pusher.connection.state;
  }

  listen(channel: string, event: string, listener: (data: unknown) => void): void {
    const subscribed = this.#pusher.subscribe(channel);
    subscribed.bind(event, listener);
    subscribed.bind('pusher:subscription_error', () => this.#refused.add(channel));
  }

  publish(channel: string, event: string, data: unknown): void {
    if (this.#pusher.channel(channel).trigger(event, data)) this.#claimed += 1;
  }

  claimed(): number {
    return this.#claimed;
  }

  gaps(): number {
    // pusher-js has no word for it.
    return 0;
  }

  knowsRefusal(channel: string): boolean {
    return this.#refused.has(channel);
  }

  network(change: 'online' | 'offline'): void {
    // Node says nothing about its network: this is what the window's events call in a browser.
    const { Runtime } = Pusher as unknown as { readonly Runtime: { getNetwork(): NetworkEmitter } };
    Runtime.getNetwork().emit(change);
  }

  close(): void {
    this.#pusher.disconnect();
  }
}
