/** What the text before a snippet has introduced. */
interface Given {
  /** Names by module; what a client is put together from is always there. */
  readonly imports?: Readonly<Record<string, readonly string[]>>;
  /** Declarations. */
  readonly code?: string;
}

/** An application's own things, which no guide shows. */
export const application = `
declare const session: { token: string; accessToken(request?: { fresh?: boolean; signal?: AbortSignal }): Promise<string> };
declare const bar: HTMLProgressElement;
declare const badge: HTMLElement;
declare const banner: HTMLElement & { text: string };
declare const label: HTMLElement;
declare function toast(text: string): void;
declare function report(error: surewire.RealtimeError): void;
`;

/** A client that was told nothing; what documents have that are not in the list below. */
export const client = 'declare const client: surewire.RealtimeClient<surewire.UntypedChannels>;';

/** One with the channels that are registered, if any are. */
const anyClient = 'declare const client: surewire.RealtimeClient;';

/** As in the guide to channels. */
const channels = `
const channels = surewire.defineChannels({
  'agent-status': { changed: surewire.event<{ agentId: string; status: 'idle' | 'working' }>() },
  'content-generation-{id}': {
    progress: surewire.event<{ progress: number; message?: string }>(),
    complete: surewire.event<{ contentId: string }>(),
  },
  'private-plugin-{id}': {
    command: surewire.event<{ run: string }>(),
    'client-cursor': surewire.event<{ x: number; y: number }>(),
  },
});
`;

/** The channels of the guides to React and Vue, registered as these guides say. */
export const registration = `
import * as surewire from 'surewire';
interface Task { readonly title: string }
const channels = surewire.defineChannels({
  'agent-status': { changed: surewire.event<{ agentId: string; status: 'idle' | 'working' }>() },
  'content-generation-{id}': {
    progress: surewire.event<{ progress: number; message?: string }>(),
    complete: surewire.event<{ contentId: string }>(),
  },
  'private-plugin-{id}': {
    command: surewire.event<{ run: string }>(),
    added: surewire.event<Task>(),
    removed: surewire.event<Task>(),
    cleared: surewire.event(),
  },
  'presence-classroom-{classId}': surewire.presence<{ name: string }>()({}),
});
declare module 'surewire' {
  interface Register { channels: typeof channels }
}
`;

