import { RealtimeError } from '../errors';
import type { Clock, OutboxStorage, StoredMessage } from '../ports';
import { type Deferred, deferred } from '../support/deferred';
import { isStoredMessage } from '../support/stored-message';
import type { Stop } from '../types';
import { wakefulTimer } from './wakeful-timer';

/** What is written together. */
interface Batch {
  readonly puts: Map<string, StoredMessage>;
  readonly removals: Set<string>;
  readonly done: Deferred<void>;
}

/** How long a storage may take before we go on without it: a blocked database never answers at all. */
const deadline = 5_000;

/**
 * Brings the storage up to what the outbox holds, one batch a turn, one batch at a time. Its promises never reject: a
 * storage that fails is reported once, and messages go on in memory until it works again.
 */
export class OutboxWriter {
  /** Told when a storage that was given up has answered after all. */
  answered: () => void = () => {};
  readonly #storage: OutboxStorage;
  readonly #clock: Clock;
  readonly #report: (error: RealtimeError) => void;
  // What may be on the disk, so that a removal that failed is tried again, and one that is needless is not.
  readonly #stored = new Set<string>();
  readonly #unforgotten = new Set<string>();
  /** The ids that were removed while the storage is being read, one set for each reading. */
  readonly #readings = new Set<Set<string>>();
  #next: Batch | undefined;
  #current: Batch | undefined;
  /** Of what is under way: the storage may be emptied while it is written to. */
  readonly #deadlines = new Set<Stop>();
  #busy = false;
  #writing: Promise<void> = Promise.resolve();
  #failing = false;
  #hanging = false;
  #ended = false;

  constructor(settings: {
    readonly storage: OutboxStorage;
    readonly clock: Clock;
    readonly report: (error: RealtimeError) => void;
  }) {
    this.#storage = settings.storage;
    this.#clock = settings.clock;
    this.#report = settings.report;
  }

