/**
 * Hooks for React 18 and 19: they subscribe while a component is mounted, leave nothing behind, and do nothing on a server.
 *
 * @module surewire/react
 */
'use client';

import type { RegisteredChannels } from '../index';
import { createRealtimeHooks } from './create-realtime-hooks';
import type { RealtimeHooks } from './hooks';

export { createRealtimeHooks } from './create-realtime-hooks';
export type {
  ChannelInUse,
  OutboxStatus,
  Publishing,
  RealtimeHooks,
  RealtimeProviderProps,
  ReducedEvents,
  Skip,
} from './hooks';
export { useStore } from './use-store';

const hooks: RealtimeHooks<RegisteredChannels> = createRealtimeHooks();

/** Gives a client to the hooks below it; it neither connects nor destroys the client. */
export const RealtimeProvider: RealtimeHooks<RegisteredChannels>['RealtimeProvider'] = hooks.RealtimeProvider;
/** The client of the provider above. */
export const useRealtime: RealtimeHooks<RegisteredChannels>['useRealtime'] = hooks.useRealtime;
/** Where the connection is, or what `select` makes of that. */
export const useConnection: RealtimeHooks<RegisteredChannels>['useConnection'] = hooks.useConnection;
/** What the client did so far, or what `select` makes of that; once a second. */
export const useStatistics: RealtimeHooks<RegisteredChannels>['useStatistics'] = hooks.useStatistics;
/** What waits to be published and what was rejected, or what `select` makes of that. */
export const useOutbox: RealtimeHooks<RegisteredChannels>['useOutbox'] = hooks.useOutbox;
/** Calls the latest `listener` when messages of a channel may have been missed. */
export const useGap: RealtimeHooks<RegisteredChannels>['useGap'] = hooks.useGap;
/** Keeps a channel subscribed while the component is mounted, and tells how its subscription is. */
export const useChannel: RealtimeHooks<RegisteredChannels>['useChannel'] = hooks.useChannel;
/** Calls the latest `listener` for each message of an event. */
export const useEvent: RealtimeHooks<RegisteredChannels>['useEvent'] = hooks.useEvent;
/** The payload of an event's last message. */
export const useLatest: RealtimeHooks<RegisteredChannels>['useLatest'] = hooks.useLatest;
/** A state that is made of a channel's events. */
export const useEventReducer: RealtimeHooks<RegisteredChannels>['useEventReducer'] = hooks.useEventReducer;
/** Who is on a presence channel, or what `select` makes of that. */
export const usePresence: RealtimeHooks<RegisteredChannels>['usePresence'] = hooks.usePresence;
/** Publishes one kind of message, like a mutation, and tells how the last one fares. */
export const usePublish: RealtimeHooks<RegisteredChannels>['usePublish'] = hooks.usePublish;
