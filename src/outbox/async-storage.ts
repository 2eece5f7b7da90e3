import { RealtimeError } from '../errors';
import type { OutboxStorage, OutboxStorageFactory, StoragePlace, StoredMessage } from '../ports';
import { needed, object, text } from '../support/given';
import { isStoredMessage } from '../support/stored-message';

/** A store of texts: React Native's `AsyncStorage`, `localStorage`, or whatever a platform has. */
export interface TextStore {
  /** The text; null or undefined when there is none. */
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>;
  /** Keeps a text. */
  setItem(key: string, text: string): void | Promise<void>;
  /** Forgets a text; unknown keys are fine. */
  removeItem(key: string): void | Promise<void>;
}

/** How the outbox is kept in a store of texts. */
export interface AsyncStorageOptions {
  /** What all our keys begin with. Default: `surewire`. */
  readonly name?: string;
}

/**
 * The ids of all messages, and of those that are just being written. A message that is not in `ids` does not exist, whatever the
 * store holds; but whatever it holds is in one of the two, also when the app is killed between two writes.
 */
interface Index {
  readonly version: number;
  readonly ids: readonly string[];
  readonly coming?: readonly string[];
}

const version = 1;

// Two clients in one page may follow each other, and the first may still be writing. The store is all that they share.
const queues = new WeakMap<TextStore, Map<string, Promise<unknown>>>();

/**
 * Unsent messages in a store of texts, such as React Native's `AsyncStorage`: a text for each message and one that lists them.
 * Such a store has no transactions, so use it in one process at a time; in browsers take `indexedDbStorage`.
 */
export function asyncStorage(store: TextStore, options: AsyncStorageOptions = {}): OutboxStorageFactory {
  const name = text(
    object(options, 'asyncStorage(store, { name })').name ?? 'surewire',
    'asyncStorage(store, { name })',
  );
  needed(store, 'store', ['getItem', 'setItem', 'removeItem']);
  return (place) =>
    new AsyncStorage(store, place, `${name}:${JSON.stringify([place.key, place.owner ?? ''])}`);
}

class AsyncStorage implements OutboxStorage {
  readonly #store: TextStore;
  readonly #place: StoragePlace;
  readonly #index: string;
  readonly #quarantine: string;

  constructor(store: TextStore, place: StoragePlace, prefix: string) {
    this.#store = store;
    this.#place = place;
    this.#index = `${prefix}:index`;
    this.#quarantine = `${prefix}:quarantine`;
  }

  load(): Promise<readonly StoredMessage[]> {
    return this.#inTurn(async () => {
      const { ids, coming } = await this.#readIndex();
      const messages: StoredMessage[] = [];
      const strange = new Map<string, string | null>();
      for (const id of ids) {
        const text = (await this.#store.getItem(this.#item(id))) ?? null;
        const record = parse(text);
        if (isStoredMessage(record) && record.id === id) messages.push(record);
        else strange.set(id, text);
      }
      if (strange.size > 0) await this.#setAside([...strange.values()]);
      if (strange.size + coming.length > 0) {
        await this.#removeItems([...strange.keys(), ...coming]);
        await this.#writeIndex(ids.filter((id) => !strange.has(id)));
      }
      return messages;
    });
  }

  put(messages: readonly StoredMessage[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    return this.#inTurn(async () => {
      const { ids, coming } = await this.#readIndex();
      const known = new Set(ids);
      const added = messages.map(({ id }) => id).filter((id) => !known.has(id));
      const left = coming.filter((id) => !added.includes(id));
      if (added.length > 0) await this.#writeIndex(ids, [...left, ...added]);
      for (const message of messages) {
        await this.#store.setItem(this.#item(message.id), JSON.stringify(message));
      }
      // This makes new messages exist, all at once.
      if (added.length > 0) await this.#writeIndex([...ids, ...added], left);
    });
  }

  remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return Promise.resolve();
    return this.#inTurn(async () => {
      const gone = new Set(ids);
      const present = await this.#readIndex();
      // What is listed and has no text is nothing; what has one and is not listed would never be found.
      await this.#removeItems(gone);
      const left = present.ids.filter((id) => !gone.has(id));
      const coming = present.coming.filter((id) => !gone.has(id));
      if (left.length < present.ids.length || coming.length < present.coming.length) {
        await this.#writeIndex(left, coming);
      }
    });
  }

  claim(tab: string, by: string): Promise<readonly StoredMessage[]> {
    return this.#inTurn(async () => {
      const claimed: StoredMessage[] = [];
      const { ids } = await this.#readIndex();
      for (const id of ids) {
        const record = parse((await this.#store.getItem(this.#item(id))) ?? null);
        if (!isStoredMessage(record) || record.tab !== tab) continue;
        const message = { ...record, tab: by };
        await this.#store.setItem(this.#item(id), JSON.stringify(message));
        claimed.push(message);
      }
      return claimed;
    });
  }

  clear(): Promise<void> {
    return this.#inTurn(async () => {
      const { ids, coming } = await this.#readIndex();
      await this.#removeItems([...ids, ...coming]);
      await this.#store.removeItem(this.#quarantine);
      await this.#store.removeItem(this.#index);
    });
  }

  async #removeItems(ids: Iterable<string>): Promise<void> {
    for (const id of ids) await this.#store.removeItem(this.#item(id));
  }

  /** Each operation reads the index and writes it: one after the other. */
  #inTurn<T>(operation: () => Promise<T>): Promise<T> {
    const queue = queues.get(this.#store) ?? new Map<string, Promise<unknown>>();
    queues.set(this.#store, queue);
    const turn = (queue.get(this.#index) ?? Promise.resolve()).then(operation);
    queue.set(
      this.#index,
      turn.catch(() => {}),
    );
    return turn;
  }

  async #readIndex(): Promise<Required<Omit<Index, 'version'>>> {
    const text = (await this.#store.getItem(this.#index)) ?? null;
    if (text === null) return { ids: [], coming: [] };
    const index = parse(text) as Partial<Index> | null | undefined;
    if (typeof index?.version === 'number' && index.version > version) {
      throw new RealtimeError(
        'storage',
        'The stored messages were written by a newer version of surewire, and are left as they are.',
      );
    }
    if (areTexts(index?.ids)) {
      return { ids: index.ids, coming: areTexts(index.coming) ? index.coming : [] };
    }
    await this.#setAside([text]);
    await this.#store.removeItem(this.#index);
    return { ids: [], coming: [] };
  }

  async #writeIndex(ids: readonly string[], coming: readonly string[] = []): Promise<void> {
    const index: Index = { version, ids, ...(coming.length > 0 ? { coming } : undefined) };
    await this.#store.setItem(this.#index, JSON.stringify(index));
  }

  /** Keeps what nobody can send where it does no harm, and where somebody may look at it. */
  async #setAside(texts: readonly (string | null)[]): Promise<void> {
    const found = texts.filter((text) => text !== null);
    if (found.length > 0) {
      const earlier = parse((await this.#store.getItem(this.#quarantine)) ?? null);
      const all = [...(Array.isArray(earlier) ? earlier : []), ...found];
      await this.#store.setItem(this.#quarantine, JSON.stringify(all));
    }
    this.#place.report(
      new RealtimeError(
        'storage',
        `${texts.length} of the records in the outbox's storage are not messages and were set aside unsent: see the item "${this.#quarantine}".`,
      ),
    );
  }

  #item(id: string): string {
    // Not to be mistaken for the index, whatever the id is.
    return `${this.#index}:${id}`;
  }
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** The value of a JSON text; undefined when it is none. */
function parse(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
