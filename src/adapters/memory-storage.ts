import type { OutboxStorage, StoredMessage } from '../ports';

/** A storage that forgets everything with the page: the outbox's default. */
export function memoryStorage(): OutboxStorage {
  const messages = new Map<string, StoredMessage>();
  return {
    load: async () => [...messages.values()],
    put: async (added) => {
      for (const message of added) messages.set(message.id, message);
    },
    remove: async (ids) => {
      for (const id of ids) messages.delete(id);
    },
    clear: async () => messages.clear(),
  };
}
