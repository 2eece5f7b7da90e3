import {
  type ChannelContract,
  type Clock,
  ConfigurationError,
  needed,
  neededObject,
  type RealtimeClient,
  type RealtimeError,
  type Stop,
  SystemClock,
} from '../index';
import type { PusherChannel } from './channel';
import { Channels } from './channels';
import { errorOfPusher, PusherConnection } from './connection';
import { Dispatcher } from './dispatcher';
import { type AnyClient, authErrorOfPusher, type FacedClient } from './ground';
import { clientOf } from './options';
import type { Options, PusherClass } from './types';
import { PusherUser } from './user';

/** How a client that exists gets the face of pusher-js. */
export interface PusherFaceOptions {
  /** How long there may be no connection before its state is `unavailable`, in milliseconds. Default: 10,000. */
  readonly unavailableTimeout?: number;
  /** Another clock than the system's, such as the one that the client was given. */
  readonly clock?: Clock;
}

/** pusher-js's `Pusher` over a `RealtimeClient`: its constructor, statics, methods and events, on surewire's connections. */
class PusherFace extends Dispatcher {
  /** Every instance that was made with a key. */
  static readonly instances: PusherFace[] = [];
  /** Instances connect when they are made: there is nothing to wait for. */
  static isReady = true;
  /** Whether what happens is written to the console. */
  static logToConsole = false;
  /** Gets each line, in the place of the console. */
  static log: ((message: string) => void) | undefined;
  /** pusher-js has the platform here. What code puts in stays there, and has no effect. */
  static Runtime: Record<string, unknown> = {};

  /** Connects every instance that is not connected. */
  static ready(): void {
    for (const instance of PusherFace.instances) instance.connect();
  }

  /** The key that it was made with; undefined over a client that exists. */
  readonly key: string | undefined;
  /** The options that it was made with. */
  readonly options: object;
  readonly connection: PusherConnection;
  readonly channels: Channels;
  /** What pusher-js binds the instance's own callbacks to. */
  readonly global_emitter: this = this;
  readonly user: PusherUser;
  readonly #client: AnyClient;
  #stopHearing: Stop | undefined;
  readonly #tell = (error: RealtimeError): void => {
    const { code } = error;
    const told =
      (code === 'authentication' && this.user.tell('pusher:signin_error', authErrorOfPusher(error))) ||
      // What channels and callbacks do is none of the connection's.
      (!/^(subscription|listener)$/.test(code) && this.connection.tell('error', errorOfPusher(error)));
    if (!told) console.error(error);
  };
  /** Hears the client's errors once something is bound that tells of them: as long as nobody does, the client writes them to the console. */
  readonly #hear = (event = 'error'): void => {
    if (!event.endsWith('error')) return;
    this.#stopHearing ??= this.#client.on('error', this.#tell);
  };

  /** Connects at once, as pusher-js does; over a client that exists, it does nothing. */
  constructor(key: string | undefined, options: Options & PusherFaceOptions, existing?: FacedClient) {
    super();
    const made = existing ?? clientOf(key, options, this as never);
    const { clock = new SystemClock(), unavailableTimeout } = options;
    const ground = { ...made, key, clock, unavailableTimeout, pusher: this, hear: this.#hear };
    this.key = key;
    this.options = options;
    this.#client = made.client;
    this.channels = new Channels(ground);
    this.connection = new PusherConnection(ground);
    this.user = new PusherUser(ground);
    made.client.on('log', ({ message }) => {
      const { logToConsole, log = logToConsole ? console.log : undefined } = PusherFace;
      log?.(message);
    });
    // A client that exists is for those to connect who made it.
    if (existing) return;
    PusherFace.instances.push(this);
    this.connect();
  }

  /** The channel of that name, if the application is subscribed to it. */
  channel(name: string): PusherChannel | undefined {
    return this.channels.find(name);
  }

  /** Every channel that the application is subscribed to. */
  allChannels(): PusherChannel[] {
    return this.channels.all();
  }

  /** Subscribes, and connects a client that was never connected. */
  subscribe(name: string): PusherChannel {
    const channel = this.channels.add(name);
    channel.subscribe();
    return channel;
  }

  /** Asks again for channels that were refused, as on each connection: pusher-js does so, whatever was said on the one before. */
  subscribeAll(): void {
    for (const channel of this.allChannels()) if (!channel.subscriptionCancelled) channel.subscribe();
  }

  /** Ends the subscription of this face; others that have the channel keep it. */
  unsubscribe(name: string): void {
    this.channel(name)?.unsubscribe(() => this.channels.remove(name));
  }

  /** Dials, if there is no connection. */
  connect(): void {
    this.connection.connect();
  }

  /** Hangs up; nothing dials again before `connect()`. Channels stay. */
  disconnect(): void {
    this.connection.disconnect();
  }

  /** Hands a client event to the outbox; true when it will be sent. Frames that are no client events cannot be sent: false. */
  send_event(event: string, data: unknown, channel?: string): boolean {
    if (!channel || !/^client-/.test(event)) return false;
    const found = this.#client.channel(channel);
    if (found.subscription.get().state === 'refused') return false;
    let sent = data;
    try {
      // pusher-js sends a text as it is, and whoever receives one that is JSON gets what it says.
      if (typeof data === 'string') sent = JSON.parse(data);
    } catch {
      // Any other text.
    }
    const { pending } = this.#client.outbox;
    const before = pending.get();
    // What becomes of it later is told by the client's events: pusher-js has no word for it.
    found.publish(event, sent, { route: 'peer' }).catch(() => {});
    // The outbox takes it at once, or not at all; one that was written at once is pending no more, but the list is another.
    return pending.get() !== before;
  }

  /** Signs the user in, on this connection and those that follow. */
  signin(): void {
    this.user.signin();
  }

  /** Whether the connection is, or would be, encrypted. */
  shouldUseTLS(): boolean {
    return this.connection.isUsingTLS();
  }

  /** Throws: a client has one key for its life. */
  switchCluster(): never {
    throw new ConfigurationError('Another cluster needs a `new Pusher(key, { cluster })`.');
  }
}

/**
 * pusher-js's class, for code that is written for pusher-js 8: `import Pusher from 'surewire/pusher'`. Its types are pusher-js's own.
 */
// What pusher-js declares and nobody uses (timelines, strategies, its own internals) is not there; what the guide lists is.
export const Pusher: PusherClass = PusherFace as unknown as PusherClass;
/** An instance of pusher-js 8, as it declares it itself. */
export type Pusher = InstanceType<PusherClass>;

/**
 * The face of pusher-js for a client that exists, for Laravel Echo's `client` and whatever else takes an instance. Both share the
 * connection; what each of them holds is its own, and `unsubscribe` ends no subscription of the other's.
 */
export function pusherOf<Contract extends ChannelContract>(
  client: RealtimeClient<Contract>,
  options: PusherFaceOptions = {},
): Pusher {
  // The face asks for channels by the names that its user gives; the client refuses those that its contract does not know.
  needed(client, 'client', ['channel', 'on', 'publish']);
  neededObject(options, 'pusherOf(client, { … })');
  const existing = { client: client as unknown as AnyClient, tls: true, signin: () => void client.user };
  // Of a client that exists nothing else is asked. And as above.
  const face = new PusherFace(undefined, options as Options, existing);
  return face as unknown as Pusher;
}
