import type { RealtimeClient } from 'surewire';

/** What the application's page shows of a content generation. */
export interface GenerationView {
  readonly progress: number;
  readonly note: string;
}

/** Follows a content generation: calls `show` at each change, until the returned function is called. */
export function watchGeneration(
  client: RealtimeClient,
  id: string,
  show: (view: GenerationView) => void,
): () => void {
  const generation = client.channel(`content-generation-${id}`);
  let progress = 0;
  const stops = [
    generation.on('progress', (payload) => {
      progress = (payload as { readonly progress: number }).progress;
      show({ progress, note: 'working' });
    }),
    generation.on('complete', () => show({ progress: 100, note: 'done' })),
    client.status.subscribe(({ state }) => {
      if (state === 'reconnecting') show({ progress, note: 'connection lost, trying again' });
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
