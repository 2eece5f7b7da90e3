import type { RealtimeClient } from 'surewire';
import { fetchGeneration, type Generation } from './application';
import type { channels } from './realtime';

/** Fetches a generation. Progress that is told meanwhile is in the answer as well, which may be from before it. */
export function loadGeneration(
  client: RealtimeClient<typeof channels>,
  id: string,
  signal?: AbortSignal,
): Promise<Generation> {
  const told: { progress: number }[] = [];
  const stop = client.channel('content-generation-{id}', { id }).on('progress', (payload) => {
    told.push(payload);
  });
  return fetchGeneration(id, signal)
    .then((answer) => told.reduce(withProgress, answer))
    .finally(stop);
}

/** What is known of a generation, after an event. */
export function withProgress(known: Generation, { progress }: { progress: number }): Generation {
  return { ...known, progress };
}
