import type { EndpointSurroundings } from './adapters/backend-endpoint';
import { BatchAuthorizer } from './adapters/batch-authorizer';
import { HttpAuthorizer } from './adapters/http-authorizer';
import { HttpPublisher } from './adapters/http-publisher';
import { HttpUserAuthenticator } from './adapters/http-user-authenticator';
import { jwtLifetime } from './adapters/jwt-lifetime';
import { memoryStorage } from './adapters/memory-storage';
import { createMessageId } from './adapters/message-id';
import { PeerPublisher } from './adapters/peer-publisher';
import { PusherInstanceLink } from './adapters/pusher-instance';
import { PusherSocket } from './adapters/pusher-socket';
import { PusherTransport } from './adapters/pusher-transport';
import type { PatternParams } from './channel-pattern';
import type {
  ChannelName,
  ChannelOf,
  ChannelPattern,
  PublishableEvent,
  PublishPayload,
} from './channel-shapes';
import type { RealtimeClientEvents } from './client-events';
import type { ChannelContract, RegisteredChannels } from './contract';
import { AuthorizationQueue } from './core/authorization-queue';
import { Channels, type ChannelsParts } from './core/channels';
import { Confirmations } from './core/confirmations';
import { Connection } from './core/connection';
import { Outbox, type OutboxOutcome } from './core/outbox';
import { Publishing } from './core/publishing';
import { Reports } from './core/reports';
import { SharedToken } from './core/shared-token';
import { SignIn } from './core/sign-in';
import { type Statistics, StatisticsStore } from './core/statistics';
import { Subscriptions } from './core/subscriptions';
import { TokenLease } from './core/token-lease';
import { TokenReplacement } from './core/token-replacement';
import { ConnectionError, RateLimitError, type RealtimeError, SubscriptionError } from './errors';
import type { RealtimeClientOptions } from './options';
import type { Authorizer, Transport, TransportSignal } from './ports';
import { type ResolvedOptions, resolveOptions } from './resolved-options';
import { Emitter } from './support/emitter';
import type {
  Acknowledgement,
  ConnectionStatus,
  DeprecationNotice,
  PublishOptions,
  ReadableStore,
  SignedInUser,
  Stop,
  Outbox as VisibleOutbox,
} from './types';

const tokenRenewalTimeout = 10_000;
/** Who shares a token may first have to wait for others whose sources do not answer. */
const sharedRenewalTimeout = 3 * tokenRenewalTimeout;
const outboxBackoff = { base: 500, cap: 30_000 };
const tokenBackoff = { base: 500, cap: 30_000 };
const attemptTimeout = 10_000;

/**
 * One application's realtime: connects by itself when the first channel is held, and comes back by itself. Building one does
 * nothing: no socket, no timer, no listener. `channels` and the types decide which names, events and payloads it takes.
 */
export class RealtimeClient<Contract extends ChannelContract = RegisteredChannels> {
  /** Lists what is pending, and lets users retry or discard it. */
  readonly outbox: VisibleOutbox;
  /**
   * For the compiler alone, and never there. It makes every TypeScript compare clients by their members, so that one whose channels
   * are described fits where any client will do; up to 5.9 it would compare what the channels are called.
   */
  declare readonly '~channels'?: { readonly [Name in keyof Contract]-?: unknown };
  readonly #options: ResolvedOptions;
  readonly #emitter: Emitter<RealtimeClientEvents>;
  readonly #reports: Reports;
  readonly #life = new AbortController();
  readonly #transport: Transport;
  readonly #connection: Connection;
  readonly #subscriptions: Subscriptions;
  readonly #signIn: SignIn;
  readonly #outbox: Outbox;
  readonly #publishing: Publishing;
  readonly #lease: TokenLease;
  readonly #replacement: TokenReplacement;
  readonly #sharedToken: SharedToken | undefined;
  readonly #peer: PeerPublisher;
  readonly #statistics: StatisticsStore;
  readonly #channels: Channels;
  readonly #confirmations: Confirmations | undefined;
  #connectsByItself = true;
  #stopWatchingNetwork: Stop | undefined;
  #releaseToken: Stop = () => {};

