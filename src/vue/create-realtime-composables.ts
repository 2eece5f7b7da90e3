import { hasInjectionContext, type InjectionKey, inject, type MaybeRefOrGetter, type Plugin } from 'vue';
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
import type { OutboxStatus, RealtimeComposables } from './composables';
import { useEventReducer, useLatest } from './event-state';
import { useEvent, useGap } from './listeners';
import { useOutbox } from './outbox';
import { usePublish } from './publish';
import { useStore } from './use-store';

interface WithClient {
  readonly client?: AnyClient;
}

/**
 * Composables for channels that are not in `Register`, with a plugin of their own: for a second client in one application,
 * for packages of a monorepo, for tests. Call it once, outside of components.
 */
export function createRealtimeComposables<
  Contract extends ChannelContract = RegisteredChannels,
>(): RealtimeComposables<Contract> {
  const key: InjectionKey<AnyClient> = Symbol('surewire');

  function useRealtime({ client }: WithClient = {}): AnyClient {
    const found = client ?? (hasInjectionContext() ? inject(key, undefined) : undefined);
    if (found !== undefined) return found;
    throw new ConfigurationError(
      'There is no client here: install it with app.use(createRealtime(client)), or outside of components and stores pass { client }.',
    );
  }

  const composables = {
    createRealtime: (client: AnyClient): Plugin => {
      needed(client, 'client', ['channel', 'on']);
      return { install: (app) => void app.provide(key, client) };
    },
    useRealtime,
    useConnection: <Selection>(select?: (status: ConnectionStatus) => Selection, options?: WithClient) =>
      useStore(useRealtime(options).status, select),
    useStatistics: <Selection>(select?: (statistics: Statistics) => Selection, options?: WithClient) =>
      useStore(useRealtime(options).statistics, select),
    useOutbox: <Selection>(select?: (outbox: OutboxStatus) => Selection, options?: WithClient) =>
      useOutbox(useRealtime(options), select),
    useGap: (listener: (gap: Gap) => void, options?: WithClient) => useGap(useRealtime(options), listener),
    useChannel: (name: AnyName, options?: WithClient) => useChannel(useRealtime(options), name),
    useEvent: (name: AnyName, event: string, listener: MessageListener, options?: WithClient) =>
      useEvent(useRealtime(options), name, event, listener),
    useLatest: (name: AnyName, event: string, options?: WithClient) =>
      useLatest(useRealtime(options), name, event),
    useEventReducer: <State>(
      name: AnyName,
      reducers: EventReducers<ChannelShape, State>,
      initial: State,
      options: EventStateOptions<State> & WithClient = {},
    ) => useEventReducer(useRealtime(options), name, reducers, initial, options),
    usePresence: <Selection>(
      name: AnyName,
      select?: (presence: PresenceStatus) => Selection,
      options?: WithClient,
    ) => usePresence(useRealtime(options), name, select),
    usePublish: (
      name: AnyName,
      event: string,
      publishOptions?: MaybeRefOrGetter<PublishOptions | undefined>,
      options?: WithClient,
    ) => usePublish(useRealtime(options), name, event, publishOptions),
  };
  // The one place where run time and types are brought together: the contract says what goes with which name.
  return composables as unknown as RealtimeComposables<Contract>;
}
