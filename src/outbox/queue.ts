import type { StoredMessage } from '../ports';
import type { Entry } from './entry';
import type { OutboxLane } from './lane';

type Route = StoredMessage['route'];

/** Every message that has not ended, and the lanes they stand in. */
export class OutboxQueue {
  #entries = new Map<string, Entry>();
  readonly #lanes = new Map<string, OutboxLane>();
  readonly #createLane: (route: Route, channel: string) => OutboxLane;
  #bytes = 0;
  #highest = 0;
  /** Whether one came in that belongs before others. */
  #disordered = false;

  readonly #onLane: (lane: OutboxLane, exists: boolean) => void;

  /**
   * `createLane` makes a lane when the first message for it comes; it is forgotten when the last one has left. `onLane` is
   * told of both.
   */
  constructor(
    createLane: (route: Route, channel: string) => OutboxLane,
    onLane: (lane: OutboxLane, exists: boolean) => void,
  ) {
    this.#createLane = createLane;
    this.#onLane = onLane;
  }

  /** How many messages there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** Their payloads' sizes together, in UTF-8 bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The message that came first. */
  get oldest(): Entry | undefined {
    const [first] = this.entries();
    return first;
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** The messages in the order of publishing. */
  entries(): IterableIterator<Entry> {
    if (this.#disordered) {
      const ordered = [...this.#entries].sort(([, a], [, b]) => a.message.sequence - b.message.sequence);
      this.#entries = new Map(ordered);
      this.#disordered = false;
    }
    return this.#entries.values();
  }

  /** The lanes that have messages, as a list that stays as it is. */
  lanes(): readonly OutboxLane[] {
    return [...this.#lanes.values()];
  }

  /** The lane, if it has messages. */
  lane(route: Route, channel: string): OutboxLane | undefined {
    return this.#lanes.get(laneKey(route, channel));
  }

  /** Offers what can be offered now. */
  advance(): void {
    for (const lane of this.lanes()) lane.advance();
  }

  /** Offers at once what waits for another attempt. */
  insist(): void {
    for (const lane of this.lanes()) lane.insist();
  }

  /** Takes a message in, behind those of its lane that have a lower number. */
  enter(message: StoredMessage, state: 'storing' | 'waiting'): Entry {
    const { route, channel } = message;
    const known = this.lane(route, channel);
    const lane = known ?? this.#createLane(route, channel);
    this.#lanes.set(laneKey(route, channel), lane);
    const entry: Entry = {
      message,
      state,
      lane,
      waiters: [],
      error: undefined,
      foreign: false,
      covers: [],
      withdrawn: false,
      view: undefined,
      previous: undefined,
      next: undefined,
    };
    this.#entries.set(message.id, entry);
    this.#disordered ||= message.sequence < this.#highest;
    this.#highest = Math.max(this.#highest, message.sequence);
    this.#bytes += message.bytes;
    lane.insert(entry);
    if (known === undefined) this.#onLane(lane, true);
    return entry;
  }

  /** Lets a message go that has left its lane; false when it is gone already. */
  forget(entry: Entry): boolean {
    this.tidy(entry.lane);
    if (!this.#entries.delete(entry.message.id)) return false;
    this.#bytes -= entry.message.bytes;
    return true;
  }

  /** Forgets a lane without messages. */
  tidy(lane: OutboxLane): void {
    const key = laneKey(lane.route, lane.channel);
    if (!lane.empty || this.#lanes.get(key) !== lane) return;
    this.#lanes.delete(key);
    this.#onLane(lane, false);
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
    this.#disordered = false;
    this.#lanes.clear();
    this.#bytes = 0;
  }
}

function laneKey(route: Route, channel: string): string {
  return `${route}:${channel}`;
}
