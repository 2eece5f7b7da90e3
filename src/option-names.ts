import { ConfigurationError } from './errors';
import type { LimitOptions } from './link/server-limits';
import type {
  AuthOptions,
  BatchOptions,
  OutboxOptions,
  PublishEndpointOptions,
  RealtimeClientOptions,
} from './options';

type NamesOf<Options> = { readonly [Name in keyof Required<Options>]: 1 };

/** The types know them all, and keep these lists complete. They are for those who have no types. */
const names: NamesOf<RealtimeClientOptions> = {
  key: 1,
  cluster: 1,
  host: 1,
  port: 1,
  tls: 1,
  channels: 1,
  auth: 1,
  publish: 1,
  outbox: 1,
  limits: 1,
  confirmDelivery: 1,
  messageId: 1,
  recover: 1,
  pusherOptions: 1,
  Pusher: 1,
  pusher: 1,
  transport: 1,
  publisher: 1,
  fetch: 1,
  tabs: 1,
  clock: 1,
  network: 1,
};
const authNames: NamesOf<AuthOptions> = {
  endpoint: 1,
  headers: 1,
  params: 1,
  credentials: 1,
  token: 1,
  owner: 1,
  format: 1,
  userEndpoint: 1,
  batch: 1,
};
const batchNames: NamesOf<BatchOptions> = { endpoint: 1, window: 1 };
const publishNames: NamesOf<PublishEndpointOptions> = {
  endpoint: 1,
  headers: 1,
  params: 1,
  credentials: 1,
  excludeSender: 1,
};
const outboxNames: NamesOf<OutboxOptions> = {
  storage: 1,
  owner: 1,
  messages: 1,
  bytes: 1,
  overflow: 1,
  keepRejected: 1,
  expiresIn: 1,
};
const limitNames: NamesOf<LimitOptions> = { payloadBytes: 1, clientEventsPerSecond: 1 };

/**
 * The error about an option that nobody reads, such as one that is misspelt; to be reported and not thrown, because options may
 * come from a backend that knows more names than this version.
 */
export function unreadOption(options: RealtimeClientOptions): ConfigurationError | undefined {
  const { auth, publish, outbox, limits } = options;
  return (
    unread(options, names, '') ??
    unread(auth, authNames, 'auth.') ??
    unread(auth?.batch, batchNames, 'auth.batch.') ??
    unread(publish, publishNames, 'publish.') ??
    unread(outbox, outboxNames, 'outbox.') ??
    unread(limits, limitNames, 'limits.')
  );
}

function unread(
  options: object | boolean | undefined,
  known: object,
  prefix: string,
): ConfigurationError | undefined {
  const found = Object.entries(options ?? {}).find(
    ([name, value]) => value !== undefined && !Object.hasOwn(known, name),
  );
  return (
    found &&
    new ConfigurationError(
      `There is no option \`${prefix}${found[0]}\`, but ${Object.keys(known).join(', ')}.${prefix === '' ? ' Endpoints go into `auth` and `publish`, options of pusher-js into `pusherOptions`.' : ''}`,
    )
  );
}
