import { delMany, promisifyRequest, setMany, type UseStore } from 'idb-keyval';
import { RealtimeError } from '../errors';
import type { OutboxStorage, OutboxStorageFactory, StoragePlace, StoredMessage } from '../ports';
import { object, text, word } from '../support/given';
import { isStoredMessage } from '../support/stored-message';
import { IndexedDb, type Migration } from './indexed-db';

/** How the outbox is kept in IndexedDB. */
export interface IndexedDbStorageOptions {
  /** The database's name is this, a colon and the application's key. Default: `surewire`. */
  readonly name?: string;
  /**
   * What a message must have survived before it is sent. `relaxed`: it is with the operating system, and outlives the page
   * and the browser. `strict`: it is on the disk, and outlives a power cut as well, at the price of a flush a turn: many
   * times slower, and hard on batteries. Default: `relaxed`, for a power cut ends the user's session anyway.
   */
  readonly durability?: 'relaxed' | 'strict';
}

type Key = [owner: string, id: string];

/** So many messages are read at a time. */
const piece = 500;

const messagesStore = 'messages';
const quarantineStore = 'quarantine';

const migrations: readonly Migration[] = [
  (database) => {
    database.createObjectStore(messagesStore);
    database.createObjectStore(quarantineStore);
  },
];

/**
 * Unsent messages in IndexedDB: they survive the page, and the browser. One database for each application key, in it one
 * partition for each `outbox.owner`. Where there is no IndexedDB, or it fails, the outbox goes on in memory and says so.
 */
export function indexedDbStorage(options: IndexedDbStorageOptions = {}): OutboxStorageFactory {
  const name = text(
    object(options, 'indexedDbStorage({ name, durability })').name ?? 'surewire',
    'indexedDbStorage({ name })',
  );
  const durability = word(options.durability, 'indexedDbStorage({ durability })', ['relaxed', 'strict']);
  return (place) => {
    const stores = [messagesStore, quarantineStore];
    const database = new IndexedDb({ name: `${name}:${place.key}`, migrations, stores, durability });
    return new IndexedDbStorage(database, place);
  };
}

class IndexedDbStorage implements OutboxStorage {
  readonly #database: IndexedDb;
  readonly #place: StoragePlace;
  readonly #store: UseStore;
  /** As `#store`, for work that asks for everything at once. */
  readonly #storeAtOnce: UseStore;

  constructor(database: IndexedDb, place: StoragePlace) {
    this.#database = database;
    this.#place = place;
    this.#store = (mode, work) =>
      database.transact(mode, (transaction) => work(transaction.objectStore(messagesStore)));
    this.#storeAtOnce = (mode, work) =>
      database.transact(mode, (transaction) => {
        const done = work(transaction.objectStore(messagesStore));
        // Otherwise the page is asked whether it wants more: one that hangs does not answer, and no other tab can write.
        // Safari has it since version 15.
        transaction.commit?.();
        return done;
      });
  }

  async load(): Promise<readonly StoredMessage[]> {
    const messages: StoredMessage[] = [];
    const strange: [IDBValidKey, unknown][] = [];
    await this.#store('readonly', async (store) => {
      let range = this.#all();
      for (;;) {
        // Piece by piece, or ten thousand messages would hold the page for a second.
        const [keys, records] = await Promise.all([
          promisifyRequest<IDBValidKey[]>(store.getAllKeys(range, piece)),
          promisifyRequest<unknown[]>(store.getAll(range, piece)),
        ]);
        for (const [index, key] of keys.entries()) {
          const record = records[index];
          if (isStoredMessage(record) && (key as Key)[1] === record.id) messages.push(record);
          else strange.push([key, record]);
        }
        if (keys.length < piece) return;
        range = this.#all(keys.at(-1));
      }
    });
    if (strange.length > 0) await this.#setAside(strange);
    return messages;
  }

  async put(messages: readonly StoredMessage[]): Promise<void> {
    if (messages.length === 0) return;
    await setMany(
      messages.map((message) => [this.#key(message.id), message]),
      this.#storeAtOnce,
    );
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await delMany(
      ids.map((id) => this.#key(id)),
      this.#storeAtOnce,
    );
  }

  claim(tab: string, by: string): Promise<readonly StoredMessage[]> {
    return this.#store('readwrite', async (store) => {
      // The transaction is what makes it happen once: who comes second finds the messages renamed.
      const records = await promisifyRequest<unknown[]>(store.getAll(this.#all()));
      const claimed = records
        .filter((record) => isStoredMessage(record))
        .filter((message) => message.tab === tab)
        .map((message) => ({ ...message, tab: by }));
      for (const message of claimed) store.put(message, this.#key(message.id));
      await promisifyRequest(store.transaction);
      return claimed;
    });
  }

  async clear(): Promise<void> {
    // Nothing can have been left then, and whoever signs out must not be told that something may.
    if (globalThis.indexedDB === undefined) return;
    await this.#database.transact('readwrite', (transaction) => {
      for (const name of [messagesStore, quarantineStore]) transaction.objectStore(name).delete(this.#all());
      return promisifyRequest(transaction);
    });
  }

  /** Keeps what nobody can send where it does no harm, and where somebody may look at it. */
  async #setAside(records: readonly [IDBValidKey, unknown][]): Promise<void> {
    let cause: unknown;
    try {
      await this.#database.transact('readwrite', (transaction) => {
        for (const [at, record] of records) {
          transaction.objectStore(quarantineStore).put(record, at);
          transaction.objectStore(messagesStore).delete(at);
        }
        return promisifyRequest(transaction);
      });
    } catch (error) {
      // They stay where they are then, and are found again. The sound ones are what matters.
      cause = error;
    }
    const { report, key } = this.#place;
    report(
      new RealtimeError(
        'storage',
        `${records.length} of the records in the outbox's database are not messages and were set aside unsent: see its store "${quarantineStore}" (application key "${key}").`,
        { cause },
      ),
    );
  }

  #key(id: string): Key {
    return [this.#place.owner ?? '', id];
  }

  /** Every key of the owner, or those after one of them: lists sort behind texts. */
  #all(after?: IDBValidKey): IDBKeyRange {
    const owner = this.#place.owner ?? '';
    return IDBKeyRange.bound(after ?? [owner], [owner, []], after !== undefined);
  }
}
