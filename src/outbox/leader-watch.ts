import type { Clock } from '../ports';
import type { Stop } from '../types';
import { wakefulTimer } from './wakeful-timer';

/**
 * A tab that leads and gives no sign of life for so long, in milliseconds, is taken to hang. Waiting for the first sign, and
 * for the next one after it, takes no more than two seconds together.
 */
export const patience = 700;
/** Tabs wait up to so many milliseconds longer, so that not all of them take the lead at once. */
const spread = 250;

/** What there is to do for who waits for the tab that leads. */
export interface LeaderWatchEvents {
  /** Whether anything that could leave waits for another tab. */
  waits(): boolean;
  /** Asks the tab that leads for a sign. */
  ask(): void;
  /** It hangs: takes the lead from it. */
  rob(): void;
  /** Nobody can have the lead: the platform does not keep its promise. */
  giveUp(): void;
}

/** Looks after the tab that leads, for as long as anything waits for it: one that hangs is robbed of the lead. */
export class LeaderWatch {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #events: LeaderWatchEvents;
  #sign = false;
  #stop: Stop | undefined;

  constructor(clock: Clock, random: () => number, events: LeaderWatchEvents) {
    this.#clock = clock;
    this.#random = random;
    this.#events = events;
  }

  /** Begins, if there is anything to wait for; ends by itself. */
  begin(): void {
    if (this.#stop !== undefined || !this.#events.waits()) return;
    this.#sign = false;
    this.#events.ask();
    this.#stop = wakefulTimer(this.#clock, patience + spread * this.#random(), () => {
      this.#stop = undefined;
      if (this.#sign) this.begin();
      else if (this.#events.waits()) this.#rob();
    });
  }

  /** The tab that leads is alive. */
  sign(): void {
    this.#sign = true;
  }

  /** Leaves no timer. */
  end(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #rob(): void {
    this.#events.rob();
    this.#stop = this.#clock.after(patience, () => {
      this.#stop = undefined;
      if (this.#events.waits()) this.#events.giveUp();
    });
  }
}
