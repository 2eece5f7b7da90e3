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
    claim: async (tab, by) => {
      const claimed = [...messages.values()].filter((message) => message.tab === tab);
      const renamed = claimed.map((message) => ({ ...message, tab: by }));
      for (const message of renamed) messages.set(message.id, message);
      return renamed;
    },
    clear: async () => messages.clear(),
  };
}
