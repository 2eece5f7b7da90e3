// The one new file: everything that `before/old` did by hand.
import { backendAuth, publishing, RealtimeClient, statistics, type UntypedChannels } from 'surewire';
import {
  createHandedToken,
  createLegacyService,
  installLegacySockets,
  translateOldActions,
} from 'surewire/legacy';
import { createRealtimeMiddleware, createRealtimeReducer, type RealtimeState } from 'surewire/redux';
import { legacyRoutes } from 'surewire/toolbox';

/** Old addresses need a host, and nobody asks it. */
export const WS_URL = 'ws://localhost:8001';

const token = createHandedToken();

// In a page: `clientOptionsFromEnv(import.meta.env)` of surewire/toolbox. Here it is the server that comes with surewire.
const backend = process.env['BACKEND_URL'] ?? 'http://localhost:8009';
const { hostname, port } = new URL(backend);
export const client = new RealtimeClient<UntypedChannels>({
  key: 'app-key',
  host: hostname,
  port: Number(port),
  tls: false,
  auth: backendAuth({ endpoint: `${backend}/pusher/auth`, token: token.source }),
  // The old server told messages to everybody but their sender.
  publish: publishing({ endpoint: `${backend}/realtime/trigger`, excludeSender: true }),
  statistics: statistics(),
});

/** What the page shows. The old server knew by its session; a channel has it in its name. */
export const content = { id: 42 };

installLegacySockets(client, { ...legacyRoutes, '/ws/content': () => `content-generation-${content.id}` });

export const websocketService = createLegacyService(client, { channel: 'test-channel', token });

export const websocketMiddlewares = [
  translateOldActions({ token }),
  createRealtimeMiddleware(client, { statistics: false }).middleware,
] as const;

export const websocketReducer = createRealtimeReducer<UntypedChannels>();

interface State {
  websocket: RealtimeState<UntypedChannels>;
}

export const selectConnected = ({ websocket }: State): boolean => websocket.status.state === 'connected';

export const selectMessages = ({ websocket }: State, channel: string) =>
  (websocket.channels[channel]?.messages ?? []).map(({ event, data }) => ({ type: event, payload: data }));
