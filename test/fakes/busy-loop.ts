import type { Clock } from '../../src/ports';

/** An event loop that is busy for so many milliseconds in each turn: first come the timers that are due, then what the network brought. */
export class BusyLoop implements Clock {
  readonly #turn: number;
  #now = 0;
  #timers: { readonly at: number; readonly wake: () => void }[] = [];
  #network: (() => void)[] = [];

  constructor(turn: number) {
    this.#turn = turn;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  after(ms: number, wake: () => void): () => void {
    const timer = { at: this.#now + ms, wake };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  /** Comes in with the next turn. */
  bring(what: () => void): void {
    this.#network.push(what);
  }

  /** Lets one turn pass. */
  turn(): void {
    this.#now += this.#turn;
    for (const timer of this.#timers.filter(({ at }) => at <= this.#now)) {
      if (!this.#timers.includes(timer)) continue;
      this.#timers = this.#timers.filter((each) => each !== timer);
      timer.wake();
    }
    for (const what of this.#network.splice(0)) what();
  }
}
