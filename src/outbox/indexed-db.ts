import { RealtimeError } from '../errors';

/** Takes a database from one version of its schema to the next; the first one makes it out of nothing. */
export type Migration = (database: IDBDatabase, transaction: IDBTransaction) => void;

/** What there is to know about a database. */
export interface IndexedDbSettings {
  readonly name: string;
  /** As many as the schema has versions. Never change one that was released: add another. */
  readonly migrations: readonly Migration[];
  /** The object stores that each transaction is over. */
  readonly stores: readonly string[];
  readonly durability: IDBTransactionDurability;
}

/** One database, opened at the first transaction, and again when the browser has closed it under us. */
export class IndexedDb {
  readonly #settings: IndexedDbSettings;
  #opening: Promise<IDBDatabase> | undefined;

  constructor(settings: IndexedDbSettings) {
    this.#settings = settings;
  }

  /** Runs `work` in one transaction; all of it takes place, or nothing. It may run twice. */
  async transact<T>(
    mode: IDBTransactionMode,
    work: (transaction: IDBTransaction) => T | PromiseLike<T>,
  ): Promise<T> {
    const opening = this.#open();
    const database = await opening;
    try {
      return await this.#run(database, mode, work);
    } catch (error) {
      // Browsers close databases at will: Safari in the background, all of them when the user clears the site's data.
      if (!(error instanceof DOMException) || !['InvalidStateError', 'AbortError'].includes(error.name))
        throw error;
      this.#forget(opening, database);
      return this.#run(await this.#open(), mode, work);
    }
  }

  async #run<T>(
    database: IDBDatabase,
    mode: IDBTransactionMode,
    work: (transaction: IDBTransaction) => T | PromiseLike<T>,
  ): Promise<T> {
    const { stores, durability } = this.#settings;
    const transaction = database.transaction(stores, mode, { durability });
    // A transaction has no error of its own yet when that of a request comes by.
    let failure: unknown;
    transaction.addEventListener('error', ({ target }) => {
      failure ??= (target as IDBRequest | null)?.error;
    });
    try {
      return await work(transaction);
    } catch (cause) {
      // What was asked for before the failure would be written otherwise.
      abort(transaction);
      throw (
        cause ?? failure ?? transaction.error ?? new RealtimeError('storage', 'The transaction was aborted.')
      );
    }
  }

  #open(): Promise<IDBDatabase> {
    if (this.#opening !== undefined) return this.#opening;
    const opening = this.#connect();
    this.#opening = opening;
    opening.then(
      (database) => {
        database.onclose = () => this.#forget(opening, database);
        // Somebody deletes or upgrades the database, and could not before we let go.
        database.onversionchange = () => this.#forget(opening, database);
      },
      () => {
        this.#opening = undefined;
      },
    );
    return opening;
  }

  #connect(): Promise<IDBDatabase> {
    const { name, migrations } = this.#settings;
    return new Promise((resolve, reject) => {
      // Looking may throw, too: in frames that may have no storage.
      const factory: IDBFactory | undefined = globalThis.indexedDB;
      if (!factory) throw new RealtimeError('storage', 'There is no IndexedDB here.');
      const request = factory.open(name, migrations.length);
      request.onupgradeneeded = ({ oldVersion }) => {
        const { result, transaction } = request;
        if (transaction) for (const migrate of migrations.slice(oldVersion)) migrate(result, transaction);
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(refusal(name, request.error));
    });
  }

  #forget(opening: Promise<IDBDatabase>, database: IDBDatabase): void {
    if (this.#opening === opening) this.#opening = undefined;
    database.close();
  }
}

function refusal(name: string, cause: DOMException | null): unknown {
  if (cause?.name !== 'VersionError') return cause;
  return new RealtimeError(
    'storage',
    `The database "${name}" was written by a newer version of surewire, and is left as it is: reload the page to get that version.`,
    { cause },
  );
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already.
  }
}
