import { useEffect } from 'react';
import useSWR, { useSWRConfig } from 'swr';
import { loadGeneration, withProgress } from './load-generation';
import { useEvent, useRealtime } from './realtime';

export function useGeneration(id: string) {
  const client = useRealtime();
  const { cache } = useSWRConfig();
  const key = `/api/generations/${id}`;
  const generation = useSWR(key, () => loadGeneration(client, id));
  const { mutate } = generation;

  useEvent(`content-generation-${id}`, 'progress', (payload) => {
    // Whoever changes the cache makes SWR drop the answer that is under way; the event will be in that answer.
    if (cache.get(key)?.isValidating) return;
    void mutate((known) => known && withProgress(known, payload), { revalidate: false });
  });

  useEffect(() => {
    const { subscription } = client.channel('content-generation-{id}', { id });
    // For the first time, and after each gap: nobody told us what happened before.
    return subscription.subscribe(({ state }) => {
      if (state === 'subscribed') void mutate();
    });
  }, [client, mutate, id]);

  return generation;
}
