import { promisifyRequest } from 'idb-keyval';
import { openDatabase } from '../fakes/stored-in';

/** Half of what the outbox gives its storage, in milliseconds: that opens a database, and then makes a transaction. */
const limit = 2_500;
/** How long the outbox waits for its storage, in milliseconds. */
const wait = 5_000;

/** IndexedDB as a page finds it beside the outbox, in a database of its own: whether the browser answers anybody at all. */
export class ControlDisk {
  readonly #name: string;
  #askedAt: number | undefined;
  #slowAt = Number.NEGATIVE_INFINITY;

  /** Begins to ask. */
  constructor(name: string) {
    this.#name = name;
    void this.#ask();
  }

  /** Whether it took so long, within the time that the outbox waits, that the outbox cannot have had its answer either. */
  get isSlow(): boolean {
    const now = performance.now();
    return (this.#askedAt !== undefined && now - this.#askedAt >= limit) || now - this.#slowAt < wait;
  }

  async #ask(): Promise<void> {
    this.#askedAt = performance.now();
    const database = await openDatabase(this.#name, 1, (fresh) => void fresh.createObjectStore('asked'));
    const transaction = database.transaction('asked', 'readwrite');
    transaction.objectStore('asked').put(this.#askedAt, 'at');
    await promisifyRequest(transaction);
    database.close();
    const answeredAt = performance.now();
    if (answeredAt - this.#askedAt >= limit) this.#slowAt = answeredAt;
    this.#askedAt = undefined;
    setTimeout(() => void this.#ask(), 250);
  }
}
