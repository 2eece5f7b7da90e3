import { useConnection, useLatest } from './realtime';

/** How far a generation is, as far as we know. */
export function ProgressBar({ id }: { readonly id: string }) {
  const latest = useLatest(`content-generation-${id}`, 'progress');
  const isLost = useConnection(({ state }) => state === 'reconnecting');
  return (
    <label>
      {isLost ? 'Connection lost' : (latest?.message ?? 'Waiting')}
      <progress max={100} value={latest?.progress ?? 0} />
    </label>
  );
}
