// A client whose channels are described fits wherever any client will do.
import { type ReactElement, StrictMode } from 'react';
import {
  type Channel,
  defineChannels,
  event,
  type PresenceChannel,
  presence,
  RealtimeClient,
  type UntypedChannels,
} from 'surewire';
import { createLegacyService, createLegacyWebSocket } from 'surewire/legacy';
import { createRealtimeHooks, RealtimeProvider, useLatest } from 'surewire/react';
import { createRealtimeMiddleware } from 'surewire/redux';

const channels = defineChannels({
  'content-generation-{id}': { progress: event<{ progress: number }>() },
  'private-plugin-{id}': { command: event<{ run: string }>(), 'client-cursor': event<{ x: number }>() },
  'presence-room-{id}': presence<{ name: string }>()({ said: event<string>() }),
});
interface Mapped {
  [name: `article-${string}`]: { changed: { title: string } };
  'agent-status': { changed: { status: 'idle' | 'working' } };
}
const described = new RealtimeClient({ key: 'app-key', cluster: 'us2', channels });
const mapped = new RealtimeClient<Mapped>({ key: 'app-key', cluster: 'us2' });

declare function watch(client: RealtimeClient): void;
declare function watchUntyped(client: RealtimeClient<UntypedChannels>): void;
declare function follow(channel: Channel): void;
declare function count(channel: PresenceChannel): void;
for (const client of [described, mapped]) {
  watch(client);
  watchUntyped(client);
  createLegacyService(client);
  createLegacyWebSocket(client, {});
}
follow(described.channel('private-plugin-7'));
follow(mapped.channel('agent-status'));
count(described.channel('presence-room-7'));
createRealtimeMiddleware(described);
createRealtimeMiddleware(mapped);
// @ts-expect-error nothing but a client fits
watch({ publish: described.publish });

const hooks = createRealtimeHooks<typeof channels>();

export function useNames(id: string | undefined): number | undefined {
  // @ts-expect-error these hooks know of no channels: nothing is registered
  useLatest('content-generation-42', 'progress')?.progress;
  return hooks.useLatest(id && `content-generation-${id}`, 'progress')?.progress;
}

export const providers: ReactElement = (
  <StrictMode>
    <RealtimeProvider client={described} />
    <RealtimeProvider client={mapped} />
    <hooks.RealtimeProvider client={described} />
  </StrictMode>
);
