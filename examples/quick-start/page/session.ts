import { createContext, useContext } from 'react';
import { createDemoClient, type DemoClient } from '../demo-client.ts';
import { type DemoSettings, override } from '../settings.ts';
import { userIdOf } from '../user-id.ts';
import { DemoServer } from './demo-server.ts';
import { Journeys } from './journeys.ts';
import { SwitchedNetwork } from './switched-network.ts';

const names = ['Ada', 'Barbara', 'Katherine', 'Leslie', 'Radia', 'Tim'];

/** Who sits before this page, and what the page works with. */
export interface Session {
  readonly user: string;
  readonly userId: string;
  /** The class whose room this page is in. */
  readonly classId: string;
  /** Whether simulated classmates are wanted. */
  readonly company: boolean;
  readonly settings: DemoSettings;
  readonly client: DemoClient;
  readonly server: DemoServer;
  readonly network: SwitchedNetwork;
  readonly journeys: Journeys;
}

const SessionContext = createContext<Session | undefined>(undefined);

/** Gives the session to the components below it. */
export const SessionProvider = SessionContext.Provider;

/** The session of the page. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('There is no session above this component.');
  return session;
}

/** Begins a session from what the page's address says; rejects with a `ConfigurationError` when no client can be made of it. */
export async function beginSession(): Promise<Session> {
  const query = new URLSearchParams(location.search);
  const user =
    query.get('user')?.trim().slice(0, 40) || names[Math.floor(Math.random() * names.length)] || 'Ada';
  const overrides = Object.fromEntries(query);
  // Whoever reloads this page is still the same user, and finds their own messages.
  query.set('user', user);
  history.replaceState(null, '', `?${query}${location.hash}`);
  const settings = override(
    (await (await fetch('/demo/settings')).json()) as DemoSettings,
    overrides,
    new URL('/demo/wrong-auth', location.href).href,
  );
  const network = new SwitchedNetwork();
  network.install();
  const server = new DemoServer(network);
  const client = createDemoClient(settings, ({ signal }) => server.token(user, signal), {
    owner: settings.owner ?? userIdOf(user),
    network,
    fetch: network.fetch,
  });
  return {
    user,
    userId: userIdOf(user),
    classId: query.get('class')?.replaceAll(/[^\w-]/g, '') || '5',
    company: query.get('company') !== 'off',
    settings,
    client,
    server,
    network,
    journeys: new Journeys(client),
  };
}

/** The address of this page for another tab: the same but for who sits before it. */
export function addressFor(user: string): string {
  const query = new URLSearchParams(location.search);
  query.set('user', user);
  return `?${query}`;
}
