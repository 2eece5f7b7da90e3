import { backendAuth, publishing, RealtimeClient, recoverFromHistory } from 'surewire';
import { channels } from '../quick-start/channels.ts';
import type { DemoSettings } from '../quick-start/settings.ts';

/** The client of both dashboards, for the server that runs beside the page. */
export async function createDemoClient(): Promise<RealtimeClient<typeof channels>> {
  const settings: DemoSettings = await (await fetch('/demo/settings')).json();
  const { server, auth, publish, history } = settings;
  const user = new URLSearchParams(location.search).get('user') ?? 'Ada';
  return new RealtimeClient({
    ...server,
    channels,
    ...(auth === undefined
      ? {}
      : {
          auth: backendAuth({
            endpoint: auth,
            token: async () => (await fetch(`/demo/token?user=${encodeURIComponent(user)}`)).text(),
          }),
        }),
    ...(publish === undefined ? {} : { publish: publishing({ endpoint: publish }) }),
    ...(history === undefined ? {} : { recover: recoverFromHistory({ endpoint: history }) }),
  });
}

/** Asks the application for something: `generate`, `cut` the connections, `restart` the Pusher server. */
export function askBackend(what: 'generate' | 'cut' | 'restart'): void {
  void fetch(`/demo/${what}`, { method: 'POST' });
}
