import { deferred } from '../support/deferred';
import type { Stop } from '../types';
import type { TabSurroundings } from './settings';

/**
 * A tab that sends and gives no sign of life for so long, in milliseconds, is taken to hang. Waiting for the first sign, and
 * for the next one after it, takes no more than two seconds together.
 */
export const patience = 700;

/** What there is to do when the turn is ours, and when it was. */
export interface OutboxTurnEvents {
  /** It is ours from now on. */
  taken(): void;
  /** Takes in what is stored. Sending begins when this has resolved. */
  begin(): Promise<void>;
  /** What may leave from here is different now. */
  changed(): void;
  /** In our turn, we send from now on. */
  sending(): void;
  /** It is not ours any more. */
  ended(): void;
}

/**
 * Whose turn it is to send. Where the platform has locks, one tab sends for all, and whoever is next in line takes its place
 * when it dies. Without locks it is everybody's turn.
 */
export class OutboxTurn {
  readonly #surroundings: TabSurroundings;
  readonly #events: OutboxTurnEvents;
  /** Resolves when it is known who sends. */
  #known = deferred<void>();
  #stopWondering: Stop = () => {};
  #leaveQueue: Stop = () => {};
  #joined = false;
  /** Whether we send what any tab may send. Until somebody joins there is nobody else. */
  #sends = true;
  #ours = false;
  /** Whether another tab said that it sends. */
  #othersSend = false;

  constructor(surroundings: TabSurroundings, events: OutboxTurnEvents) {
    this.#surroundings = surroundings;
    this.#events = events;
  }

  /** Whether it is our turn, although we may not have read yet what there is to send. */
  get ours(): boolean {
    return this.#ours;
  }

  /** Whether it will be ours, but is not yet. */
  get awaited(): boolean {
    const { tabs, life } = this.#surroundings;
    return this.#joined && !this.#ours && !life.aborted && tabs.kind === 'locks';
  }

  /** Resolves when it is known who sends: we do, and have read what is stored, or another tab does, or nobody says so. */
  get ready(): Promise<void> | undefined {
    return this.#joined && !this.#sends && !this.#othersSend ? this.#known.promise : undefined;
  }

  /** Whether a message with this `tab` may leave from here now. */
  sends(tab: string | undefined): boolean {
    if (!this.#joined || tab === undefined) return this.#sends;
    // Before we know whether an earlier page has left something, ours might overtake it.
    return this.#sends || this.#othersSend;
  }

  /** Begins to wait for it. */
  join(): void {
    const { tabs, clock } = this.#surroundings;
    this.#joined = true;
    this.#sends = false;
    if (tabs.kind === 'locks') {
      this.#stopWondering = clock.after(patience, () => this.#know());
      void this.#queue(false);
    } else if (tabs.kind === 'messages') this.begin();
    else this.goAlone();
  }

  /** Reads what is stored, and sends. */
  begin(): void {
    void this.#read(this.#surroundings.life);
  }

  /** Takes it from the tab that has it. */
  steal(): void {
    void this.#queue(true);
  }

  /** Sends although it may not be our turn: twice, under one id, is better than never. */
  goAlone(): void {
    this.#ours = true;
    this.begin();
  }

  /** Another tab sends: what is bound to ours need not wait any longer. */
  yield(): void {
    if (this.#othersSend || this.#ours) return;
    this.#othersSend = true;
    this.#know();
    this.#events.changed();
  }

  /** Waits for it no longer. Called when our life has ended: the turn itself ends when we are over. */
  leave(): void {
    this.#know();
    this.#leaveQueue();
  }

  #know(): void {
    this.#stopWondering();
    this.#known.resolve();
  }

  /** Waits for our turn to send, or takes it; sends until it is taken from us; and waits again. */
  async #queue(steal: boolean): Promise<void> {
    const { tabs, name, life } = this.#surroundings;
    this.#leaveQueue();
    const queue = new AbortController();
    this.#leaveQueue = () => queue.abort();
    let robbed = false;
    try {
      await tabs.exclusive(name, { signal: queue.signal, steal }, async (lost) => {
        // From now on only the end of our life makes us leave.
        this.#leaveQueue = () => {};
        if (!life.aborted && !lost.aborted) await this.#send(lost);
        robbed = lost.aborted;
      });
    } catch {
      // When we left the queue, whoever made us leave has asked again. Otherwise there are no turns to be had.
      if (!queue.signal.aborted && !life.aborted) this.goAlone();
      return;
    }
    if (robbed && !life.aborted) void this.#queue(false);
  }

  /** Our turn, from its beginning to its end. */
  async #send(lost: AbortSignal): Promise<void> {
    this.#ours = true;
    if (this.#othersSend) this.#known = deferred<void>();
    this.#othersSend = false;
    this.#events.taken();
    const robbed = new Promise((resolve) => {
      lost.addEventListener('abort', resolve, { once: true });
    });
    if (await this.#read(lost)) this.#events.sending();
    await Promise.race([robbed, this.#surroundings.over]);
    this.#sends = false;
    this.#ours = false;
    this.#events.ended();
  }

  /** False when we are not to send after all. */
  async #read(lost: AbortSignal): Promise<boolean> {
    await this.#events.begin();
    if (lost.aborted || this.#surroundings.life.aborted) return false;
    this.#sends = true;
    this.#know();
    this.#events.changed();
    return true;
  }
}
