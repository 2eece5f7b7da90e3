import { memoryStorage } from '../../src/outbox/memory-storage';
import type { OutboxStorage } from '../../src/ports';
import type { ManualClock } from './manual-clock';

/** A disk that is quick, slow or broken, as its `mood` says; the numbers that were ever on it are in `stored`. */
export function moodyDisk(clock: ManualClock) {
  const disk = memoryStorage();
  const stored = new Set<number>();
  const mood = { is: 'quick' as 'quick' | 'slow' | 'broken', everBroken: false };
  const through = async <T>(work: () => Promise<T>): Promise<T> => {
    if (mood.is === 'broken') throw new Error('The disk is full.');
    if (mood.is === 'slow') await new Promise<void>((resolve) => void clock.after(40, resolve));
    return work();
  };
  const storage: OutboxStorage = {
    load: () => through(() => disk.load()),
    put: (messages) =>
      through(async () => {
        await disk.put(messages);
        for (const { data } of messages) stored.add(data as number);
      }),
    remove: (ids) => through(() => disk.remove(ids)),
    claim: (from, by) => through(async () => (await disk.claim?.(from, by)) ?? []),
    clear: () => through(async () => disk.clear?.()),
  };
  return { disk, storage, mood, stored };
}
