import { ConfigurationError } from 'surewire';

/** Where the demo's client is to go. Plain data: the page gets it as JSON. */
export interface DemoSettings {
  /** `embedded`: the server that comes with the demo. `service`: whatever the environment names. */
  readonly mode: 'embedded' | 'service';
  /** The options that say which server it is. */
  readonly server: {
    readonly key: string;
    readonly cluster?: string;
    readonly host?: string;
    readonly port?: number;
    readonly tls?: boolean;
  };
  /** The authorization endpoint; without it there are public channels only. */
  readonly auth?: string;
  /** The publish endpoint; without it nothing but client events can be published. */
  readonly publish?: string;
  /** The application's history, from which missed messages are filled in. */
  readonly history?: string;
  /**
   * Whose messages wait in this browser, where the page does not know the user: a fingerprint of the token, so that nothing of
   * one token's user is ever sent with another's.
   */
  readonly owner?: string;
  /** The name of a secret that was in the environment. Its value stays there. */
  readonly secret?: string;
}

/** What the address of the page or the command line may say otherwise, to see what bad input looks like. */
export interface Overrides {
  readonly key?: string;
  readonly host?: string;
  readonly auth?: string;
  readonly secret?: string;
}

/** Reads a real service out of the environment; undefined when it names none. Throws a `ConfigurationError` for nonsense. */
export function serviceIn(
  environment: Readonly<Record<string, string | undefined>>,
): DemoSettings | undefined {
  // Templates of `.env` files leave values empty; that is as good as absent.
  const read = (name: string): string | undefined => environment[`VITE_PUSHER_${name}`]?.trim() || undefined;
  const [key, cluster, host, port, tls] = ['KEY', 'CLUSTER', 'HOST', 'PORT', 'TLS'].map(read);
  const [auth, publish] = ['AUTH_ENDPOINT', 'PUBLISH_ENDPOINT'].map(read);
  if ([key, cluster, host].every((value) => value === undefined)) return undefined;
  if (key === undefined) {
    throw new ConfigurationError('VITE_PUSHER_KEY is not set: give it the public key of your application.');
  }
  if (cluster === undefined && host === undefined) {
    throw new ConfigurationError(
      'VITE_PUSHER_CLUSTER is not set: give it a cluster such as "us2", or VITE_PUSHER_HOST the host of a server of your own.',
    );
  }
  if (port !== undefined && !/^\d{1,5}$/.test(port)) {
    throw new ConfigurationError(`VITE_PUSHER_PORT must be a port number; got "${port}".`);
  }
  if (tls !== undefined && !/^(?:true|false)$/i.test(tls)) {
    throw new ConfigurationError(`VITE_PUSHER_TLS must be "true" or "false"; got "${tls}".`);
  }
  return {
    mode: 'service',
    server: {
      key,
      ...(cluster === undefined ? {} : { cluster }),
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port: Number(port) }),
      ...(tls === undefined ? {} : { tls: tls.toLowerCase() === 'true' }),
    },
    ...(auth === undefined ? {} : { auth }),
    ...(publish === undefined ? {} : { publish }),
  };
}

/** The name of the application's secret, when the environment hands it to us. */
export function secretIn(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  return ['VITE_PUSHER_SECRET', 'PUSHER_SECRET'].find((name) => environment[name]);
}

/** The server, for people. */
export function whereIs({ server: { key, cluster, host, port } }: DemoSettings): string {
  const where =
    host === undefined ? `cluster ${cluster ?? '(none)'}` : port === undefined ? host : `${host}:${port}`;
  return `${where}, key ${key === '' ? '(none)' : key}`;
}

/** The settings with bad input in them. */
export function override(settings: DemoSettings, overrides: Overrides, wrongAuth: string): DemoSettings {
  const { key, host, auth, secret } = overrides;
  return {
    ...settings,
    server: {
      ...settings.server,
      ...(key === undefined ? {} : { key }),
      ...(host === undefined ? {} : { host }),
    },
    // The word only, no address: a link must not be able to send somebody's token elsewhere.
    ...(auth === 'wrong' ? { auth: wrongAuth } : {}),
    ...(secret === undefined ? {} : { secret: 'PUSHER_SECRET' }),
  };
}

/** The same server under another name of its machine: what a phone in the same network has to dial. */
export function seenFrom(settings: DemoSettings, host: string): DemoSettings {
  const { server, auth, publish, history } = settings;
  const move = (address: string): string => {
    const url = new URL(address);
    url.hostname = host;
    return url.href;
  };
  return {
    ...settings,
    server: { ...server, host },
    ...(auth === undefined ? {} : { auth: move(auth) }),
    ...(publish === undefined ? {} : { publish: move(publish) }),
    ...(history === undefined ? {} : { history: move(history) }),
  };
}