  /**
   * Throws a `ConfigurationError` for options that cannot work. One with a name that nobody reads is told by `error`, once something
   * is done with the client.
   */
  constructor(options: RealtimeClientOptions<Contract>) {
    const resolved = resolveOptions(options);
    const { clock, network, outbox, limits } = resolved;
    const random = Math.random;
    this.#options = resolved;
    this.#emitter = new Emitter((cause, event) => this.#reports.thrown(cause, event));
    this.#statistics = new StatisticsStore(
      clock,
      () => this.#outbox.depth,
      (cause) => this.#reports.thrown(cause, 'statistics'),
    );
    this.#reports = new Reports({
      clock,
      emitter: this.#emitter,
      count: (code) => this.#statistics.failed(code),
    });
    const report = (error: RealtimeError): void => this.#reports.error(error);
    const reportThrown = (cause: unknown, event: string): void => this.#reports.thrown(cause, event);
    const shared = sharedToken(resolved, random);
    this.#sharedToken = shared;
    this.#lease = new TokenLease({
      source: shared?.source ?? resolved.tokenSource,
      lifetime: shared === undefined ? jwtLifetime : (token, now) => shared.lifetime(token, now),
      clock,
      random,
      backoff: tokenBackoff,
      timeout: shared === undefined ? tokenRenewalTimeout : sharedRenewalTimeout,
      onRenewed: ({ reason }) => {
        this.#statistics.count('tokenRenewals');
        this.#reports.log('info', `A token was fetched (${reason})`);
        // Whoever met the refusal tries again itself; asking for all would go round in circles with a server that refuses every token.
        if (reason !== 'refused') this.#retryRefused();
      },
      onFailure: report,
    });
    const surroundings = {
      fetch: resolved.fetch,
      clock,
      credentials: this.#lease,
      onDeprecation: (notice: DeprecationNotice): void => this.#reports.deprecated(notice),
    };
    const authorizer = createAuthorizer(resolved, surroundings, (warning) =>
      this.#reports.log('warn', warning),
    );
    this.#transport = createTransport(resolved, {
      authorize: async (request, signal) => {
        this.#subscriptions.authorizing(request.channel);
        const authorization = await authorizer.authorize(request, signal);
        this.#subscriptions.authorized(request.channel);
        return authorization;
      },
    });
    this.#subscriptions = new Subscriptions({
      transport: this.#transport,
      clock,
      random,
      batches: resolved.batch !== undefined,
      report,
      released: (name) => this.#channels.released(name),
    });
    this.#confirmations = resolved.confirmDelivery ? this.#createConfirmations(resolved) : undefined;
    this.#channels = new Channels({
      definitions: resolved.channels,
      clock,
      subscriptions: this.#subscriptions,
      statistics: this.#statistics,
      life: this.#life.signal,
      identify: resolved.messageId,
      recover: this.#recovery(resolved),
      publish: (channel, event, payload, options) =>
        this.#publishing.publish(channel, event, payload, options),
      confirmations: this.#confirmations,
      onConfirmation: (channel, confirmation, sender) =>
        this.#outbox.acknowledgements.confirm(channel, confirmation, sender),
      onHold: () => this.#wantConnection(),
      onMessage: (message) => this.#emitter.emit('message', message),
      onGap: (gap) => {
        this.#reports.log('info', `"${gap.channel}" may have missed messages of ${gap.to - gap.from} ms`);
        this.#emitter.emit('gap', gap);
      },
      onSubscription: ({ name, subscription }) => {
        const { state } = subscription.get();
        this.#reports.log(state === 'refused' ? 'warn' : 'debug', `"${name}" is ${state}`);
        this.#outbox.setConfirmed(name, state === 'subscribed');
        this.#confirmations?.subscription(name, state);
      },
      report,
      reportThrown,
    });
    this.#replacement = new TokenReplacement({
      credentials: this.#lease,
      clock,
      timeout: tokenRenewalTimeout,
      life: this.#life.signal,
    });
    this.#connection = new Connection({
      transport: this.#transport,
      clock,
      network,
      random,
      receive: (signal) => this.#receive(signal),
      renewToken: () => this.#replacement.replace(),
      report,
      dialled: () => {
        this.#statistics.dialled();
        this.#reports.log('debug', 'Dialling');
      },
      roundTrip: (milliseconds) => this.#statistics.roundTrip(milliseconds),
    });
    this.#peer = new PeerPublisher({
      transport: this.#transport,
      clock,
      eventsPerSecond: limits.clientEventsPerSecond,
      onWait: () => this.#statistics.count('rateLimitWaits'),
    });
    this.#outbox = new Outbox({
      clock,
      random,
      createId: createMessageId,
      storage: outbox.storage?.({ key: resolved.key, owner: outbox.owner, report }) ?? memoryStorage(),
      publishers: {
        server:
          resolved.publisher ??
          (resolved.publish &&
            new HttpPublisher(resolved.publish, { ...surroundings, socketId: () => this.socketId })),
        peer: this.#peer,
      },
      limits: { messages: outbox.messages, bytes: outbox.bytes },
      overflow: outbox.overflow,
      keepRejected: outbox.keepRejected,
      expiresIn: outbox.expiresIn,
      backoff: outboxBackoff,
      attemptTimeout,
      report,
      ...(outbox.storage && {
        tabs: {
          tabs: resolved.tabs,
          name: `surewire:outbox:${JSON.stringify([resolved.key, outbox.owner ?? null])}`,
          tab: createMessageId(),
          // A peer message, and a server that is told whom to leave out, need the connection of the tab that published.
          isBound: (route) => route === 'peer' || resolved.publish?.excludeSender === true,
        },
      }),
      onPeerDemand: (channel, wanted) => this.#publishing.peerDemand(channel, wanted),
      hold: (channel) => this.#publishing.hold(channel),
      hears: (channel) => this.#publishing.hears(channel),
      onConfirmation: (fate) => this.#statistics.count(fate),
      onSettled: (outcome) => this.#settled(outcome),
    });
    this.outbox = this.#outbox;
    this.#publishing = new Publishing({
      channels: this.#channels,
      outbox: this.#outbox,
      createId: createMessageId,
      payloadLimit: limits.payloadBytes,
      onPublish: () => this.#watchNetwork(),
      report,
    });
    this.#signIn = new SignIn({
      authenticator: resolved.user && new HttpUserAuthenticator(resolved.user, surroundings),
      transport: this.#transport,
      clock,
      random,
      blamesOthers: () => this.#subscriptions.awaitsSignature,
      onListen: () => this.#wantConnection(),
      onMessage: (message, bytes) => {
        this.#statistics.received(message.channel, bytes, message.receivedAt);
        this.#emitter.emit('message', message);
      },
      report,
      reportThrown,
    });
  }

  /** Who the server knows us as, and what it tells this user; needs `auth.userEndpoint`. */
  get user(): SignedInUser {
    return this.#signIn;
  }

  /** Where the connection is. */
  get status(): ReadableStore<ConnectionStatus> {
    return this.#connection.status;
  }

  /** What the client did so far. A snapshot; subscribers get one a second. */
  get statistics(): ReadableStore<Statistics> {
    return this.#statistics;
  }

  /** Pusher's name for this connection; undefined while there is none. */
  get socketId(): string | undefined {
    return this.#connection.status.get().socketId;
  }

  /**
   * Dials, or comes back from `disconnect()` and `failed`, and asks again for refused channels. Resolves once connected,
   * however long that takes; rejects with a `ConnectionError` when the server says that dialling is pointless, and with code
   * `aborted` when `disconnect()` came first. Holding a channel connects as well; nobody need call this.
   */
  connect(): Promise<void> {
    this.#connectsByItself = true;
    this.#lease.reset();
    this.#replacement.forget();
    this.#watchNetwork();
    this.#retryRefused();
    return this.#connection.connect();
  }

  /** Hangs up, finally: nothing dials again before `connect()`. Channels stay held, messages stay in the outbox. */
  disconnect(): void {
    this.#connectsByItself = false;
    this.#connection.disconnect();
  }

  /**
   * Says that the application has a better token: it is asked for at once (`auth.token`), the old one is used no more, and channels
   * that were refused are asked for again. What is connected and subscribed stays so. For the same user only: when another one
   * comes, `signOut()` first, and make a new client. A source that fails is told by `error`.
   */
  renewToken(): void {
    this.#replacement.forget();
    this.#lease.supersede();
  }

  /**
   * Forgets who we were: disconnects, drops the token and empties the outbox. Resolves once the storage has nothing of its
   * owner any more; rejects with code `storage` when it may.
   */
  async signOut(): Promise<void> {
    this.disconnect();
    this.#lease.forget();
    this.#sharedToken?.forget();
    await this.#outbox.empty();
  }

  /** Ends everything, for good: no socket, timer or listener is left. What waits rejects with code `aborted`. */
  destroy(): void {
    if (this.#life.signal.aborted) return;
    this.#life.abort();
    this.#stopWatchingNetwork?.();
    this.#connection.destroy();
    this.#subscriptions.destroy();
    this.#signIn.destroy();
    this.#confirmations?.destroy();
    this.#peer.destroy();
    this.#outbox.destroy();
    this.#lease.destroy();
    this.#sharedToken?.leave();
    this.#statistics.destroy();
    this.#transport.destroy();
    this.#channels.destroy();
    this.#emitter.clear();
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
    return this.#publishing.publish(this.#channels.get(channel), event, payload, options);
  }

  /** Calls `listener` at each `event`. Without a listener for `error`, errors are written to the console. */
  on<Event extends keyof RealtimeClientEvents>(
    event: Event,
    listener: (...values: RealtimeClientEvents[Event]) => void,
  ): Stop {
    return this.#emitter.on(event, listener as never);
  }

  /** Somebody may say yes now who said no before. */
  #retryRefused(): void {
    this.#signIn.retryRefused();
    this.#subscriptions.retryRefused();
  }

  /** The first channel that is held connects, unless somebody said otherwise. */
  #wantConnection(): void {
    if (!this.#connectsByItself || this.#life.signal.aborted || this.status.get().state !== 'idle') return;
    this.#watchNetwork();
    void this.#connection.connect();
  }

  #createConfirmations({ clock }: ResolvedOptions): Confirmations {
    let receiver: string | undefined;
    return new Confirmations({
      clock,
      receiver: () => {
        receiver ??= createMessageId().slice(0, 8);
        return receiver;
      },
      isOwn: (id) => this.#outbox.acknowledgements.isOwn(id),
      isSubscribed: (channel) => this.#channels.get(channel).subscription.get().state === 'subscribed',
      whenSpare: (take) => this.#peer.whenSpare(take),
    });
  }

  #settled(outcome: OutboxOutcome): void {
    const { message } = outcome;
    if (outcome.type === 'acknowledged') {
      const { acknowledgement } = outcome;
      this.#statistics.sent(message.channel, message.bytes, acknowledgement.latency);
      this.#emitter.emit('acknowledged', acknowledgement, message);
    } else if (outcome.type === 'rejected') {
      this.#statistics.failed(outcome.error.code);
      const event = outcome.error.code === 'message-expired' ? 'expired' : 'rejected';
      this.#emitter.emit(event, outcome.error, message);
    }
    this.#reports.log('debug', `"${message.event}" on "${message.channel}" was ${outcome.type}`);
  }

  #watchNetwork(): void {
    if (this.#stopWatchingNetwork !== undefined || this.#life.signal.aborted) return;
    const { network, outbox, doubt } = this.#options;
    // Now that somebody may listen.
    if (doubt !== undefined) this.#reports.error(doubt);
    // What is published from now on waits behind what an earlier page left.
    if (outbox.storage !== undefined) void this.#outbox.load();
    // While the connection is dialled the other tabs have the time to tell a token.
    this.#sharedToken?.join();
    this.#outbox.setOnline(network.online());
    this.#stopWatchingNetwork = network.watch((change) => {
      this.#outbox.setOnline(network.online());
      if (change !== 'offline') this.#lease.hasten();
    });
  }

  /** Everything that comes in. */
  #receive(signal: TransportSignal): void {
    const { lastSeen } = this.#connection;
    if (this.#signIn.receive(signal, lastSeen)) return;
    switch (signal.type) {
      case 'message':
      case 'member-added':
      case 'member-removed':
      case 'subscribed':
      case 'subscription-refused':
        this.#channels.receive(signal, lastSeen);
        return;
      case 'signed-in':
        return;
      case 'opened':
        this.#statistics.opened();
        // Each reconnect needs a token at once: keep one that is good while we are connected.
        this.#releaseToken = this.#lease.hold();
        this.#reports.log('info', `Connected as ${signal.socketId}`);
        this.#peer.renew();
        this.#confirmations?.renew();
        // Where the server is back, the application's endpoint may be, too: do not wait out a backoff of the outage.
        this.#outbox.setOnline(this.#options.network.online());
        this.#subscriptions.receive(signal);
        return;
      case 'closed':
        this.#statistics.closed();
        this.#releaseToken();
        this.#channels.receive(signal, lastSeen);
        this.#reports.log('info', `Disconnected: ${signal.reason ?? signal.code ?? 'no reason given'}`);
        this.#subscriptions.receive(signal);
        return;
      case 'server-error':
        this.#serverError(signal.code, signal.message);
        this.#subscriptions.receive(signal);
        return;
      case 'malformed':
        this.#statistics.count('malformed');
        this.#reports.log('warn', `Dropped ${signal.reason}`);
        return;
      case 'pong':
        this.#peer.ponged();
        return;
      default:
        signal satisfies never;
    }
  }

  #serverError(code: number | null, message: string): void {
    const details = code === null ? {} : { status: code };
    if (code === 4301) {
      this.#peer.slowDown();
      if (this.#peer.wroteOnlySpare) {
        // Then it was a word to a sender, of which the application knows nothing.
        if (!/rate|quota/i.test(message)) this.#confirmations?.silence();
        this.#reports.log('warn', `The server takes no confirmation of messages from us: ${message}`);
        return;
      }
      this.#reports.error(
        new RateLimitError(`The server rejected a client event, it does not say which: ${message}`, details),
      );
    } else if (code === null && message.startsWith('No current subscription')) {
      // What Pusher says to the end of a subscription that it had refused without naming it.
      this.#reports.log('debug', message);
    } else if (code === null || code >= 4100) {
      this.#reports.error(
        new ConnectionError(`The server reported: ${message}`, { ...details, retryable: true }),
      );
    }
  }

  #recovery({ recover, fetch, clock }: ResolvedOptions): ChannelsParts['recover'] {
    if (recover === undefined) return undefined;
    const report = (error: RealtimeError): void => this.#reports.error(error);
    const onDeprecation = (notice: DeprecationNotice): void => this.#reports.deprecated(notice);
    return async (gap, signal) =>
      recover(gap, { signal, fetch, clock, credentials: this.#lease, report, onDeprecation });
  }
}