/** What the reader of a document has at hand when a snippet begins, beyond what the snippet itself imports and declares. */
export const given: Readonly<Record<string, Given>> = {
  'docs/guides/authentication.md': {
    imports: { 'node:crypto': ['createHmac'] },
    code: `
interface User { readonly id: string; readonly name: string }
declare const key: string;
declare const secret: string;
declare const user: User;
declare function readCookie(name: string): string;
declare function mayHave(user: User, channel: string): boolean;
declare function authorize(socketId: string, channel: string, user: User): { readonly auth: string };
${client}
`,
  },
  'docs/guides/channels.md': {
    code: `${channels} declare const client: surewire.RealtimeClient<typeof channels>;`,
  },
  'docs/guides/errors.md': {
    code: `${client} declare const script: string; declare function reportBug(cause: unknown): void;`,
  },
  'docs/guides/getting-started.md': {
    imports: { surewire: ['type ConnectionStatus'] },
    code: `${client} declare function reload(channel: string): void;`,
  },
  'docs/guides/laravel-echo.md': {
    code: `${client} declare const echo: import('laravel-echo').default<'reverb'>;`,
  },
  'docs/guides/pusher-js-mock.md': {
    code: `declare function progressBar(pusher: import('surewire/pusher').Pusher): HTMLProgressElement;`,
  },
  'docs/guides/migrating.md': {
    imports: {
      'surewire/legacy': ['createHandedToken', 'createLegacyService'],
      'surewire/legacy/react': ['LegacyServiceProvider'],
    },
    code: `${client}
declare const token: ReturnType<typeof createHandedToken>;
declare const websocketService: ReturnType<typeof createLegacyService>;
declare const lesson: { readonly contentId: number };
declare function showGrade(payload: unknown): void;
declare function Dashboard(): null;
declare function show(frame: unknown): void;
declare function perform(command: unknown): void;
declare const text: string;
declare const routes: Readonly<Record<string, string>>;
`,
  },
  'docs/guides/missed-messages.md': {
    code: `${client}
declare const queryClient: { invalidateQueries(filter: { queryKey: readonly string[] }): void };
declare const database: {
  changes(query: { channel: string; since: number; signal: AbortSignal }): Promise<{ event: string; payload: unknown; id: string }[]>;
};
`,
  },
  'docs/guides/own-messages.md': { code: `${client} declare const text: string;` },
  'docs/guides/presence.md': {
    code: `
const rooms = surewire.defineChannels({
  'presence-classroom-{classId}': surewire.presence<{ name: string; role: 'student' | 'teacher' }>()({
    'client-hand': surewire.event<{ raised: boolean }>(),
  }),
});
declare const client: surewire.RealtimeClient<typeof rooms>;
const classroom = client.channel('presence-classroom-3');
declare const list: HTMLElement;
declare function highlight(userId: string | undefined, raised: boolean): void;
`,
  },
  'docs/guides/publishing.md': {
    imports: { surewire: ['guardUnload', 'publishBatches', 'UnconfirmedError'] },
    code: `${client}
interface User { readonly id: string }
interface Incoming { readonly id: string; readonly channel: string; readonly event: string; readonly data: unknown; readonly socket_id?: string }
declare const user: User;
declare const published: Set<string>;
declare const pusher: { triggerBatch(events: readonly { readonly name: string; readonly channel: string; readonly data: unknown }[]): Promise<unknown> };
declare function mayPublish(user: User, channel: string): boolean;
declare const channel: ReturnType<typeof client.channel>;
declare const x: number;
declare const y: number;
declare function tick(id: string, latency: number): void;
declare function perform(command: unknown): Promise<void>;
`,
  },
  'docs/guides/recipes.md': {
    imports: {
      'surewire/react': ['createRealtimeHooks'],
      'surewire/vue': ['createRealtimeComposables'],
      '../../../../test/recipes/application': [
        'type Agents',
        'fetchAgents',
        'fetchGeneration',
        'type Generation',
      ],
    },
    code: `${channels}
const { useConnection, useEvent, useLatest, useRealtime } = createRealtimeHooks<typeof channels>();
const { useEventReducer } = createRealtimeComposables<typeof channels>();
declare function loadGeneration(
  client: surewire.RealtimeClient<typeof channels>,
  id: string,
  signal?: AbortSignal,
): Promise<Generation>;
declare function withProgress(known: Generation, payload: { progress: number }): Generation;
`,
  },
  'docs/guides/redux.md': {
    imports: {
      '@reduxjs/toolkit': ['configureStore'],
      'surewire/redux': ['createRealtimeMiddleware', 'createRealtimeReducer'],
    },
    code: `${channels}
declare const client: surewire.RealtimeClient<typeof channels>;
const { middleware } = createRealtimeMiddleware(client);
const store = configureStore({
  reducer: { realtime: createRealtimeReducer<typeof channels>() },
  middleware: (defaults) => defaults().prepend(middleware),
});
`,
  },
  'docs/guides/react.md': { code: `${anyClient} interface Task { readonly title: string }` },
  'docs/guides/servers.md': {
    imports: { surewire: ['type Publisher', 'PublishError'] },
    code: 'declare const mutation: string;',
  },
  'docs/guides/statistics.md': {
    code: `${client} declare const metrics: { send(name: string, figures: surewire.Statistics): void };`,
  },
  'docs/guides/testing.md': {
    imports: {
      'surewire/testing': ['createTestServer'],
      'msw/node': ['setupServer'],
      pusher: ['default Pusher'],
      vitest: ['expect', 'test'],
    },
    code: `${channels} declare const server: ReturnType<typeof createTestServer>;`,
  },
  'docs/guides/toolbox.md': {
    imports: { 'surewire/toolbox': ['toolboxChannels'] },
    code: `
declare const client: surewire.RealtimeClient<typeof toolboxChannels>;
declare const user: { readonly id: string };
declare function reload(contentId: string, change: string): void;
declare function addLine(userId: string | undefined, text: string): void;
declare function showRanking(lines: readonly string[]): void;
declare const editor: {
  readonly documentId: string;
  readonly version: number;
  apply(change: unknown): void;
  rebase(version: number, change: unknown): void;
  onChange(listener: (change: unknown, version: number) => void): void;
};
declare const canvas: {
  draw(
    strokeId: string,
    points: readonly (readonly [number, number])[],
    style: { readonly color: string | undefined; readonly width: number | undefined },
  ): void;
  clear(): void;
  onStroke(listener: (strokeId: string, points: readonly (readonly [number, number])[]) => void): void;
};
`,
  },
  'docs/guides/vue.md': {
    code: `${anyClient}
interface Task { readonly title: string }
declare const App: import('vue').Component;
`,
  },
};
