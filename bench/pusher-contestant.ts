import { backendAuth, type Network, publishing, RealtimeClient, type UntypedChannels } from '../src/index';
import { type Pusher, pusherOf } from '../src/pusher/index';
import type { Contestant, ContestantSettings } from './contestant';

/** The environment's word for `--through pusher`. */
export const throughPusher = 'SUREWIRE_BENCH_THROUGH_PUSHER';

/** surewire behind pusher-js's face: what is asked of raw pusher-js, in the same words. */
export class PusherContestant implements Contestant {
  readonly #client: RealtimeClient<UntypedChannels>;
  readonly #pusher: Pusher;
  readonly #refused = new Set<string>();
  readonly #gaps: string[] = [];
  readonly #tellNetwork = new Set<(change: 'online' | 'offline' | 'resumed') => void>();
  #online = true;
  #claimed = 0;

  constructor({ key, host, port, authEndpoint, token }: ContestantSettings) {
    const network: Network = {
      online: () => this.#online,
      watch: (listener) => {
        this.#tellNetwork.add(listener);
        return () => this.#tellNetwork.delete(listener);
      },
    };
    this.#client = new RealtimeClient<UntypedChannels>({
      key,
      host,
      port,
      tls: false,
      network,
      auth: backendAuth({ endpoint: authEndpoint, token: ({ reason }) => token(reason) }),
      publish: publishing(),
    });
    this.#client.on('error', () => {});
    // pusher-js has no word for it: an application that wants to know asks the client.
    this.#client.on('gap', ({ channel }) => this.#gaps.push(channel));
    this.#pusher = pusherOf(this.#client);
  }

  connect(): void {
    this.#pusher.connect();
  }

  saysConnected(): boolean {
    return this.state() === 'connected';
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
    const held = this.#pusher.channel(channel) ?? this.#pusher.subscribe(channel);
    if (held.trigger(event, data)) this.#claimed += 1;
  }

  claimed(): number {
    return this.#claimed;
  }

  gaps(channel: string): number {
    return this.#gaps.filter((name) => name === channel).length;
  }

  knowsRefusal(channel: string): boolean {
    return this.#refused.has(channel);
  }

  network(change: 'online' | 'offline'): void {
    this.#online = change === 'online';
    for (const tell of [...this.#tellNetwork]) tell(change);
  }

  close(): void {
    this.#client.destroy();
  }
}
