import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react';
import {
  type ChannelContract,
  type ChannelShape,
  ConfigurationError,
  type ConnectionStatus,
  type EventReducers,
  type EventStateOptions,
  type Gap,
  type MessageListener,
  needed,
  type PresenceStatus,
  type PublishOptions,
  type RegisteredChannels,
  type Statistics,
} from '../index';
import type { AnyClient, AnyName } from './channel-of';
import { useChannel, usePresence } from './channels';
import { useEventReducer, useLatest } from './event-state';
import type { OutboxStatus, RealtimeHooks } from './hooks';
import { useEvent, useGap } from './listeners';
import { useOutbox } from './outbox';
import { usePublish } from './publish';
import { useStore } from './use-store';

/**
 * Hooks for channels that are not in `Register`, with a provider of their own: for a second client in one application, for
 * packages of a monorepo, for tests. Call it once, outside of components.
 */
export function createRealtimeHooks<
  Contract extends ChannelContract = RegisteredChannels,
>(): RealtimeHooks<Contract> {
  const context = createContext<AnyClient | undefined>(undefined);

  function useRealtime(): AnyClient {
    const client = useContext(context);
    if (client !== undefined) return client;
    throw new ConfigurationError(
      'There is no client here: put <RealtimeProvider client={client}> around the components that use these hooks.',
    );
  }

  const hooks = {
    RealtimeProvider: ({ client, children }: { client: AnyClient; children?: ReactNode }): ReactElement =>
      createElement(context.Provider, { value: needed(client, 'client', ['channel', 'on']) }, children),
    useRealtime,
    useConnection: <Selection>(select?: (status: ConnectionStatus) => Selection) =>
      useStore(useRealtime().status, select),
    useStatistics: <Selection>(select?: (statistics: Statistics) => Selection) =>
      useStore(useRealtime().statistics, select),
    useOutbox: <Selection>(select?: (outbox: OutboxStatus) => Selection) => useOutbox(useRealtime(), select),
    useGap: (listener: (gap: Gap) => void) => useGap(useRealtime(), listener),
    useChannel: (name: AnyName) => useChannel(useRealtime(), name),
    useEvent: (name: AnyName, event: string, listener: MessageListener) =>
      useEvent(useRealtime(), name, event, listener),
    useLatest: (name: AnyName, event: string) => useLatest(useRealtime(), name, event),
    useEventReducer: <State>(
      name: AnyName,
      reducers: EventReducers<ChannelShape, State>,
      initial: State,
      options?: EventStateOptions<State>,
    ) => useEventReducer(useRealtime(), name, reducers, initial, options),
    usePresence: <Selection>(name: AnyName, select?: (presence: PresenceStatus) => Selection) =>
      usePresence(useRealtime(), name, select),
    usePublish: (name: AnyName, event: string, options?: PublishOptions) =>
      usePublish(useRealtime(), name, event, options),
  };
  // The one place where run time and types are brought together: the contract says what goes with which name.
  return hooks as unknown as RealtimeHooks<Contract>;
}