const noAuthorizer: Authorizer = {
  authorize: async ({ channel }) => {
    throw new SubscriptionError(
      `"${channel}" needs authorization, and there is no endpoint to ask: pass \`auth: { endpoint }\`.`,
      { channel },
    );
  },
};

function createAuthorizer(
  { auth, batch }: ResolvedOptions,
  surroundings: EndpointSurroundings,
  warn: (message: string) => void,
): Authorizer {
  const single = new AuthorizationQueue(
    auth === undefined ? noAuthorizer : new HttpAuthorizer(auth, surroundings),
  );
  if (batch === undefined) return single;
  const onUnsupported = (words: string): void =>
    warn(`Channels are authorized one by one: asked for several at once, the endpoint ${words}`);
  return new BatchAuthorizer(batch, { ...surroundings, single, onUnsupported });
}

function sharedToken(options: ResolvedOptions, random: () => number): SharedToken | undefined {
  const { tokenSource: source, tokenGroup: name, tabs, clock } = options;
  if (source === undefined || name === undefined) return undefined;
  const timeout = tokenRenewalTimeout;
  return new SharedToken({ source, lifetime: jwtLifetime, tabs, name, clock, random, timeout });
}

function createTransport(options: ResolvedOptions, authorizer: Authorizer): Transport {
  if (options.transport !== undefined) return options.transport({ authorizer });
  const link =
    options.pusher === undefined ? new PusherSocket(options) : new PusherInstanceLink(options.pusher);
  return new PusherTransport(link, authorizer);
}
