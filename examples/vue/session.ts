import { type InjectionKey, inject } from 'vue';
import { createDemoClient, type DemoClient } from '../quick-start/demo-client.ts';
import { DemoServer } from '../quick-start/page/demo-server.ts';
import { SwitchedNetwork } from '../quick-start/page/switched-network.ts';
import type { DemoSettings } from '../quick-start/settings.ts';
import { userIdOf } from '../quick-start/user-id.ts';

/** Who sits before this page, and what the page works with. */
export interface Session {
  readonly user: string;
  readonly userId: string;
  readonly client: DemoClient;
  readonly server: DemoServer;
}

/** Where components find the session. */
export const sessionKey: InjectionKey<Session> = Symbol('session');

/** The session of the page. */
export function useSession(): Session {
  const session = inject(sessionKey);
  if (session === undefined) throw new Error('There is no session in this application.');
  return session;
}

/** Begins a session from what the page's address says. */
export async function beginSession(): Promise<Session> {
  const query = new URLSearchParams(location.search);
  const user = query.get('user')?.trim().slice(0, 40) || 'Ada';
  const settings = (await (await fetch('/demo/settings')).json()) as DemoSettings;
  const network = new SwitchedNetwork();
  network.install();
  const server = new DemoServer(network);
  const userId = userIdOf(user);
  const page = { owner: userId, network, fetch: network.fetch };
  const client = createDemoClient(settings, ({ signal }) => server.token(user, signal), page);
  if (query.get('company') !== 'off') void server.command('simulate', { class: '5', on: 'true' });
  return { user, userId, client, server };
}
