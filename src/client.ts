import { Channels } from './channels/channels';
import { checkClientEvent, type RealtimeClientEvents } from './client-events';
import type { ChannelContract, RegisteredChannels } from './contract/define';
import type { PatternParams } from './contract/pattern';
import type {
  ChannelName,
  ChannelOf,
  ChannelPattern,
  PublishableEvent,
  PublishPayload,
} from './contract/shapes';
import { ConfigurationError, isRealtimeError } from './errors';
import type { Recorder, Statistics } from './figures';
import { LazyConnection } from './link/lazy-connection';
import { createTransport, LazyTransport } from './link/lazy-transport';
import { isLoopback } from './link/loopback';
import { type RealtimeClientOptions, resolveOptions } from './options';
import type { Network } from './ports';
import type { Authority, ClientContext, Publications } from './slots';
import { Life } from './support/life';
import { Reports } from './support/reports';
import type { Transport } from './transport-port';
import type {
  Acknowledgement,
  ConnectionStatus,
  PublishOptions,
  ReadableStore,
  SignedInUser,
  Stop,
  Outbox as VisibleOutbox,
} from './types';

type FirstDial = typeof import('./first-dial');

/**
 * One application's realtime: connects by itself when the first channel is held, and comes back by itself. Making one does
 * nothing: no socket, no timer, no listener. `channels` and the types decide which names, events and payloads it takes.
 */
export class RealtimeClient<Contract extends ChannelContract = RegisteredChannels> {
  /**
   * For the compiler alone, and never there. Where two clients differ in their channels, it makes every TypeScript compare their
   * members, so that a described client fits where any will do; up to 5.9 only the descriptions would be compared.
   */
  declare readonly '~channels'?: { readonly [Name in keyof Contract]: unknown };
  readonly #reports: Reports;
  readonly #life = new Life();
  readonly #network: Network;
  readonly #transport: Transport;
  readonly #connection: LazyConnection<FirstDial>;
  readonly #channels: Channels;
  readonly #authority: Authority | undefined;
  readonly #publications: Publications | undefined;
  readonly #statistics: (Recorder & ReadableStore<Statistics>) | undefined;
  #connectsByItself = true;
  #losses = 0;
  #stopWatchingNetwork: Stop | undefined;

