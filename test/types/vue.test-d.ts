// What composables infer of the channels, and what must not compile.
import {
  type Acknowledgement,
  type ConnectionStatus,
  defineChannels,
  event,
  type Member,
  presence,
  RealtimeClient,
  type RealtimeError,
  type Stop,
  type UndescribedPayload,
} from 'surewire';
import { createRealtime, createRealtimeComposables, useEvent, usePresence } from 'surewire/vue';
import { computed, type Plugin, ref } from 'vue';
import { same } from './same.js';

interface Progress {
  readonly progress: number;
}

const channels = defineChannels({
  'content-generation-{id}': { progress: event<Progress>() },
  'private-plugin-{id}': { command: event<{ run: string }>() },
  'presence-classroom-{classId}': presence<{ name: string }>()({ 'hand-raised': event<string>() }),
});

const vue = createRealtimeComposables<typeof channels>();
const client = new RealtimeClient({ key: 'app-key', cluster: 'us2', channels });

export function useDescribed(): void {
  same<ReturnType<typeof vue.createRealtime>, Plugin>(true);
  vue.createRealtime(client);
  const id = ref(7);
  const name = computed(() => (id.value > 0 ? (`private-plugin-${id.value}` as const) : null));

  const stop = vue.useEvent(name, 'command', ({ run }) => same<typeof run, string>(true), { client });
  same<typeof stop, Stop>(true);
  vue.useEvent(
    () => `content-generation-${id.value}` as const,
    'progress',
    (payload) => same<typeof payload, Progress>(true),
  );
  // An id that is not there yet, as a getter and as a computed ref say it.
  const [text, count] = [ref<string>(), ref<number>()];
  vue.useEvent(
    () => text.value && `private-plugin-${text.value}`,
    'command',
    ({ run }) => same<typeof run, string>(true),
  );
  const counted = vue.useLatest(() => count.value && `content-generation-${count.value}`, 'progress');
  same<typeof counted.value, Progress | undefined>(true);
  const computedName = computed(() => text.value && (`private-plugin-${text.value}` as const));
  vue.useEvent(computedName, 'command', ({ run }) => same<typeof run, string>(true));
  // @ts-expect-error no channel has that name
  vue.useEvent('content', 'progress', () => {});
  // @ts-expect-error the channel has no such event
  vue.useEvent(name, 'progress', () => {});

  const connection = vue.useConnection();
  same<typeof connection.value, ConnectionStatus>(true);
  const isOnline = vue.useConnection(({ state }) => state === 'connected');
  same<typeof isOnline.value, boolean>(true);
  // @ts-expect-error only the client changes it
  isOnline.value = true;

  const { channel, subscription } = vue.useChannel('content-generation-1');
  same<NonNullable<typeof channel.value>['kind'], 'public'>(true);
  same<typeof subscription.value.state, 'unsubscribed' | 'subscribing' | 'subscribed' | 'refused'>(true);

  const latest = vue.useLatest('content-generation-1', 'progress');
  same<typeof latest.value, Progress | undefined>(true);

  const { state, error } = vue.useEventReducer(
    'content-generation-1',
    { progress: (sum: number, { progress }) => sum + progress },
    0,
    { recover: async () => 1 },
  );
  same<typeof state.value, number>(true);
  same<typeof error.value, RealtimeError | undefined>(true);

  const there = vue.usePresence('presence-classroom-3');
  same<typeof there.value.members, readonly Member<{ name: string }>[]>(true);
  const names = vue.usePresence('presence-classroom-3', ({ members }) =>
    members.map(({ info }) => info.name),
  );
  same<typeof names.value, string[]>(true);
  // @ts-expect-error nobody is on a channel without presence
  vue.usePresence('private-plugin-7');

  const { publish, publishAsync, isPending } = vue.usePublish(
    name,
    'command',
    { expiresIn: 1_000 },
    { client },
  );
  publish({ run: 'build' });
  same<ReturnType<typeof publishAsync>, Promise<Acknowledgement>>(true);
  same<typeof isPending.value, boolean>(true);
  // @ts-expect-error not what the event takes
  publish({ walk: 'build' });
}

// Composables of an application that has registered nothing take every name, and a client of whatever channels.
export function useUntyped(): void {
  createRealtime(client);
  useEvent('whatever', 'it-is', (payload) => same<typeof payload, UndescribedPayload>(true), { client });
  const there = usePresence('presence-whatever');
  same<typeof there.value.members, readonly Member<unknown>[]>(true);
}
