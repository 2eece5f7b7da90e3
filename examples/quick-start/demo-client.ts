import {
  backendAuth,
  deliveryConfirmations,
  durable,
  indexedDbStorage,
  publishing,
  RealtimeClient,
  type RealtimeClientOptions,
  recoverFromHistory,
  statistics,
  type TokenSource,
} from 'surewire';
import { channels } from './channels.ts';
import type { DemoSettings } from './settings.ts';

/** The client of the demo, which knows the demo's channels. */
export type DemoClient = RealtimeClient<typeof channels>;

/** What a page adds to a client: a device's network, and messages that outlive the page. */
export interface PageParts extends Pick<RealtimeClientOptions, 'network' | 'fetch'> {
  /** Whose messages wait in this browser. */
  readonly owner: string;
}

/** The one place where the demo makes clients: for the page, for the terminal, and for the simulated classmates. */
export function createDemoClient(
  settings: DemoSettings,
  token: string | TokenSource | undefined,
  page?: PageParts,
): DemoClient {
  const { server, auth, publish, history, secret } = settings;
  const { owner, ...parts } = page ?? {};
  const outbox =
    owner === undefined ? undefined : durable({ storage: indexedDbStorage(), owner, keepRejected: true });
  return new RealtimeClient({
    ...server,
    channels,
    ...parts,
    ...(auth === undefined ? {} : { auth: backendAuth({ endpoint: auth, token }) }),
    publish: publishing({ endpoint: publish, outbox, confirm: deliveryConfirmations() }),
    statistics: statistics(),
    ...(history === undefined ? {} : { recover: recoverFromHistory({ endpoint: history }) }),
    // Handed on by name, so that the library says what it says to whoever does that with the value.
    ...(secret === undefined ? {} : { [secret.replace('VITE_', '')]: 'withheld' }),
  });
}
