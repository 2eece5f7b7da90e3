import type { StoredMessage } from '../ports';
import type { PendingMessage, ReadableStore } from '../types';
import type { Dispatcher } from './dispatcher';
import { type Entry, Lane } from './lane';
import { newMessage, pendingMessage } from './message';
import { PendingStore } from './pending-store';

type Route = StoredMessage['route'];

/** Every message that has not ended, in the order of publishing, and the lanes they stand in. */
export class Queue {
  readonly #outbox: Dispatcher;
  #entries = new Map<string, Entry>();
  readonly #lanes = new Map<string, Lane>();
  /** The lane that was emptied last: a channel that publishes one message after the other would make one for each. */
  #idle: Lane | undefined;
  #bytes = 0;
  /** The highest number so far. */
  #highest = 0;
  /** Whether one came in that belongs before others. */
  #disordered = false;

  readonly #report: (cause: unknown) => void;
  #pending: PendingStore<readonly PendingMessage[]> | undefined;

  /** `report` gets what a subscriber of `pending` throws. */
  constructor(outbox: Dispatcher, report: (cause: unknown) => void) {
    this.#outbox = outbox;
    this.#report = report;
  }

  /** What has not ended, as applications see it; made for who looks. */
  get pending(): ReadableStore<readonly PendingMessage[]> {
    this.#pending ??= new PendingStore<readonly PendingMessage[]>(
      () => Array.from(this.entries(), (entry) => this.view(entry)),
      this.#report,
    );
    return this.#pending;
  }

  /** A message as applications see it; the same object until it changes. */
  view(entry: Entry): PendingMessage {
    entry.view ??= pendingMessage(entry.message);
    return entry.view;
  }

  /** Applications see something else now. */
  changed(): void {
    this.#pending?.invalidate();
  }

  /** Nothing is ever pending again. */
  end(): void {
    this.#pending?.end();
  }

  /** How many messages there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** Their payloads' sizes together, in UTF-8 bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  entries(): Iterable<Entry> {
    if (this.#disordered) {
      const sequence = ([, { message }]: [string, Entry]): number => message.record.sequence;
      this.#entries = new Map([...this.#entries].sort((a, b) => sequence(a) - sequence(b)));
      this.#disordered = false;
    }
    return this.#entries.values();
  }

  /** The lanes that have messages, as a list that stays as it is. */
  lanes(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  /** The lane, if it has messages. */
  lane(route: Route, channel: string): Lane | undefined {
    return this.#lanes.get(laneKey(route, channel));
  }

  /**
   * The number of a new message: at least the time, so that the numbers go on growing when those in the storage could not be read.
   * It stops growing where a planted record has used up all numbers; then age decides.
   */
  nextSequence(now: number): number {
    this.#highest = Math.min(Number.MAX_SAFE_INTEGER, Math.max(this.#highest + 1, Math.floor(now)));
    return this.#highest;
  }

  /** Takes a message in, behind those of its lane that have a lower number. `born` is when it was published, by the stopwatch. */
  enter(
    record: StoredMessage,
    {
      state,
      from,
      born,
    }: { readonly state: 'storing' | 'waiting'; readonly from: string | undefined; readonly born: number },
  ): Entry {
    const { id, route, channel, sequence, bytes, expiresAt, createdAt } = record;
    const lane = this.#laneFor(route, channel);
    const entry: Entry = {
      message: newMessage(record, state),
      lane,
      born,
      deadline: born + Math.max(0, expiresAt - createdAt),
      from,
      waiters: undefined,
      covers: undefined,
      view: undefined,
    };
    this.#entries.set(id, entry);
    this.#disordered ||= sequence < this.#highest;
    this.#highest = Math.max(this.#highest, sequence);
    this.#bytes += bytes;
    lane.add(entry);
    return entry;
  }

  /** A message has another number. */
  moved(): void {
    this.#disordered = true;
  }

  /** Lets a message go that has left its lane; false when it is gone already. */
  forget(entry: Entry): boolean {
    const { id, bytes } = entry.message.record;
    if (this.#entries.get(id) !== entry) return false;
    this.#entries.delete(id);
    this.#bytes -= bytes;
    return true;
  }

  /** Forgets a lane without messages; false when it has some. */
  tidy(lane: Lane): boolean {
    if (!lane.empty) return false;
    const key = laneKey(lane.route, lane.channel);
    if (this.#lanes.get(key) !== lane) return true;
    this.#lanes.delete(key);
    this.#idle = lane;
    return true;
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
    this.#lanes.clear();
    this.#idle = undefined;
    this.#bytes = 0;
  }

  #laneFor(route: Route, channel: string): Lane {
    const key = laneKey(route, channel);
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const idle = this.#idle;
    const lane =
      idle?.route === route && idle.channel === channel ? idle : new Lane(route, channel, this.#outbox);
    this.#lanes.set(key, lane);
    return lane;
  }
}

function laneKey(route: Route, channel: string): string {
  return `${route}:${channel}`;
}
