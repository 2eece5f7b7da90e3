// What a package of a monorepo exports without writing a type down: its declarations must be able to name each.
import {
  combineStores,
  defineChannels,
  event,
  messagesOf,
  presence,
  presenceOf,
  publicationOf,
  RealtimeClient,
  reduceEvents,
  subscriptionOf,
} from 'surewire';

export const channels = defineChannels({
  'content-generation-{id}': { progress: event<{ progress: number }>() },
  'private-plugin-{id}': { command: event<{ run: string }>(), 'client-cursor': event<{ x: number }>() },
  'presence-room-{id}': presence<{ name: string }>()({ said: event<string>() }),
});
export const client = new RealtimeClient({ key: 'app-key', cluster: 'us2', channels });

export const generation = client.channel('content-generation-42');
export const plugin = client.channel('private-plugin-{id}', { id: 7 });
export const room = client.channel('presence-room-1');
export const { status, statistics, outbox } = client;
export const { members, me, subscription } = room;
export const figures = combineStores({ status, statistics });
export const total = reduceEvents(generation, { progress: (sum: number, { progress }) => sum + progress }, 0);
export const stores = [presenceOf(room), subscriptionOf(room), publicationOf(client, generation, 'progress')];
export const progresses = () => messagesOf(generation, 'progress');
export const nextProgress = () => generation.once('progress');
export const run = (command: string) => client.publish('private-plugin-1', 'command', { run: command });

interface Mapped {
  [name: `article-${string}`]: { changed: { title: string } };
}
export const article = new RealtimeClient<Mapped>({ key: 'app-key', cluster: 'us2' }).channel('article-1');
export const anything = new RealtimeClient({ key: 'app-key', cluster: 'us2' }).channel('anything');
