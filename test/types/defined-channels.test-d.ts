// Channels described by `defineChannels`: what must infer, and what must not compile.
import {
  type Channel,
  type ChannelKind,
  type ChannelName,
  type ChannelOf,
  defineChannels,
  type EventName,
  event,
  type Member,
  type MemberInfo,
  messagesOf,
  type Payload,
  type PublishableEvent,
  type PublishPayload,
  presence,
  RealtimeClient,
} from 'surewire';
import { same } from './same.js';

interface Progress {
  readonly progress: number;
  readonly message?: string;
}

interface MemberCard {
  readonly name: string;
}

const channels = defineChannels({
  'content-generation-{id}': {
    progress: event<Progress>(),
    failed: event<{ error: string } | null>(),
    'client-typing': event<true>(),
  },
  'private-plugin-{id}': {
    command: event<{ run: string }>(),
    'client-cursor': event<{ x: number; y: number }>(),
  },
  'private-plugin-admin': { reload: event<'now' | 'later'>() },
  'private-doc-{docId}.{userId}': { saved: event<number>() },
  'private-encrypted-letter-{id}': { sealed: event<string>(), 'client-typing': event<true>() },
  'presence-classroom-{classId}': presence<MemberCard>()({ 'hand-raised': event<{ userId: string }>() }),
  'presence-lobby': presence<MemberCard>()(),
  'agent-status': { changed: event() },
});
type Channels = typeof channels;

const client = new RealtimeClient({ key: 'app-key', cluster: 'us2', channels });

// Names and patterns.
const generation = client.channel('content-generation-42');
same<typeof generation, ChannelOf<Channels, 'content-generation-42'>>(true);
same<typeof generation.name, 'content-generation-42'>(true);
same<typeof generation.kind, 'public'>(true);
same<typeof generation.params, { readonly id: string }>(true);

const filled = client.channel('content-generation-{id}', { id: 42 });
same<typeof filled.name, `content-generation-${string}`>(true);
same<typeof filled.params, { readonly id: string }>(true);

const documents = client.channel('private-doc-{docId}.{userId}', { docId: 'a', userId: 7 });
same<typeof documents.params, { readonly docId: string; readonly userId: string }>(true);
same<typeof documents.kind, 'private'>(true);

declare const id: string;
const templated = client.channel(`private-plugin-${id}`);
same<typeof templated.name, `private-plugin-${string}`>(true);
same<PublishableEvent<Channels, `private-plugin-${string}`>, 'command' | 'client-cursor'>(true);

same<
  ChannelName<Channels>,
  | `content-generation-${string}`
  | `private-plugin-${string}`
  | `private-doc-${string}.${string}`
  | `private-encrypted-letter-${string}`
  | `presence-classroom-${string}`
  | 'presence-lobby'
  | 'agent-status'
>(true);

// @ts-expect-error no such channel
client.channel('content-generatoin-42');
// @ts-expect-error no such pattern
client.channel('content-generation-{generation}', { generation: 42 });
// @ts-expect-error not a pattern
client.channel('agent-status', { id: 42 });
// @ts-expect-error a parameter is missing
client.channel('private-doc-{docId}.{userId}', { docId: 'a' });
// @ts-expect-error no such parameter
client.channel('content-generation-{id}', { id: 42, name: 'x' });
// @ts-expect-error a parameter is a string or a number
client.channel('content-generation-{id}', { id: null });
// @ts-expect-error any string is not a name
client.channel(id);

// The most specific pattern wins.
const admin = client.channel('private-plugin-admin');
same<
  EventName<Channels, 'private-plugin-admin'>,
  'reload' | 'pusher:cache_miss' | 'pusher:subscription_count'
>(true);
admin.on('reload', (when) => same<typeof when, 'now' | 'later'>(true));
// @ts-expect-error `command` belongs to the wider pattern
admin.on('command', () => undefined);

// Listening.
generation.on('progress', (payload, message) => {
  same<typeof payload, Progress>(true);
  same<typeof message.data, Progress>(true);
  same<typeof message.event, 'progress'>(true);
});
generation.on('progress', () => undefined, { filter: ({ progress }) => progress > 50 });
generation.on('pusher:subscription_count', ({ subscription_count }) =>
  same<typeof subscription_count, number>(true),
);
generation.on('pusher:cache_miss', (payload) => same<typeof payload, null | undefined>(true));
export const next: Promise<Progress> = generation.once('progress', { timeout: 1000 });
export async function read(): Promise<void> {
  for await (const { data } of messagesOf(generation, 'failed'))
    same<typeof data, { error: string } | null>(true);
}
client.channel('agent-status').on('changed', (payload) => same<typeof payload, unknown>(true));
same<Payload<Channels, 'content-generation-1', 'progress'>, Progress>(true);