  /** Everything stored but what is removed meanwhile; nothing when the storage fails. */
  async load(): Promise<readonly StoredMessage[]> {
    const { messages, strange } = await this.#read(async () => this.#storage.load());
    if (strange > 0) {
      this.#report(
        new RealtimeError(
          'storage',
          `The outbox's storage returned ${strange} records that are not messages. They are ignored.`,
        ),
      );
    }
    return messages;
  }

  /** Resolves when the message is stored, or when that failed. */
  put(message: StoredMessage): Promise<void> {
    const batch = this.#batch();
    batch.puts.set(message.id, message);
    return batch.done.promise;
  }

  /** Resolves when the storage has forgotten the message, or when that failed. */
  remove(id: string): Promise<void> {
    const batch = this.#batch();
    batch.puts.delete(id);
    batch.removals.add(id);
    for (const removed of this.#readings) removed.add(id);
    return batch.done.promise;
  }

  /** The user signed out: nothing that is still to be written is left in the storage. */
  takeBack(): void {
    for (const batch of [this.#current, this.#next]) {
      for (const id of [...(batch?.puts.keys() ?? [])]) void this.remove(id);
    }
  }

  /** The message may be in the storage: another tab has put it there. */
  expect(id: string): void {
    this.#stored.add(id);
  }

  /** Makes what another tab stored this tab's; nothing when the storage fails. */
  async claim(tab: string, by: string): Promise<readonly StoredMessage[]> {
    const storage = this.#storage;
    const { messages, removed } = await this.#read(async () => {
      if (storage.claim) return storage.claim(tab, by);
      const theirs = listIn(await storage.load())
        .filter(isStoredMessage)
        .filter((message) => message.tab === tab)
        .map((message) => ({ ...message, tab: by }));
      await storage.put(theirs);
      return theirs;
    });
    // Removed while it was written again.
    for (const { id } of removed) {
      this.#stored.add(id);
      void this.remove(id);
    }
    return messages;
  }

  /** Leaves nothing in the storage, not even what we know nothing of. Rejects with code `storage` when something may be left. */
  async clear(): Promise<void> {
    const storage = this.#storage;
    // What is on its way would land behind it.
    this.#next?.puts.clear();
    const writing = this.#writing;
    const cleared = async (): Promise<void> => {
      await writing;
      if (storage.clear) await storage.clear();
      else
        await storage.remove(
          listIn(await storage.load())
            .filter(isStoredMessage)
            .map(({ id }) => id),
        );
    };
    // Somebody waits for this, also at the end.
    const result = await this.#attempt('cleared from', cleared, true);
    if (result === 'done') {
      for (const ids of [this.#stored, this.#unforgotten]) ids.clear();
      return;
    }
    throw new RealtimeError(
      'storage',
      'The outbox could not be emptied: the storage may still hold unsent messages of this user, which are never sent for anyone else. Sign out again once the storage works.',
      { retryable: true },
    );
  }

  /** Resolves when everything asked for so far was tried. */
  settled(): Promise<void> {
    return (this.#next ?? this.#current)?.done.promise ?? Promise.resolve();
  }

  /**
   * Still writes what was asked for, but makes nobody wait for it and leaves no timer. Resolves when it is written; never,
   * when the storage does not answer.
   */
  end(): Promise<void> {
    this.#ended = true;
    for (const stop of this.#deadlines) stop();
    this.#current?.done.resolve();
    this.#next?.done.resolve();
    return this.#writing;
  }

  /** What a storage gives back: messages, but those that are removed meanwhile, and how many records are none. */
  async #read(read: () => Promise<unknown>): Promise<{
    readonly messages: readonly StoredMessage[];
    readonly removed: readonly StoredMessage[];
    readonly strange: number;
  }> {
    let found: readonly unknown[] = [];
    const removals = new Set([...(this.#current?.removals ?? []), ...(this.#next?.removals ?? [])]);
    this.#readings.add(removals);
    const reading = async (): Promise<void> => {
      found = listIn(await read());
    };
    await this.#attempt('read from', reading);
    this.#readings.delete(removals);
    // A copy: what a storage that was too slow fills in later must not be seen.
    const records = [...found];
    const sound = records.filter(isStoredMessage).map(soundMessage);
    const isGone = ({ id }: StoredMessage): boolean => removals.has(id) || this.#unforgotten.has(id);
    const messages = sound.filter((message) => !isGone(message));
    for (const { id } of messages) this.#stored.add(id);
    return { messages, removed: sound.filter(isGone), strange: records.length - sound.length };
  }

  #batch(): Batch {
    if (!this.#next) {
      this.#next = { puts: new Map(), removals: new Set(), done: deferred() };
      if (this.#ended) this.#next.done.resolve();
      if (!this.#busy) {
        this.#busy = true;
        this.#writing = Promise.resolve().then(() => this.#write());
      }
    }
    return this.#next;
  }

  async #write(): Promise<void> {
    for (let batch = this.#next; batch; batch = this.#next) {
      this.#current = batch;
      this.#next = undefined;
      // First in, then out: a crash between the two repeats a message, the other way round it would lose one.
      await this.#put([...batch.puts.values()]);
      await this.#remove(batch.removals);
      this.#current = undefined;
      batch.done.resolve();
      // Who waited for this batch may have more for the next.
      await undefined;
    }
    this.#busy = false;
  }

  async #put(messages: readonly StoredMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const result = await this.#attempt('written to', async () => this.#storage.put(messages));
    if (result !== 'failed') for (const { id } of messages) this.#stored.add(id);
  }

  async #remove(removals: ReadonlySet<string>): Promise<void> {
    for (const id of removals) if (this.#stored.delete(id)) this.#unforgotten.add(id);
    if (this.#unforgotten.size === 0) return;
    const ids = [...this.#unforgotten];
    const result = await this.#attempt('written to', async () => this.#storage.remove(ids));
    if (result === 'done') for (const id of ids) this.#unforgotten.delete(id);
  }

  async #attempt(
    what: string,
    operation: () => Promise<void>,
    isAwaited = !this.#ended,
  ): Promise<'done' | 'failed' | 'unknown'> {
    // Once is enough to wait in vain: it is asked again when it has answered.
    if (this.#hanging) return 'failed';
    const late = deferred<'unknown'>();
    const stopDeadline = isAwaited
      ? wakefulTimer(this.#clock, deadline, () => late.resolve('unknown'))
      : () => {};
    this.#deadlines.add(stopDeadline);
    try {
      // A storage of the application's own may answer with no promise at all.
      const answer = Promise.resolve(operation());
      const result = await Promise.race([answer.then(() => 'done' as const), late.promise]);
      if (result === 'done') {
        this.#failing = false;
      } else {
        this.#hanging = true;
        const answered = (): void => {
          this.#hanging = false;
          if (!this.#ended) this.answered();
        };
        answer.then(answered, answered);
        this.#warn(what, new Error(`no answer within ${deadline} ms`));
      }
      return result;
    } catch (cause) {
      this.#warn(what, cause);
      return 'failed';
    } finally {
      stopDeadline();
      this.#deadlines.delete(stopDeadline);
    }
  }

  #warn(what: string, cause: unknown): void {
    if (this.#failing) return;
    this.#failing = true;
    this.#report(
      new RealtimeError(
        'storage',
        `The outbox could not be ${what} its storage. Publishing goes on in memory, and ends with this page. The cause says why.`,
        { cause, retryable: true },
      ),
    );
  }
}

/** What a storage of the application's own gave back, as a list. Nothing is an empty one: that is what a text store has at first. */
function listIn(answer: unknown): readonly unknown[] {
  if (answer === undefined || answer === null) return [];
  if (Array.isArray(answer)) return answer;
  throw new RealtimeError(
    'storage',
    `The storage must return a list of messages; it returned ${typeof answer}.`,
  );
}

/** The message, with a size that it can have: a planted one must not fill the outbox. */
function soundMessage(message: StoredMessage): StoredMessage {
  let most = 0;
  try {
    // A code unit has at most three bytes; a little more does no harm.
    most = 64 + 3 * (JSON.stringify(message.data) ?? 'null').length;
  } catch {
    // Structured clones may have cycles; what is no JSON is refused when it is sent.
  }
  return message.bytes > most ? { ...message, bytes: most } : message;
}
