import type { RequestHandler, WebSocketHandler } from 'msw';
import {
  backendAuth,
  type Clock,
  ConfigurationError,
  deliveryConfirmations,
  encryption,
  neededObject,
  neededText,
  protocolTransport,
  publishing,
  type ServerAddress,
  type Stop,
  SystemClock,
  statistics,
  type Transport,
} from '../index';
import type { ServerApp } from './app';
import { type AppSettings, resolveApp } from './app-options';
import { checkApps } from './app-rules';
import { Application } from './application-endpoints';
import type { ListeningServer, MemoryClientOptions, ServerEndpoints, TestValues } from './client-options';
import { EndpointFaults, type RejectionOptions } from './endpoint-faults';
import { fetchFrom } from './fetch-host';
import { HttpSurface, type RecordedRequest } from './http-surface';
import { createIdentifiers } from './identifiers';
import { payloadText } from './json-values';
import { signToken } from './json-web-token';
import { MemoryLink } from './memory-link';
import { MemorySocket } from './memory-socket';
import { mswHandlers } from './msw-host';
import { NetworkFaults, type RefusalSpan } from './network-faults';
import { type ListenOptions, openPort } from './node-host';
import { ProtocolServer } from './protocol-server';
import { publicationFault, sealData } from './publication';
import { checkCloseCode, checkReason, checkText, isAddress, show } from './script-rules';
import { checkServerOptions } from './server-rules';
import { describeChannels, describeConnections, type TestChannel, type TestConnection } from './server-views';
import type { TestServerOptions, TokenRequest, TriggerOptions } from './test-server-options';
import { type WebhookRecord, WebhookSender } from './webhooks';

/**
 * A Pusher server with an application beside it, for tests: the protocol, the HTTP API, signatures, webhooks, the
 * application's endpoints, and a script of faults. It runs in memory; `listen()` and `handlers()` put the same server on a
 * port and behind msw.
 */
export class TestServer {
  #tokens = 0;
  readonly #settings: readonly AppSettings[];
  readonly #clock: Clock;
  readonly #ownClock: Clock | undefined;
  readonly #userId: string;
  readonly #origin: string;
  readonly #nextId: (kind: 'socket' | 'message') => string;
  readonly #networkFaults: NetworkFaults;
  readonly #endpointFaults = new EndpointFaults();
  readonly #protocol: ProtocolServer;
  readonly #http: HttpSurface;
  readonly #senders: ReadonlyMap<AppSettings, readonly WebhookSender[]>;
  readonly #ports = new Set<ListeningServer>();
  /** Every webhook so far, delivered or not. */
  readonly webhooks: readonly WebhookRecord[];

