// Channels described by an interface alone: what must infer, and what must not compile.
import {
  type ChannelName,
  type Member,
  type Payload,
  type Presence,
  type PublishableEvent,
  RealtimeClient,
} from 'surewire';
import { same } from './same.js';

interface Progress {
  progress: number;
}

interface PluginEvents {
  command: { run: string };
  'client-cursor': { x: number; y: number };
}

interface Channels {
  [name: `content-generation-${string}`]: { progress: Progress; 'client-typing': true };
  [name: `private-plugin-${string}`]: PluginEvents;
  [name: `presence-room-${string}`]: Presence<{ name: string }, { moved: { to: number } }>;
  [name: `private-team-${string}`]: { said: string };
  // A narrower pattern has the events of the wider one and may add to them: so TypeScript wants it of index signatures.
  [name: `private-team-${string}-admin`]: { said: string; banned: number };
  'agent-status': { changed: { kind: 'event'; status: 'idle' | 'working' } };
}

const client = new RealtimeClient<Channels>({ key: 'app-key', cluster: 'us2' });

const generation = client.channel('content-generation-42');
same<typeof generation.name, 'content-generation-42'>(true);
same<typeof generation.kind, 'public'>(true);
generation.on('progress', (payload) => same<typeof payload, Progress>(true));
generation.on('pusher:subscription_count', ({ subscription_count }) =>
  same<typeof subscription_count, number>(true),
);

const filled = client.channel('private-plugin-{id}', { id: 7 });
same<typeof filled.params, { readonly id: string }>(true);
same<typeof filled.name, `private-plugin-${string}`>(true);
filled.on('command', (payload) => same<typeof payload, { run: string }>(true));

const plugin = client.channel('private-plugin-7');
void plugin.publish('client-cursor', { x: 1, y: 2 });
void client.publish('private-plugin-7', 'command', { run: 'build' });
void client.publish('agent-status', 'changed', { kind: 'event', status: 'idle' });

const room = client.channel('presence-room-1');
same<ReturnType<typeof room.members.get>, readonly Member<{ name: string }>[]>(true);
room.on('moved', ({ to }) => same<typeof to, number>(true));

const admins = client.channel('private-team-7-admin');
admins.on('banned', (payload) => same<typeof payload, number>(true));

same<PublishableEvent<Channels, 'content-generation-1'>, 'progress'>(true);
same<Payload<Channels, 'agent-status', 'changed'>, { kind: 'event'; status: 'idle' | 'working' }>(true);
same<
  ChannelName<Channels>,
  | `content-generation-${string}`
  | `private-plugin-${string}`
  | `presence-room-${string}`
  | `private-team-${string}`
  | `private-team-${string}-admin`
  | 'agent-status'
>(true);

// @ts-expect-error no such channel
client.channel('agent-statu');
// @ts-expect-error it has no parameter
client.channel('agent-status', { id: 7 });
// @ts-expect-error no such parameter
client.channel('private-plugin-{id}', { name: 7 });
// @ts-expect-error no such event
generation.on('progres', () => undefined);
// @ts-expect-error no such event on the wider pattern
client.channel('private-team-7').on('banned', () => undefined);
// @ts-expect-error public: client events cannot be published
void generation.publish('client-typing', true);
// @ts-expect-error a field is of another type
void plugin.publish('command', { run: 1 });
// @ts-expect-error the payload of another event
void client.publish('private-plugin-7', 'command', { x: 1, y: 2 });
// @ts-expect-error a private channel does not tell who is on it
plugin.me.get();

// Descriptions at run time come from defineChannels only.
// @ts-expect-error a plain object describes nothing
new RealtimeClient<Channels>({ key: 'app-key', channels: {} });
// @ts-expect-error nor does one that looks as if
new RealtimeClient({ key: 'app-key', channels: { 'agent-status': { changed: 1 } } });
