// Mistakes that people make. test/contract-types/compiler-messages.test.ts compiles this file and keeps what the compiler says about
// each, by the comment above it.
import { defineChannels, event, presence, RealtimeClient } from 'surewire';
import { RealtimeProvider, useEvent, useLatest } from 'surewire/react';
import { createRealtime, useLatest as useLatestRef } from 'surewire/vue';

const channels = defineChannels({
  'content-generation-{id}': { progress: event<{ progress: number }>(), 'client-typing': event<true>() },
  'private-plugin-{id}': { command: event<{ run: string }>() },
  'agent-status': { changed: event<{ status: 'idle' | 'working' }>() },
});
const client = new RealtimeClient({ key: 'app-key', channels });
const generation = client.channel('content-generation-42');

// an unknown channel
client.channel('content-generatoin-42');
// an unknown pattern
client.channel('content-generation-{generation}', { generation: 42 });
// a parameter by another name
client.channel('content-generation-{id}', { generation: 42 });
// a missing parameter
client.channel('content-generation-{id}', {});
// listening to an unknown event
generation.on('progres', () => undefined);
// publishing an unknown event
void generation.publish('progres', { progress: 1 });
// publishing an unknown event through the client
void client.publish('private-plugin-7', 'comand', { run: 'build' });
// a payload of the wrong shape
void client.publish('private-plugin-7', 'command', { runs: 'build' });
// a client event on a public channel
void generation.publish('client-typing', true);
// members of a channel without presence
generation.members;
// presence where there is none
defineChannels({ 'private-room': presence<{ name: string }>()({ said: event<string>() }) });
// neither event() nor a schema
defineChannels({ 'agent-status': { changed: Number } });

interface Channels {
  [name: `content-generation-${string}`]: { progress: { progress: number } };
  'agent-status': { changed: { status: 'idle' | 'working' } };
}
const mapped = new RealtimeClient<Channels>({ key: 'app-key' });

// an unknown channel of an interface
mapped.channel('agent-statu');
// an unknown event of an interface
mapped.channel('agent-status').on('change', () => undefined);
// publishing an unknown event of an interface
void mapped.publish('agent-status', 'change', { status: 'idle' });
// a payload of the wrong shape, of an interface
void mapped.publish('agent-status', 'changed', { status: 'asleep' });

// A described client fits where any will do, and hooks do not know its channels: nothing is registered.
export function useMistakes(): void {
  RealtimeProvider({ client });
  createRealtime(client);
  // a payload of a hook, when nothing is registered
  useEvent('agent-status', 'changed', ({ status }) => status);
  // the latest payload of a hook, when nothing is registered
  useLatest('agent-status', 'changed')?.status;
  // the latest payload of a composable, when nothing is registered
  useLatestRef('agent-status', 'changed').value?.status;
}

const data = { key: 'app-key', cluster: 'us2' } as const;

// data in the slot of authorization
new RealtimeClient({ ...data, auth: { endpoint: '/pusher/auth' } });

// data in the slot of publishing
new RealtimeClient({ ...data, publish: { endpoint: '/realtime/trigger' } });

// a switch in the slot of statistics
new RealtimeClient({ ...data, statistics: true });
