import {
  backendAuth,
  encryption,
  neededObject,
  publishing,
  RealtimeClient,
  type UntypedChannels,
  userEndpoint,
} from '../index';
import { Endpoints, type PusherEndpoint } from './endpoints';
import type { FacedClient } from './ground';
import type { Options, PusherClass } from './types';

type Pusher = InstanceType<PusherClass>;

/** Options that were told to have no effect: once a page, however many instances it makes. */
const told: Record<string, boolean> = {};

/** A client of pusher-js 8's options, all in this file. `face` finds the channel that an old `authorizer` wants to see. */
export function clientOf(
  key: string | undefined,
  given: Options,
  face: Pick<Pusher, 'channel'>,
): FacedClient {
  neededObject(given, 'new Pusher(key, { cluster })');
  const {
    cluster,
    wsHost,
    wsPath,
    nacl,
    enabledTransports,
    activityTimeout,
    pongTimeout,
    userAuthentication,
  } = given;
  const tls = globalThis.location?.protocol === 'https:' || given.forceTLS !== false;
  // The newer option wins, as in pusher-js.
  const authorization = given.channelAuthorization ?? olderAuthorization(given, face);
  const endpoints = new Endpoints();
  let signin = (): void => {};
  const when = new Promise<void>((resolve) => {
    signin = resolve;
  });
  const user = userEndpoint({ ...endpoints.add(userAuthentication ?? {}, '/pusher/user-auth'), when });
  const ignored = {
    jsonp: (authorization as PusherEndpoint).transport === 'jsonp',
    enabledTransports: enabledTransports && !/ws/.test(String(enabledTransports)),
    activityTimeout,
    pongTimeout,
  };
  for (const [name, value] of Object.entries(ignored)) {
    if (!value || told[name]) continue;
    told[name] = true;
    console.warn(`surewire/pusher: \`${name}\` has no effect.`);
  }
  return {
    client: new RealtimeClient<UntypedChannels>({
      // What is no key is refused there.
      key: key as string,
      cluster,
      host: wsHost || undefined,
      port: (tls ? given.wssPort : given.wsPort) || undefined,
      tls,
      pusherOptions: { wsPath, nacl },
      auth: backendAuth({ ...endpoints.add(authorization, '/pusher/auth'), user }),
      publish: publishing(),
      encryption: encryption(),
      fetch: endpoints.fetch,
    }),
    tls,
    signin,
  };
}

/** How channels are authorized by what pusher-js had before `channelAuthorization`. */
function olderAuthorization(
  { authEndpoint = '/pusher/auth', authTransport: transport, auth, authorizer }: Options,
  face: Pick<Pusher, 'channel'>,
): PusherEndpoint {
  return {
    endpoint: authEndpoint,
    transport,
    // Looked up late: Laravel Echo's `auth` gets its headers when a user signs in.
    headersProvider: () => auth?.headers,
    paramsProvider: () => auth?.params,
    customHandler:
      authorizer &&
      (({ socketId, channelName }, callback) => {
        const channel = face.channel(channelName);
        const settings = { authTransport: 'ajax', authEndpoint, auth: { ...auth } } as const;
        // One that was unsubscribed meanwhile is nobody's any more.
        if (channel) authorizer(channel, settings).authorize(socketId, callback);
        else callback(new Error('The channel was left'), null);
      }),
  };
}
