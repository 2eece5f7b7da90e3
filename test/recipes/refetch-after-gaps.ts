import type { QueryClient } from '@tanstack/react-query';
import type { RealtimeClient, Stop } from 'surewire';
import type { channels } from './realtime';

/** Fetches again whatever may have missed something: queries whose key begins with the name of the channel. */
export function refetchAfterGaps(client: RealtimeClient<typeof channels>, queries: QueryClient): Stop {
  return client.on('gap', ({ channel }) => {
    void queries.invalidateQueries({ queryKey: [channel] });
  });
}
