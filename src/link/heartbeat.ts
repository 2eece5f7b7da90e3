import type { Clock } from '../ports';
import { lapTimer } from '../support/lap-timer';
import type { Stop } from '../types';

/** So much silence makes us ask for a sign of life, which has `pongTimeout` to come: a dead link is found within 20 s. */
const silenceLimit = 15_000;
const pongTimeout = 5_000;
/** We look at the clock so often: timers stand still while the machine sleeps, and what they wait for may be long over. */
const step = 5_000;
/** So often we ask although there is no silence, to know how long an answer takes. */
const sampleEvery = 60_000;
/** A timer that is later than this tells that the machine slept, and that what it waited for may still be in the queue. */
const sleepSlack = 2_000;

/** What the watch works with. */
export interface LinkWatchParts {
  readonly clock: Clock;
  /** Asks the server for a sign of life. */
  readonly ping: () => void;
  /** The link is dead. */
  readonly dead: () => void;
  /** Told how long the server took to answer a ping, in milliseconds. */
  readonly roundTrip: (milliseconds: number) => void;
  /** Told after a ping: the link is there. */
  readonly alive: () => void;
}

/** Finds out that a link is dead: TCP alone notices after minutes, or never. */
export class LinkWatch {
  readonly #parts: LinkWatchParts;
  #lastHeard: number | undefined;
  #idleLimit = silenceLimit;
  #pingedAt: number | undefined;
  /** When we last asked, whether it is answered or not. */
  #askedAt = 0;
  /** Nothing came in since the last ping. */
  #silent = false;
  #running = false;
  #stopTimer: Stop = () => {};

  constructor(parts: LinkWatchParts) {
    this.#parts = parts;
  }

  /** When the server was last heard, in milliseconds since 1970; undefined before it ever was. */
  get lastHeard(): number | undefined {
    return this.#lastHeard;
  }

  /** Begins. `idleLimit` is the silence that the server itself takes for death, in milliseconds. */
  start(idleLimit: number): void {
    this.stop();
    this.#running = true;
    this.#idleLimit = Math.min(silenceLimit, idleLimit);
    this.#askedAt = this.#parts.clock.now();
    this.#rest(this.#idleLimit);
  }

  /** Ends; a ping that is out no longer counts. */
  stop(): void {
    this.#running = false;
    this.#pingedAt = undefined;
    this.#stopTimer();
  }

  /** Something came in, whatever it was. */
  heard(): void {
    this.#lastHeard = this.#parts.clock.now();
    this.#silent = false;
  }

  /** The answer to a ping came in. */
  ponged(): void {
    const asked = this.#pingedAt;
    this.#pingedAt = undefined;
    // The server may answer pings of pusher-js as well: those are not in our books.
    if (asked === undefined) return;
    this.#parts.roundTrip(Math.max(0, this.#parts.clock.now() - asked));
    this.#parts.alive();
  }

  /** Asks now, unless we are asking already: the page was away, or the network changed. */
  probe(): void {
    const { clock } = this.#parts;
    if (!this.#running) return;
    // A ping from before the machine slept is no reason to wait for its timer. One that is just due is: asking again would be another wait.
    if (this.#silent && Math.abs(clock.now() - this.#askedAt) <= pongTimeout + sleepSlack) return;
    this.#ask(false);
  }

  #rest(left: number): void {
    const { clock } = this.#parts;
    const wait = Math.min(step, left);
    const before = clock.now();
    this.#stopTimer();
    this.#stopTimer = clock.after(wait, () => {
      const now = clock.now();
      const silence = now - (this.#lastHeard ?? before);
      const jumped = now - before > wait + sleepSlack || now < before;
      const sampled = now - this.#askedAt;
      const due = sampled >= sampleEvery || sampled < 0;
      if (jumped || due || silence >= this.#idleLimit || silence < 0) this.#ask(false);
      else this.#rest(this.#idleLimit - silence);
    });
  }

  #ask(again: boolean): void {
    const { clock, ping, dead } = this.#parts;
    this.#stopTimer();
    const asked = clock.now();
    this.#pingedAt = asked;
    this.#askedAt = asked;
    this.#silent = true;
    ping();
    // The transport may have noticed in this very moment that there is nothing to write to.
    if (!this.#running) return;
    this.#stopTimer = lapTimer(clock, pongTimeout, () => {
      const slept = clock.now() - asked > pongTimeout + sleepSlack;
      this.#pingedAt = undefined;
      if (!this.#silent) {
        this.#parts.alive();
        if (this.#running) this.#rest(this.#idleLimit);
      }
      // One more chance for an answer that waits in the queue; in a page whose timers are always late, only one.
      else if (slept && !again) this.#ask(true);
      else dead();
    });
  }
}
