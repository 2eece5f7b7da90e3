import {
  type ChannelContract,
  type Clock,
  ConfigurationError,
  needed,
  neededObject,
  RealtimeClient,
} from '../index';
import type { PusherChannel, PusherEvent } from './channel';
import { Channels } from './channels';
import { type AnyClient, PusherConnection } from './connection';
import { Dispatcher } from './dispatcher';
import { Errors } from './errors';
import { Isolation } from './isolation';
import { platformClock, type TranslatedOptions, translateOptions } from './options';
import type { Options, PusherClass } from './types';
import { PusherUser } from './user';

/** How a client that exists gets the face of pusher-js. */
export interface PusherFaceOptions {
  /** How long there may be no connection before its state is `unavailable`, in milliseconds. Default: 10,000. */
  readonly unavailableTimeout?: number;
  /** Another clock than the system's, such as the one that the client was given. */
  readonly clock?: Clock;
}

/** What a face stands on. */
interface Ground extends PusherFaceOptions {
  readonly client: AnyClient;
  readonly key?: string;
  readonly tls?: boolean;
  readonly signIn?: () => void;
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
  readonly #ground: Ground;

  /** Connects at once, as pusher-js does; over a client that exists, it does nothing. */
  constructor(keyOrGround: string | Ground, options: Options = { cluster: '' }) {
    const isolation = new Isolation();
    super(isolation);
    const ground =
      typeof keyOrGround === 'object' && keyOrGround !== null && 'client' in keyOrGround
        ? keyOrGround
        : create(
            keyOrGround,
            translateOptions(keyOrGround, options, (name) => this.channel(name) as never),
          );
    const { client, key, tls = true, clock = platformClock, unavailableTimeout = 10_000 } = ground;
    const errors = new Errors(client, isolation);
    this.#ground = ground;
    this.key = key;
    this.options = options;
    this.channels = new Channels({
      client,
      clock,
      isolation,
      send: (event, data, channel) => this.send_event(event, data, channel),
      onMessage: (message) => this.#receive(message),
    });
    this.connection = new PusherConnection({
      client,
      clock,
      isolation,
      errors,
      key,
      tls,
      unavailableTimeout,
      send: (event, data, channel) => this.send_event(event, data, channel),
    });
    const { signIn = () => void client.user } = ground;
    this.user = new PusherUser({ client, isolation, errors, signIn });
    client.on('log', ({ message }) => write(message));
    // A client that exists is for those to connect who made it.
    if (key === undefined) return;
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
    return this.channels.subscribe(name);
  }

  /** Ends the subscription of this face; others that have the channel keep it. */
  unsubscribe(name: string): void {
    this.channels.unsubscribe(name);
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
    if (channel === undefined || typeof event !== 'string' || !event.startsWith('client-')) return false;
    const found = this.#ground.client.channel(channel);
    if (found.subscription.get().state === 'refused') return false;
    const { pending } = this.#ground.client.outbox;
    const newest = (): string | undefined => pending.get().at(-1)?.id;
    const before = newest();
    // What becomes of it later is told by the client's events: pusher-js has no word for it.
    found.publish(event, data, { route: 'peer' }).catch(() => {});
    // The outbox takes it at once, or not at all.
    return newest() !== before;
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
    throw new ConfigurationError('Another cluster needs another `new Pusher(key, { cluster })`.');
  }

  #receive(message: PusherEvent): void {
    this.emit(message.event, message.data);
    this.connection.emit('message', message);
  }
}

/** Options that were told to have no effect: once a page, however many instances it makes. */
const told = new Set<string>();

function create(key: string, { client, ignored, ...more }: TranslatedOptions): Ground {
  for (const name of ignored) {
    if (!told.has(name)) console.warn(`surewire/pusher: \`${name}\` has no effect.`);
    told.add(name);
  }
  return { client: new RealtimeClient(client), key, ...more };
}

function write(message: string): void {
  const { log, logToConsole } = PusherFace;
  if (log) log(message);
  else if (logToConsole) console.log(message);
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
  const face = new PusherFace({
    client: client as unknown as AnyClient,
    ...neededObject(options, 'pusherOf(client, { … })'),
  });
  // As above.
  return face as unknown as Pusher;
}
