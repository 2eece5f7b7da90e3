import { backendAuth, defineChannels, event, presence, RealtimeClient } from 'surewire';

interface Settings {
  readonly key: string;
  readonly host: string;
  readonly port: number;
  readonly endpoint: string;
  readonly token: string;
}

export const channels = defineChannels({
  'content-generation-{id}': { progress: event<{ progress: number }>() },
  'presence-classroom-{classId}': presence<{ name: string }>()({
    'hand-raised': event<{ userId: string }>(),
  }),
});

/** A client for the server that the page's address names. */
export function clientOfPage(): RealtimeClient<typeof channels> {
  const { endpoint, token, ...server } = JSON.parse(decodeURIComponent(location.hash.slice(1))) as Settings;
  return new RealtimeClient({
    ...server,
    tls: false,
    channels,
    auth: backendAuth({ endpoint, token: () => token }),
  });
}
