import type { OutboxStorage, StoredMessage } from '../../src/ports';
import { deferred } from '../../src/support/deferred';

/** A storage whose next answers are given by hand. */
export function slow(disk: OutboxStorage, what: 'put' | 'remove') {
  const answers: (() => Promise<void>)[] = [];
  const late = async (work: () => Promise<void>): Promise<void> => {
    const { promise, resolve } = deferred<void>();
    answers.push(async () => resolve(await work()));
    await promise;
  };
  const storage: OutboxStorage = {
    ...disk,
    ...(what === 'put'
      ? { put: (messages: readonly StoredMessage[]) => late(() => disk.put(messages)) }
      : { remove: (ids: readonly string[]) => late(() => disk.remove(ids)) }),
  };
  return {
    storage,
    answer: async (): Promise<void> => {
      for (const answer of answers.splice(0)) await answer();
    },
  };
}
