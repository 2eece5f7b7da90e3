import Pusher from 'pusher';
import { expect, onTestFinished } from 'vitest';
import {
  backendAuth,
  defineChannels,
  deliveryConfirmations,
  encryption,
  event,
  type Gap,
  presence,
  publishing,
  RealtimeClient,
  type RealtimeClientOptions,
  type RealtimeError,
  statistics,
  userEndpoint,
} from '../../src/index';
import { Application } from './signing-application';

const channels = defineChannels({
  'content-generation-{id}': { progress: event<{ progress: number }>() },
  'private-plugin-{id}': { command: event<{ run: string }>(), 'client-note': event<unknown>() },
  'private-encrypted-{id}': { secret: event<{ n: number }>() },
  'private-forged': {},
  'presence-classroom-{id}': presence<{ name: string }>()({ 'client-wave': event<{ hand: string }>() }),
  'cache-state-{id}': { changed: event<{ n: number }>() },
  'private-cache-state-{id}': { changed: event<{ n: number }>() },
});

/** Where an app of a server is, and how to sign for it. */
export interface ServerPlace {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly appId: string;
  readonly key: string;
  readonly secret: string;
  /** Where its HTTP API is, if elsewhere. */
  readonly api?: { readonly host: string; readonly port: number };
  /** Whether users of this app sign in. */
  readonly signsIn?: boolean;
}

/** Everything that one app's users and its backend need, until the end of the test. */
export async function visit({ host, port, tls, appId, key, secret, api, signsIn = false }: ServerPlace) {
  const address = { host: api?.host ?? host, port: String(api?.port ?? port), useTLS: tls };
  const settings = { appId, key, ...address };
  const encryptionMasterKeyBase64 = Buffer.alloc(32, 7).toString('base64');
  const sdk = new Pusher({ ...settings, secret, encryptionMasterKeyBase64 });
  const stranger = new Pusher({ ...settings, secret: 'not the secret' });
  const application = await Application.start({ sdk, stranger });
  onTestFinished(() => application.end());
  const connect = (user: string, options: Partial<RealtimeClientOptions> = {}) => {
    const client = new RealtimeClient<typeof channels>({
      key,
      host,
      port,
      tls,
      auth: backendAuth({
        endpoint: `${application.url}/pusher/auth`,
        token: user,
        ...(signsIn ? { user: userEndpoint(`${application.url}/pusher/user-auth`) } : {}),
      }),
      publish: publishing({
        endpoint: `${application.url}/realtime/trigger`,
        confirm: deliveryConfirmations(),
      }),
      encryption: encryption(),
      statistics: statistics(),
      ...options,
      channels,
    });
    const errors: RealtimeError[] = [];
    const gaps: Gap[] = [];
    client.on('error', (error) => errors.push(error));
    client.on('gap', (gap) => gaps.push(gap));
    onTestFinished(() => client.destroy());
    return Object.assign(client, { errors, gaps });
  };
  return { sdk, connect, application };
}

/** A client, with the errors and gaps that it told of. */
export type Client = Awaited<ReturnType<typeof visit>>['connect'] extends (user: string) => infer C
  ? C
  : never;

/** Resolves once the client is in `wanted`. */
export function state(client: Client, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (client.status.get().state !== wanted) return;
      stop();
      resolve();
    };
    const stop = client.status.subscribe(look);
    look();
  });
}

/** Who is in the room as `client` sees it, and what it was told of comings and goings. */
export function enter(client: Client) {
  const room = client.channel('presence-classroom-1');
  const told: string[] = [];
  room.on('pusher:member_added', ({ id, info }) => told.push(`+${id} ${info.name}`));
  room.on('pusher:member_removed', ({ id }) => told.push(`-${id}`));
  const present = (): string[] => room.members.get().map(({ id }) => id);
  return { room, told, present };
}

/** The server's refusal of the whole connection ends all trying, after one dial. */
export async function expectOneDial(client: Client, status: number): Promise<void> {
  await expect(client.connect()).rejects.toMatchObject({ name: 'ConnectionError', status, retryable: false });
  expect(client.status.get().state).toBe('failed');
  expect(client.statistics.get().dials).toBe(1);
}
