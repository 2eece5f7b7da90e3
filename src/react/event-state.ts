import { useInsertionEffect } from 'react';
import {
  type ChannelShape,
  type EventReducers,
  type EventState,
  type EventStateOptions,
  reduceEvents,
} from '../index';
import { type AnyClient, type AnyName, channelOf } from './channel-of';
import { useKept } from './use-kept';
import { useStore } from './use-store';

export function useEventReducer<State>(
  client: AnyClient,
  name: AnyName,
  reducers: EventReducers<ChannelShape, State>,
  initial: State,
  options?: EventStateOptions<State>,
): EventState<State> & { reset(): void } {
  const channel = channelOf(client, name);
  const store = useKept([channel], () => {
    const events = reduceEvents(channel, reducers, initial, options);
    return { events, reset: () => events.reset() };
  });
  useInsertionEffect(() => store.events.update(reducers, options));
  return { ...useStore(store.events), reset: store.reset };
}

export function useLatest(client: AnyClient, name: AnyName, event: string): unknown {
  const channel = channelOf(client, name);
  const store = useKept([channel, event], () =>
    reduceEvents<ChannelShape, unknown>(channel, { [event]: latest }, undefined),
  );
  return useStore(store, stateOf);
}

function latest(_: unknown, payload: unknown): unknown {
  return payload;
}

function stateOf({ state }: EventState<unknown>): unknown {
  return state;
}