  /** Use `createTestServer`. */
  constructor(options: TestServerOptions = {}) {
    checkServerOptions(options);
    const {
      apps = [{}],
      clock = new SystemClock(),
      ids = 'random',
      capacity = Number.POSITIVE_INFINITY,
    } = options;
    const webhooks: WebhookRecord[] = [];
    this.webhooks = webhooks;
    this.#settings = apps.map(resolveApp);
    checkApps(this.#settings);
    this.#clock = clock;
    this.#ownClock = options.clock;
    this.#userId = options.userId ?? 'user-1';
    this.#origin = checkedOrigin(options.origin ?? 'http://surewire.test');
    this.#nextId = createIdentifiers(ids);
    this.#networkFaults = new NetworkFaults(clock);
    const send = options.webhookFetch ?? ((...call) => fetch(...call));
    const record = (webhook: WebhookRecord): void => void webhooks.push(webhook);
    this.#senders = new Map(
      this.#settings.map((settings) => [
        settings,
        settings.webhooks.map(
          (target) => new WebhookSender(target, { credentials: settings, clock, fetch: send, record }),
        ),
      ]),
    );
    this.#protocol = new ProtocolServer(this.#settings, {
      clock,
      faults: this.#networkFaults,
      capacity,
      nextSocketId: () => this.#nextId('socket'),
      tell: (app, event) => {
        for (const sender of this.#senders.get(app) ?? []) sender.tell(event);
      },
    });
    const common = {
      apps: this.#protocol.apps,
      now: () => clock.now(),
      nextMessageId: () => this.#nextId('message'),
    };
    this.#http = new HttpSurface({
      ...common,
      clock,
      endpointFaults: this.#endpointFaults,
      networkFaults: this.#networkFaults,
      headers: options.headers ?? {},
      application: new Application({
        ...common,
        options,
        tokenSecret: this.#tokenSecret,
        isDown: () => this.#networkFaults.down,
      }),
    });
    this.fetch = fetchFrom(this.#http, this.#origin);
  }

  /** Spread into `new RealtimeClient`: key, transport, fetch and endpoints of this server, all in memory. */
  get options(): MemoryClientOptions {
    return {
      ...this.#values(this.endpoints),
      transport: this.link,
      fetch: this.fetch,
      ...(this.#ownClock === undefined ? {} : { clock: this.#ownClock }),
    };
  }

  /** The addresses of the application, which `fetch` answers. For values of your own: `backendAuth({ endpoint: server.endpoints.auth })`. */
  get endpoints(): ServerEndpoints {
    return endpointsAt(this.#origin);
  }

  /** The option `transport`: frames to and from this server, without a network. What speaks the protocol is the client's own. */
  readonly link = ({ key }: Pick<ServerAddress, 'key'>): Transport =>
    protocolTransport(new MemoryLink(() => this.connect(this.#addressOf(key))));

  /** A `fetch` that this server answers, whatever the host in the address. Relative addresses are fine. */
  readonly fetch: typeof fetch;

  /** Every HTTP request so far. Tokens are not in it. */
  get requests(): readonly RecordedRequest[] {
    return this.#http.requests;
  }

  /** The connections of all apps, oldest first. */
  get connections(): readonly TestConnection[] {
    return this.#protocol.apps.flatMap(describeConnections);
  }

  /** The channels of all apps that have subscribers. */
  get channels(): readonly TestChannel[] {
    return this.#protocol.apps.flatMap(describeChannels);
  }

  /** A WebSocket in memory. Default address: the first app's, with the parameters that pusher-js sends. */
  connect(url: string = this.#addressOf(this.#app().settings.key)): MemorySocket {
    return new MemorySocket(url, this.#protocol, () => this.#networkFaults.refusesTcp());
  }

  /**
   * Publishes as a backend does; returns the message's id. Texts go as they are, anything else as JSON; data for encrypted
   * channels is encrypted. Throws a `ConfigurationError` for what Pusher would refuse.
   */
  trigger(channel: string, event: string, data: unknown, options: TriggerOptions = {}): string {
    const app = this.#app(neededObject(options, 'trigger(channel, event, data, { id, … })').key);
    checkText(channel, 'The channel of trigger()');
    checkText(event, 'The event of trigger()');
    const { id, socketId } = options;
    if (id !== undefined) neededText(id, 'trigger(channel, event, data, { id })');
    if (socketId !== undefined) neededText(socketId, 'trigger(channel, event, data, { socketId })');
    const text = payloadText(data);
    if (text === undefined) {
      throw new ConfigurationError(
        `The data of "${event}" on "${channel}" cannot be serialized: it is no JSON, or contains a cycle or a BigInt.`,
      );
    }
    const fault = publicationFault(app.settings, event, channel, text);
    if (fault !== undefined) {
      throw new ConfigurationError(`Cannot trigger "${event}" on "${channel}": ${fault.reason}.`);
    }
    const messageId = id ?? this.#nextId('message');
    const sealed = sealData(app.settings, channel, text);
    app.publish({ channel, event, data: sealed, messageId, except: socketId, by: 'application' });
    return messageId;
  }

  /**
   * A token that the application's endpoints accept: a JWT signed with HS256, another one at each call. `expiresIn` is in
   * milliseconds.
   */
  issueToken(request: TokenRequest = {}): string {
    const {
      userId = this.#userId,
      expiresIn = 3_600_000,
      info,
    } = neededObject(request, 'issueToken({ userId })');
    checkText(userId, 'The userId of issueToken()');
    if (!Number.isFinite(expiresIn)) {
      throw new ConfigurationError(
        `issueToken() needs \`expiresIn\` in milliseconds; got ${show(expiresIn)}.`,
      );
    }
    const now = this.#clock.now();
    const about = info === undefined ? {} : { info };
    // With fractions, which RFC 7519 allows: a token for 60 ms would otherwise have expired when it was issued.
    const times = { iat: now / 1000, exp: (now + expiresIn) / 1000 };
    // RFC 7519, section 4.1.7: two tokens of one second are two tokens, or renewing one would bring the same.
    this.#tokens += 1;
    return signToken(this.#tokenSecret, { sub: userId, jti: String(this.#tokens), ...times, ...about });
  }

  /** Serves this server on HTTP and WebSockets, on Node. Needs the package `ws`. */
  async listen(options: ListenOptions = {}): Promise<ListeningServer> {
    const surroundings = { protocol: this.#protocol, http: this.#http, faults: this.#networkFaults };
    const opened = await openPort(surroundings, options);
    const url = `http://${opened.host}:${opened.port}`;
    const endpoints = endpointsAt(url);
    const listening: ListeningServer = {
      url,
      port: opened.port,
      endpoints,
      options: { ...this.#values(endpoints), host: opened.host, port: opened.port, tls: false },
      close: () => {
        this.#ports.delete(listening);
        return opened.close();
      },
    };
    this.#ports.add(listening);
    return listening;
  }

  /** Handlers for msw 3 that serve this server at its `origin`, for `setupServer` and `setupWorker`. Needs the package `msw`. */
  handlers(): Promise<(RequestHandler | WebSocketHandler)[]> {
    const origin = this.#origin;
    return mswHandlers({ protocol: this.#protocol, http: this.#http, faults: this.#networkFaults, origin });
  }

  /** Ends every connection without a close frame, as a broken network does: clients see 1006. */
  drop(): void {
    this.#networkFaults.drop(false);
  }

  /** Ends every connection in the middle of a frame, where the host can do that; else like `drop`. */
  closeMidFrame(): void {
    this.#networkFaults.drop(true);
  }

  /** Closes every connection with a code. */
  close(code = 4200, reason = ''): void {
    checkCloseCode(code, 'close(code)', 'drop()');
    checkReason(reason, 'close(code, reason)');
    for (const connection of this.connections) connection.close(code, reason);
  }

  /** Refuses new connections: with a close code, or with `'tcp'` as if nothing listened. The returned stop ends it. */
  refuse(code: number | 'tcp' = 'tcp', span: RefusalSpan = {}): Stop {
    return this.#networkFaults.refuse(code, span);
  }

  /** Makes everything in both directions late by `ms` milliseconds, HTTP answers included. The returned stop ends it. */
  delay(ms: number): Stop {
    return this.#networkFaults.delay(ms);
  }

  /**
   * Keeps sockets open and lets nothing through, in neither direction: a half-open connection. What was sent meanwhile
   * arrives after the returned stop, or `unmute()`.
   */
  mute(): Stop {
    return this.#networkFaults.mute();
  }

  /** Ends every `mute`. */
  unmute(): void {
    this.#networkFaults.unmute();
  }

  /** Answers the next `times` authorizations with a status; 401 is an expired token, 403 a no, `'network'` no answer at all. */
  rejectAuth(status: number | 'network', times = 1, options: RejectionOptions = {}): Stop {
    return this.#endpointFaults.reject('auth', status, times, options);
  }

  /** Answers the next `times` publishes with a status. With `afterWork` the message is published and only the answer is lost. */
  rejectTrigger(status: number | 'network', times = 1, options: RejectionOptions = {}): Stop {
    return this.#endpointFaults.reject('trigger', status, times, options);
  }

  /** Answers the next `times` requests for history with a status. */
  rejectHistory(status: number | 'network', times = 1, options: RejectionOptions = {}): Stop {
    return this.#endpointFaults.reject('history', status, times, options);
  }

  /** Never answers the next `times` authorizations; the returned stop breaks those that hang. */
  hangAuth(times = 1): Stop {
    return this.#endpointFaults.reject('auth', 'hang', times);
  }

  /** Never answers the next `times` publishes; the returned stop breaks those that hang. */
  hangTrigger(times = 1): Stop {
    return this.#endpointFaults.reject('trigger', 'hang', times);
  }

  /**
   * Restarts the Pusher server: every connection is dropped, channels, members and cached events are forgotten, and for
   * `downFor` milliseconds (default 0) nothing listens. The application beside it stays up and keeps its history and
   * idempotency keys, but answers 503 to publishes meanwhile.
   */
  restart(span: { readonly downFor?: number } = {}): void {
    const { downFor = 0 } = neededObject(span, 'restart({ downFor })');
    this.#networkFaults.takeDown(downFor);
    for (const app of this.#protocol.apps) app.reset();
    this.#networkFaults.drop(false);
  }

  /** Ends everything: ports, connections, hanging requests, webhooks that wait. */
  async stop(): Promise<void> {
    this.restart();
    this.#endpointFaults.stop();
    for (const senders of this.#senders.values()) for (const sender of senders) sender.stop();
    await Promise.all(Array.from(this.#ports, (listening) => listening.close()));
  }

  get #tokenSecret(): string {
    return `surewire-test-tokens:${this.#settings.map(({ secret }) => secret).join(':')}`;
  }

  #addressOf(key: string): string {
    const url = new URL(`/app/${encodeURIComponent(key)}`, this.#origin.replace(/^http/, 'ws'));
    return `${url}?protocol=7&client=js&version=8.6.0&flash=false`;
  }

  #values(endpoints: ServerEndpoints): TestValues {
    return {
      key: this.#app().settings.key,
      auth: backendAuth({ endpoint: endpoints.auth, token: () => this.issueToken() }),
      publish: publishing({ endpoint: endpoints.publish, confirm: deliveryConfirmations() }),
      encryption: encryption(),
      statistics: statistics(),
    };
  }

  #app(key?: string): ServerApp {
    const app = this.#protocol.apps.find(({ settings }) => key === undefined || settings.key === key);
    if (app === undefined) throw new ConfigurationError(`The test server has no app with the key "${key}".`);
    return app;
  }
}

/** Starts a test server in memory. It holds nothing open: there is nothing to stop unless `listen()` was called. */
export function createTestServer(options?: TestServerOptions): TestServer {
  return new TestServer(options);
}

function checkedOrigin(origin: string): string {
  if (isAddress(origin) && /^https?:/.test(origin)) return origin;
  throw new ConfigurationError(`\`origin\` must be an address with http or https; got ${show(origin)}.`);
}

function endpointsAt(url: string): ServerEndpoints {
  return {
    auth: `${url}/pusher/auth`,
    user: `${url}/pusher/user-auth`,
    publish: `${url}/realtime/trigger`,
    history: `${url}/realtime/history`,
  };
}
