// What hooks infer of the channels, and what must not compile.
import {
  type Acknowledgement,
  type Channel,
  type ConnectionStatus,
  defineChannels,
  event,
  type Member,
  presence,
  RealtimeClient,
  type RealtimeMessage,
  type UndescribedPayload,
} from 'surewire';
import {
  createRealtimeHooks,
  RealtimeProvider,
  useChannel,
  useConnection,
  useEvent,
  usePresence,
} from 'surewire/react';
import { same } from './same.js';

interface Progress {
  readonly progress: number;
}

const channels = defineChannels({
  'content-generation-{id}': { progress: event<Progress>() },
  'private-plugin-{id}': { command: event<{ run: string }>(), 'client-cursor': event<{ x: number }>() },
  'presence-classroom-{classId}': presence<{ name: string }>()({ 'hand-raised': event<string>() }),
});

const hooks = createRealtimeHooks<typeof channels>();
const client = new RealtimeClient({ key: 'app-key', cluster: 'us2', channels });

export function useDescribed(
  id: number,
  name: 'private-plugin-7' | null,
  text?: string,
  count?: number,
): void {
  hooks.RealtimeProvider({ client });
  same<ReturnType<typeof hooks.useRealtime>, RealtimeClient<typeof channels>>(true);

  const { channel, subscription } = hooks.useChannel(`content-generation-${id}`);
  same<typeof subscription.state, 'unsubscribed' | 'subscribing' | 'subscribed' | 'refused'>(true);
  same<NonNullable<typeof channel>['kind'], 'public'>(true);

  hooks.useEvent(`content-generation-${id}`, 'progress', (payload, message) => {
    same<typeof payload, Progress>(true);
    same<typeof message, RealtimeMessage<Progress, 'progress'>>(true);
  });
  hooks.useEvent(name, 'command', ({ run }) => same<typeof run, string>(true));
  hooks.useEvent(id > 0 && `private-plugin-${id}`, 'command', ({ run }) => same<typeof run, string>(true));
  hooks.useEvent(text && `private-plugin-${text}`, 'command', ({ run }) => same<typeof run, string>(true));
  const counted = hooks.useLatest(count && `content-generation-${count}`, 'progress');
  same<typeof counted, Progress | undefined>(true);
  // @ts-expect-error no channel has that name
  hooks.useEvent('content', 'progress', () => {});
  // @ts-expect-error the channel has no such event
  hooks.useEvent('content-generation-1', 'command', () => {});
  // @ts-expect-error a number is no name
  hooks.useChannel(7);

  const connection = hooks.useConnection();
  same<typeof connection, ConnectionStatus>(true);
  const isOnline = hooks.useConnection(({ state }) => state === 'connected');
  same<typeof isOnline, boolean>(true);

  const latest = hooks.useLatest('content-generation-1', 'progress');
  same<typeof latest, Progress | undefined>(true);

  const { state, status, reset } = hooks.useEventReducer(
    'content-generation-1',
    { progress: (sum: number, { progress }) => sum + progress },
    0,
    { recover: async ({ signal }) => (signal.aborted ? 0 : 1) },
  );
  same<typeof state, number>(true);
  same<typeof status, 'initial' | 'recovering' | 'current' | 'failed'>(true);
  reset();
  // @ts-expect-error the state is a number
  hooks.useEventReducer('content-generation-1', { progress: () => 'text' }, 0);

  const { members, me } = hooks.usePresence('presence-classroom-3');
  same<typeof members, readonly Member<{ name: string }>[]>(true);
  same<typeof me, Member<{ name: string }> | undefined>(true);
  const names = hooks.usePresence('presence-classroom-3', (there) =>
    there.members.map(({ info }) => info.name),
  );
  same<typeof names, string[]>(true);
  // @ts-expect-error nobody is on a channel without presence
  hooks.usePresence('private-plugin-7');

  const { publish, publishAsync, acknowledgement, isPending } = hooks.usePublish(
    'private-plugin-7',
    'command',
  );
  publish({ run: 'build' }, { expiresIn: 1_000 });
  same<ReturnType<typeof publishAsync>, Promise<Acknowledgement>>(true);
  same<typeof acknowledgement, Acknowledgement | undefined>(true);
  same<typeof isPending, boolean>(true);
  // @ts-expect-error not what the event takes
  publish({ walk: 'build' });
  // @ts-expect-error events of the protocol are not published
  hooks.usePublish('private-plugin-7', 'pusher:subscription_count');
  hooks.useGap(({ channel: name, from, to }) =>
    same<typeof name | typeof from | typeof to, string | number>(true),
  );
}

// Hooks of an application that has registered nothing take every name, and a client of whatever channels.
export function useUntyped(): void {
  RealtimeProvider({ client });
  useEvent('whatever', 'it-is', (payload) => same<typeof payload, UndescribedPayload>(true));
  const { channel } = useChannel('whatever');
  same<NonNullable<typeof channel> extends Channel ? true : false, true>(true);
  const connection = useConnection();
  same<typeof connection, ConnectionStatus>(true);
  const { members } = usePresence('presence-whatever');
  same<typeof members, readonly Member<unknown>[]>(true);
  // @ts-expect-error nobody is on a channel without presence
  usePresence('whatever');
}
