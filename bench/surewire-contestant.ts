import type { Channel, Network, RealtimeClient, UntypedChannels } from '../src/index';
import type { Contestant, ContestantSettings } from './contestant';
import { channelOf, surewireClient } from './surewire-client';

/** surewire with its defaults. */
export class SurewireContestant implements Contestant {
  readonly #client: RealtimeClient<UntypedChannels>;
  /** Channels end when nobody holds them. */
  readonly #channels = new Map<string, Channel>();
  #online = true;
  #tellNetwork = new Set<(change: 'online' | 'offline' | 'resumed') => void>();
  #claimed = 0;
  readonly #gaps: string[] = [];

  constructor({ key, host, port, authEndpoint, token }: ContestantSettings) {
    const network: Network = {
      online: () => this.#online,
      watch: (listener) => {
        this.#tellNetwork.add(listener);
        return () => this.#tellNetwork.delete(listener);
      },
    };
    this.#client = surewireClient({
      key,
      host,
      port,
      network,
      auth: { endpoint: authEndpoint, token },
      publish: 'to peers',
    });
    this.#client.on('gap', ({ channel }) => this.#gaps.push(channel));
  }

  connect(): void {
    void this.#client.connect().catch(() => {});
  }

  saysConnected(): boolean {
    return this.state() === 'connected';
  }

  state(): string {
    return this.#client.status.get().state;
  }

  /** When it dials next, in milliseconds since 1970. */
  retryAt(): number | undefined {
    return this.#client.status.get().retryAt;
  }

  listen(channel: string, event: string, listener: (data: unknown) => void): void {
    this.#channel(channel).on(event, listener);
  }

  publish(channel: string, event: string, data: unknown): void {
    this.#channel(channel)
      .publish(event, data)
      .then(
        () => {
          this.#claimed += 1;
        },
        () => {},
      );
  }

  claimed(): number {
    return this.#claimed;
  }

  gaps(channel: string): number {
    return this.#gaps.filter((name) => name === channel).length;
  }

  knowsRefusal(channel: string): boolean {
    const { state, error } = this.#channel(channel).subscription.get();
    return state === 'refused' && error !== undefined;
  }

  network(change: 'online' | 'offline'): void {
    this.#online = change === 'online';
    for (const tell of [...this.#tellNetwork]) tell(change);
  }

  close(): void {
    this.#client.destroy();
  }

  #channel(name: string): Channel {
    const known = this.#channels.get(name) ?? channelOf(this.#client, name);
    this.#channels.set(name, known);
    return known;
  }
}
