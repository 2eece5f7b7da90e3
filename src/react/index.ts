'use client';
/**
 * Hooks for React 18 and 19: they subscribe while a component is mounted, leave nothing behind, and do nothing on a server.
 *
 * @module surewire/react
 */
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

type Registered = RealtimeHooks<RegisteredChannels>;

const hooks: Registered = createRealtimeHooks();

/** Gives a client to the hooks below it; it neither connects nor destroys the client. */
export const RealtimeProvider: Registered['RealtimeProvider'] = hooks.RealtimeProvider;
/** The client of the provider above. */
export const useRealtime: Registered['useRealtime'] = hooks.useRealtime;
/** Where the connection is, or what `select` makes of that. */
export const useConnection: Registered['useConnection'] = hooks.useConnection;
/** What the client did so far, or what `select` makes of that; once a second. */
export const useStatistics: Registered['useStatistics'] = hooks.useStatistics;
/** What waits to be published and what was rejected, or what `select` makes of that. */
export const useOutbox: Registered['useOutbox'] = hooks.useOutbox;
/** Calls the latest `listener` when messages of a channel may have been missed. */
export const useGap: Registered['useGap'] = hooks.useGap;
/** Keeps a channel subscribed while the component is mounted, and tells how its subscription is. */
export const useChannel: Registered['useChannel'] = hooks.useChannel;
/** Calls the latest `listener` for each message of an event. */
export const useEvent: Registered['useEvent'] = hooks.useEvent;
/** The payload of an event's last message. */
export const useLatest: Registered['useLatest'] = hooks.useLatest;
/** A state that is made of a channel's events. */
export const useEventReducer: Registered['useEventReducer'] = hooks.useEventReducer;
/** Who is on a presence channel, or what `select` makes of that. */
export const usePresence: Registered['usePresence'] = hooks.usePresence;
/** Publishes one kind of message, like a mutation, and tells how the last one fares. */
export const usePublish: Registered['usePublish'] = hooks.usePublish;
