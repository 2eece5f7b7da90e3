import { createDemoClient, type DemoClient } from '../quick-start/demo-client.ts';
import type { DemoSettings } from '../quick-start/settings.ts';

/** The client of the dashboard, for the server that runs beside the page. */
export async function createDashboardClient(): Promise<DemoClient> {
  const settings: DemoSettings = await (await fetch('/demo/settings')).json();
  const user = new URLSearchParams(location.search).get('user') ?? 'Ada';
  const token = async (): Promise<string> =>
    (await fetch(`/demo/token?user=${encodeURIComponent(user)}`)).text();
  return createDemoClient(settings, token);
}

/** Asks the application for something: `generate`, `cut` the connections, `restart` the Pusher server. */
export function askBackend(what: 'generate' | 'cut' | 'restart'): void {
  void fetch(`/demo/${what}`, { method: 'POST' });
}
