import { type ComputedRef, computed, type ShallowRef } from 'vue';
import {
  type ChannelShape,
  type EventReducers,
  type EventState,
  type EventStateOptions,
  reduceEvents,
} from '../index';
import { type AnyClient, type AnyName, channelOf } from './channel-of';
import { useStore } from './use-store';

type Refs<T> = { readonly [Key in keyof T]-?: ComputedRef<T[Key]> };

export function useEventReducer<State>(
  client: AnyClient,
  name: AnyName,
  reducers: EventReducers<ChannelShape, State>,
  initial: State,
  options: EventStateOptions<State>,
): Refs<EventState<State>> & { reset(): void } {
  const channel = channelOf(client, name);
  const store = computed(() => reduceEvents(channel.value, reducers, initial, options));
  const value = useStore<EventState<State>>(store);
  return {
    state: computed(() => value.value.state),
    status: computed(() => value.value.status),
    error: computed(() => value.value.error),
    reset: () => store.value.reset(),
  };
}

export function useLatest(client: AnyClient, name: AnyName, event: string): Readonly<ShallowRef<unknown>> {
  const channel = channelOf(client, name);
  const latest = { [event]: (_: unknown, payload: unknown): unknown => payload };
  const store = computed(() => reduceEvents<ChannelShape, unknown>(channel.value, latest, undefined));
  return useStore(store, ({ state }) => state);
}
