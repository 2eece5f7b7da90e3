/**
 * Composables for Vue 3.3 and newer: they subscribe while their scope lives, leave nothing behind, and do nothing on a server.
 *
 * @module surewire/vue
 */
import type { RegisteredChannels } from '../index';
import type { RealtimeComposables } from './composables';
import { createRealtimeComposables } from './create-realtime-composables';

export type {
  ChannelInUse,
  ComposableOptions,
  OutboxStatus,
  Publishing,
  RealtimeComposables,
  ReducedEvents,
  Skip,
} from './composables';
export { createRealtimeComposables } from './create-realtime-composables';
export { useStore } from './use-store';

const composables: RealtimeComposables<RegisteredChannels> = createRealtimeComposables();

/** A plugin that gives the client to components and stores: `app.use(createRealtime(client))`. It neither connects nor destroys it. */
export const createRealtime: RealtimeComposables<RegisteredChannels>['createRealtime'] =
  composables.createRealtime;
/** The client that was installed. */
export const useRealtime: RealtimeComposables<RegisteredChannels>['useRealtime'] = composables.useRealtime;
/** A ref with where the connection is, or with what `select` makes of that. */
export const useConnection: RealtimeComposables<RegisteredChannels>['useConnection'] =
  composables.useConnection;
/** A ref with what the client did so far, or with what `select` makes of that; once a second. */
export const useStatistics: RealtimeComposables<RegisteredChannels>['useStatistics'] =
  composables.useStatistics;
/** A ref with what waits to be published and what was rejected, or with what `select` makes of that. */
export const useOutbox: RealtimeComposables<RegisteredChannels>['useOutbox'] = composables.useOutbox;
/** Calls `listener` when messages of a channel may have been missed. */
export const useGap: RealtimeComposables<RegisteredChannels>['useGap'] = composables.useGap;
/** Keeps a channel subscribed while the scope lives, and tells how its subscription is. */
export const useChannel: RealtimeComposables<RegisteredChannels>['useChannel'] = composables.useChannel;
/** Calls `listener` for each message of an event. */
export const useEvent: RealtimeComposables<RegisteredChannels>['useEvent'] = composables.useEvent;
/** A ref with the payload of an event's last message. */
export const useLatest: RealtimeComposables<RegisteredChannels>['useLatest'] = composables.useLatest;
/** A state that is made of a channel's events. */
export const useEventReducer: RealtimeComposables<RegisteredChannels>['useEventReducer'] =
  composables.useEventReducer;
/** A ref with who is on a presence channel, or with what `select` makes of that. */
export const usePresence: RealtimeComposables<RegisteredChannels>['usePresence'] = composables.usePresence;
/** Publishes one kind of message, like a mutation, and tells how the last one fares. */
export const usePublish: RealtimeComposables<RegisteredChannels>['usePublish'] = composables.usePublish;
