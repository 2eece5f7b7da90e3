import {
  backendAuth,
  type Clock,
  encryption,
  neededObject,
  publishing,
  type RealtimeClientOptions,
  type UntypedChannels,
  userEndpoint,
} from '../index';
import { Endpoint, type Fetch, type Handler, handlerOf } from './endpoints';
import type { Channel, ChannelAuthorizationHandler, Options, UserAuthenticationHandler } from './types';

/** What pusher-js's options come to here. */
export interface TranslatedOptions {
  readonly client: RealtimeClientOptions<UntypedChannels>;
  /** Whether connections are encrypted. */
  readonly tls: boolean;
  /** Signs the user in, on this connection and on those that follow. */
  readonly signIn: () => void;
  /** How long there may be no connection before it is called unavailable, in milliseconds. */
  readonly unavailableTimeout: number;
  /** What of the options has no effect here, where somebody may count on it. */
  readonly ignored: readonly string[];
}

/** An endpoint as pusher-js is told of it, the handler apart. */
interface EndpointOptions {
  readonly transport?: string;
  readonly endpoint?: string;
  readonly params?: unknown;
  readonly headers?: unknown;
  readonly paramsProvider?: () => unknown;
  readonly headersProvider?: () => unknown;
}

/** In the places of addresses where functions answer. */
const channelHandler = 'https://channel-authorization.invalid/';
const userHandler = 'https://user-authentication.invalid/';

/** Translates the options of pusher-js 8, all in this file. `channelOf` finds the channel that an old `authorizer` wants to see. */
export function translateOptions(
  key: string,
  options: Options,
  channelOf: (name: string) => Channel | undefined,
): TranslatedOptions {
  neededObject(options, 'new Pusher(key, { cluster })');
  const { cluster, wsHost, wsPort, wssPort, wsPath, activityTimeout, nacl } = options;
  const tls = globalThis.location?.protocol === 'https:' || options.forceTLS !== false;
  const port = tls ? wssPort : wsPort;
  const authorization: EndpointOptions = { endpoint: '/pusher/auth', ...channelEndpoint(options) };
  const authentication: EndpointOptions = { endpoint: '/pusher/user-auth', ...options.userAuthentication };
  const channel = endpointOf(
    authorization,
    channelAuthorizer(options, authorization, channelOf),
    channelHandler,
  );
  const user = endpointOf(authentication, userAuthenticator(options), userHandler);
  let signIn: () => void = () => {};
  const when = new Promise<void>((resolve) => {
    signIn = resolve;
  });
  const fetch: Fetch = (address, init) => globalThis.fetch(address, init);
  const known = [channel, user];
  return {
    client: {
      key,
      ...(cluster ? { cluster } : {}),
      ...(wsHost ? { host: wsHost } : {}),
      ...(port ? { port: Number(port) } : {}),
      tls,
      pusherOptions: {
        ...(wsPath ? { wsPath } : {}),
        ...(activityTimeout ? { activityTimeout } : {}),
        ...(nacl ? { nacl } : {}),
      },
      auth: backendAuth({ ...channel.options, user: userEndpoint({ ...user.options, when }) }),
      publish: publishing(),
      encryption: encryption(),
      fetch: (address, init) => {
        const asked = known.find(({ options: { endpoint } }) => endpoint === address);
        return asked === undefined ? fetch(address, init) : asked.fetch(address, init, fetch);
      },
    },
    tls,
    signIn,
    unavailableTimeout: options.unavailableTimeout ?? 10_000,
    ignored: ignoredOf(options, authorization),
  };
}

/** At an address of its own where a function answers. */
function endpointOf(given: EndpointOptions, handler: Handler | undefined, handlerAddress: string): Endpoint {
  const { endpoint, headers, params, headersProvider, paramsProvider } = given;
  return new Endpoint(
    {
      endpoint: handler === undefined ? String(endpoint) : handlerAddress,
      headers: () => fieldsOf(headers, headersProvider),
      params: () => fieldsOf(params, paramsProvider),
    },
    handler,
  );
}

/** Time, as the platform has it. */
export const platformClock: Clock = {
  now: () => Date.now(),
  after: (ms, wake) => {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};

/** The newer option wins, as in pusher-js; objects are kept and not copied, because applications change headers in them later. */
function channelEndpoint({
  channelAuthorization,
  authEndpoint,
  auth,
  authTransport,
}: Options): EndpointOptions {
  if (channelAuthorization) return channelAuthorization as EndpointOptions;
  return {
    ...(authEndpoint ? { endpoint: authEndpoint } : {}),
    ...(authTransport ? { transport: authTransport } : {}),
    // Looked up late: Laravel Echo's `auth` gets its headers when a user signs in.
    headersProvider: () => auth?.headers,
    paramsProvider: () => auth?.params,
  };
}

function channelAuthorizer(
  { channelAuthorization, authorizer, auth }: Options,
  { endpoint = '' }: EndpointOptions,
  channelOf: (name: string) => Channel | undefined,
): Handler | undefined {
  // Both kinds of its options have the field at run time, and one of them in the types.
  const { customHandler } = (channelAuthorization ?? {}) as { customHandler?: ChannelAuthorizationHandler };
  if (customHandler) {
    return handlerOf((fields, callback) => {
      const [socketId, channelName] = [fields.get('socket_id') ?? '', fields.get('channel_name') ?? ''];
      customHandler({ socketId, channelName }, callback);
    });
  }
  if (channelAuthorization || !authorizer) return undefined;
  return handlerOf((fields, callback) => {
    const channel = channelOf(fields.get('channel_name') ?? '');
    const settings = { authTransport: 'ajax', authEndpoint: endpoint, auth: { ...auth } } as const;
    // One that was unsubscribed meanwhile is nobody's any more.
    if (channel) authorizer(channel, settings).authorize(fields.get('socket_id') ?? '', callback);
    else callback(new Error('The channel was unsubscribed'), null);
  });
}

function userAuthenticator({ userAuthentication }: Options): Handler | undefined {
  // As above.
  const { customHandler } = (userAuthentication ?? {}) as { customHandler?: UserAuthenticationHandler };
  return (
    customHandler &&
    handlerOf((fields, callback) => customHandler({ socketId: fields.get('socket_id') ?? '' }, callback))
  );
}

/** The fields of both, as text. */
function fieldsOf(fixed: unknown, provider: (() => unknown) | undefined): Record<string, string> {
  const fields = { ...(fixed as object | undefined), ...(provider?.() as object | undefined) };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value ?? '')]));
}

function ignoredOf({ enabledTransports, pongTimeout }: Options, { transport }: EndpointOptions): string[] {
  const overWebSockets = !enabledTransports || /ws/.test(String(enabledTransports));
  return [
    ...(transport === 'jsonp' ? ['jsonp'] : []),
    ...(overWebSockets ? [] : ['enabledTransports']),
    ...(pongTimeout === undefined ? [] : ['pongTimeout']),
  ];
}