  /**
   * Throws a `ConfigurationError` for options that cannot work. Unknown options are reported once, as an `error` event, when the
   * client is first used.
   */
  constructor(options: RealtimeClientOptions<Contract>) {
    const resolved = resolveOptions(options);
    const { clock, pusherOptions } = resolved;
    this.#network = resolved.network;
    this.#reports = new Reports(resolved);
    this.#statistics = resolved.statistics?.open({ clock, reports: this.#reports });
    this.#reports.recorder = this.#statistics;
    this.#transport = createTransport(resolved);
    const context: ClientContext = {
      ...resolved,
      random: Math.random,
      transport: this.#transport,
      reports: this.#reports,
      emitter: this.#reports.emitter,
      life: this.#life,
      recorder: this.#statistics,
      socketId: () => this.socketId,
      losses: () => this.#losses,
      used: () => this.#watchNetwork(),
      wantConnection: () => this.#wantConnection(),
      retryRefused: () => this.#retryRefused(),
    };
    this.#authority = resolved.auth?.open(context);
    this.#channels = new Channels({
      ...context,
      definitions: resolved.channels,
      guard: this.#authority?.guard,
      messageId: resolved.messageId,
      publish: (channel, event, payload, options) =>
        this.#publications?.publish(channel, event, payload, options) ?? unpublished(),
      changed: (channel, state) => this.#publications?.subscription(channel, state),
    });
    const local = isLoopback(pusherOptions['wsHost']);
    this.#connection = new LazyConnection({
      ...context,
      local,
      load: () => this.#load(),
      start: ({ ClientConnection }, status) =>
        new ClientConnection(status, {
          context,
          local,
          channels: this.#channels,
          authority: this.#authority,
          publications: this.#publications,
          recover: resolved.recover,
          lost: () => {
            this.#losses += 1;
          },
        }),
    });
    this.#reports.watch = (error) => {
      if (asksForSignIn(error)) this.#connection.status.signInNeeded(true);
    };
    this.#publications = resolved.publish?.open(context, {
      channels: this.#channels,
      authority: this.#authority,
    });
    this.#connection.status.subscribe(({ state }) => {
      // Whatever the device says: an answer proves the network.
      if (state === 'connected') this.#publications?.online(true);
      else if (state === 'reconnecting') this.#publications?.away();
    });
  }

  /** @internal Vue and Alpine put no proxy around what has it: a client may be kept in `data()`, `reactive()` and the state of a store. */
  get __v_skip(): true {
    return true;
  }

  /** Lists what is pending, and lets users retry or discard it. Needs `publish: publishing(…)`. */
  get outbox(): VisibleOutbox {
    return this.#publishing('outbox').outbox;
  }

  /** Who the server knows us as, and what it tells this user. Needs `auth: backendAuth({ user: userEndpoint(…), … })`. */
  get user(): SignedInUser {
    return (
      this.#authority?.user ??
      missing('user', 'backendAuth, userEndpoint', 'auth: backendAuth({ user: userEndpoint(address), … })')
    );
  }

  /** Where the connection is. */
  get status(): ReadableStore<ConnectionStatus> {
    return this.#connection.status;
  }

  /** What the client did so far: a snapshot; subscribers get one a second. Needs `statistics: statistics()`. */
  get statistics(): ReadableStore<Statistics> {
    return this.#statistics ?? missing('statistics', 'statistics', 'statistics: statistics()');
  }

  /** Pusher's name for this connection; undefined while there is none. */
  get socketId(): string | undefined {
    return this.#connection.status.get().socketId;
  }

  /**
   * Dials, or comes back from `disconnect()` and `failed`, and asks again for refused channels. Resolves once connected,
   * however long that takes; rejects with a `ConnectionError` when the server says that dialling is pointless, and with code
   * `aborted` when `disconnect()` came first. Holding a channel connects as well, so there is no need to call this.
   */
  connect(): Promise<void> {
    this.#connectsByItself = true;
    this.#authority?.reset();
    this.#watchNetwork();
    this.#retryRefused();
    return this.#connection.connect();
  }

  /**
   * Asks the server for a sign of life, and resolves with how long it took to answer, in milliseconds. Rejects with a
   * `ConnectionError` when there is no connection, or it ends meanwhile.
   */
  ping(): Promise<number> {
    return this.#connection.ping();
  }

  /** Hangs up, finally: nothing dials again before `connect()`. Channels stay held, messages stay in the outbox. */
  disconnect(): void {
    this.#connectsByItself = false;
    this.#connection.disconnect();
  }

  /**
   * Says that the application has a better token: it is asked for at once, the old one is used no more, and channels that were
   * refused are asked for again. What is connected and subscribed stays so. For the same user only: when another one comes,
   * `signOut()` first, and make a new client. A source that fails is reported by `error`. Needs `auth`.
   */
  renewToken(): void {
    const authority = this.#authority ?? missing('renewToken()', 'backendAuth', 'auth: backendAuth({ … })');
    authority.renew();
  }

  /**
   * Forgets who we were: disconnects, drops the token and empties the outbox. Resolves once the storage has nothing of its
   * owner any more; rejects with code `storage` when it may.
   */
  async signOut(): Promise<void> {
    this.disconnect();
    this.#authority?.clear();
    await this.#publications?.signOut();
  }

  /** Ends everything, for good: no socket, timer or listener is left. What waits rejects with code `aborted`. */
  destroy(): void {
    if (this.#life.ended) return;
    this.#life.end();
    this.#stopWatchingNetwork?.();
    this.#connection.destroy();
    this.#channels.destroy();
    this.#publications?.destroy();
    this.#authority?.destroy();
    this.#statistics?.destroy();
    this.#transport.destroy();
    this.#reports.emitter.clear();
  }

  /** `destroy()`, for `using`. */
  [Symbol.dispose](): void {
    this.destroy();
  }

  /**
   * The channel of that name: the same object for the same name. Subscribes to nothing by itself. Throws a
   * `ConfigurationError` for a name that no server takes or `channels` does not describe.
   */
  channel<Name extends ChannelName<Contract>>(name: Name): ChannelOf<Contract, Name>;
  /** The channel that a pattern and its parameters make. Parameters are never changed to fit: they fit, or this throws. */
  channel<Pattern extends ChannelPattern<Contract>>(
    pattern: Pattern,
    params: PatternParams<Pattern>,
  ): ChannelOf<Contract, Pattern>;
  channel(name: string, params?: Readonly<Record<string, string | number>>): ChannelOf<Contract, string> {
    // The one place where run time and types are brought together: the contract says what this name's channel looks like.
    return this.#channels.get(name, params) as unknown as ChannelOf<Contract, string>;
  }

  /** `channel(name).publish(event, payload, options)`. Resolves when it is acknowledged, however long we are offline. */
  async publish<Name extends ChannelName<Contract>, Event extends PublishableEvent<Contract, Name>>(
    channel: Name,
    event: Event,
    payload: PublishPayload<Contract, Name, Event>,
    options?: PublishOptions,
  ): Promise<Acknowledgement> {
    return this.#channels.get(channel).publish(event, payload, options);
  }

  /** Calls `listener` at each `event`. Without a listener for `error`, errors are written to the console. */
  on<Event extends keyof RealtimeClientEvents>(
    event: Event,
    listener: (...values: RealtimeClientEvents[Event]) => void,
  ): Stop {
    try {
      checkClientEvent(event);
      return this.#reports.emitter.on(event, listener as never);
    } catch (wrong) {
      // Neither throws anything else.
      this.#reports.doubt(wrong as ConfigurationError);
      return () => {};
    }
  }

  /** What connections are made of. A transport may bring it along. */
  #load(): FirstDial | Promise<FirstDial> {
    const transport = this.#transport;
    // Nobody but `protocolTransport` gives it that name.
    const { firstDial } = transport as { readonly firstDial?: FirstDial };
    if (firstDial !== undefined) return firstDial;
    const code = import('./first-dial');
    return transport instanceof LazyTransport ? transport.load(code) : code;
  }

  /** A request that was refused before may succeed now. */
  #retryRefused(): void {
    this.#connection.status.signInNeeded(false);
    this.#authority?.user?.retryRefused();
    this.#channels.retryRefused();
  }

  /** The first channel that is held connects, unless the application said otherwise. */
  #wantConnection(): void {
    if (!this.#connectsByItself || this.#life.ended || this.status.get().state !== 'idle') return;
    this.#watchNetwork();
    void this.#connection.connect();
  }

  #publishing(what: string): Publications {
    return this.#publications ?? withoutPublishing(what);
  }

  #watchNetwork(): void {
    if (this.#stopWatchingNetwork !== undefined || this.#life.ended) return;
    const network = this.#network;
    // Now that somebody may listen.
    this.#reports.begin();
    this.#publications?.begin();
    this.#authority?.begin();
    this.#publications?.online(network.online());
    this.#stopWatchingNetwork = network.watch((change) => {
      this.#publications?.online(network.online());
      this.#losses += 1;
      if (change === 'offline') return;
      this.#authority?.hurry();
      this.#connection.hurry();
    });
  }
}

/** Whether signing in again is what helps: the application's token is refused, wherever that was met. */
function asksForSignIn(error: unknown): boolean {
  if (!isRealtimeError(error)) return false;
  const { code, retryable, status = 401, cause } = error;
  // Not what servers say to an event that they do not know.
  if (code === 'authentication' && !retryable && (status === 401 || status === 4009)) return true;
  return asksForSignIn(cause);
}

/** Throws: what was asked for is not in this client, and this is how it gets there. */
function missing(what: string, names: string, option: string): never {
  throw new ConfigurationError(
    `${what} is not part of this client: import { ${names} } from 'surewire' and pass ${option}.`,
    { code: 'missing-feature' },
  );
}

function withoutPublishing(what: string): never {
  return missing(what, 'publishing', 'publish: publishing({ endpoint })');
}

async function unpublished(): Promise<never> {
  return withoutPublishing('publish');
}
