import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Generation } from './application';
import { loadGeneration, withProgress } from './load-generation';
import { useEvent, useRealtime } from './realtime';

export function useGeneration(id: string) {
  const client = useRealtime();
  const queries = useQueryClient();
  const queryKey = [`content-generation-${id}`];

  useEvent(`content-generation-${id}`, 'progress', (payload) => {
    queries.setQueryData<Generation>(queryKey, (known) => known && withProgress(known, payload));
  });

  useEffect(() => {
    const { subscription } = client.channel('content-generation-{id}', { id });
    // For the first time, and after each gap: nobody told us what happened before.
    return subscription.subscribe(({ state }) => {
      if (state === 'subscribed') void queries.invalidateQueries({ queryKey: [`content-generation-${id}`] });
    });
  }, [client, queries, id]);

  return useQuery({ queryKey, queryFn: ({ signal }) => loadGeneration(client, id, signal) });
}