// @ts-expect-error no such event
generation.on('progres', () => undefined);
// @ts-expect-error no such event
void generation.once('progres');
// @ts-expect-error no such event
messagesOf(generation, 'progres');
// @ts-expect-error the listener expects another payload
generation.on('progress', (payload: string) => payload);
// @ts-expect-error no such field
generation.on('progress', ({ percent }) => percent);
// @ts-expect-error no such field in a filter
generation.on('progress', () => undefined, { filter: ({ percent }) => percent });

// Publishing.
const plugin = client.channel('private-plugin-7');
void plugin.publish('command', { run: 'build' }, { replaces: 'run' });
void plugin.publish('client-cursor', { x: 1, y: 2 });
void client.publish('private-plugin-7', 'command', { run: 'build' });
void client.publish('agent-status', 'changed', { anything: true });
same<PublishPayload<Channels, 'private-plugin-7', 'command'>, { run: string }>(true);

// @ts-expect-error no such event
void plugin.publish('comand', { run: 'build' });
// @ts-expect-error a field is missing
void plugin.publish('client-cursor', { x: 1 });
// @ts-expect-error a field is of another type
void plugin.publish('command', { run: 1 });
// @ts-expect-error a field too many
void plugin.publish('command', { run: 'build', now: true });
// @ts-expect-error the payload is missing
void plugin.publish('command');
// @ts-expect-error the payload of another event
void client.publish('private-plugin-7', 'command', { x: 1, y: 2 });
// @ts-expect-error no such event
void client.publish('private-plugin-7', 'reload', 'now');
// @ts-expect-error no such channel
void client.publish('plugin-7', 'command', { run: 'build' });
// @ts-expect-error only the server speaks of subscription counts
void plugin.publish('pusher:subscription_count', { subscription_count: 1 });

// Client events: heard everywhere, published where Pusher takes them.
generation.on('client-typing', (payload) => same<typeof payload, true>(true));
same<PublishableEvent<Channels, 'content-generation-1'>, 'progress' | 'failed'>(true);
same<PublishableEvent<Channels, 'private-encrypted-letter-1'>, 'sealed'>(true);
// @ts-expect-error public: nobody was authorized
void generation.publish('client-typing', true);
// @ts-expect-error encrypted: the server cannot pass it on
void client.channel('private-encrypted-letter-1').publish('client-typing', true);

// Presence.
const classroom = client.channel('presence-classroom-3');
same<ReturnType<typeof classroom.members.get>, readonly Member<MemberCard>[]>(true);
same<ReturnType<typeof classroom.me.get>, Member<MemberCard> | undefined>(true);
same<MemberInfo<Channels, 'presence-lobby'>, MemberCard>(true);
client.channel('presence-lobby').on('pusher:subscription_count', () => undefined);
classroom.on('pusher:member_added', ({ id, info }) => {
  same<typeof id, string>(true);
  same<typeof info, MemberCard>(true);
});
classroom.on('pusher:member_removed', (member) => same<typeof member, Member<MemberCard>>(true));
// @ts-expect-error members on a channel without presence
generation.on('pusher:member_added', () => undefined);
// @ts-expect-error what the server says cannot be published
void classroom.publish('pusher:member_added', { id: 'a', info: { name: 'A' } });
// @ts-expect-error a private channel does not tell who is on it
plugin.members.get();
// @ts-expect-error no such field in a member's info
classroom.members.get()[0]?.info.nickname;

// Descriptions that are wrong in themselves.
// @ts-expect-error presence() on a channel that is none
defineChannels({ 'private-classroom-{id}': presence<MemberCard>()({ raised: event<string>() }) });
// @ts-expect-error neither event() nor a schema
defineChannels({ 'agent-status': { changed: Number } });
// @ts-expect-error presence() without its second call
defineChannels({ 'presence-room': presence<MemberCard>() });

// Any channel of ours is a channel to whoever wants just one.
declare function show(channel: Channel): ChannelKind;
show(generation);
show(classroom);
