import type { Clock } from '../ports';

interface Question {
  readonly channel: string;
  /** Whether a bad signature can be what is wrong with it. */
  readonly guarded: boolean;
}

/** What a server said that did not name the channel. */
export interface NamelessRefusal {
  readonly code: number;
  readonly message: string;
}

/** A channel that must be the one of a nameless refusal. */
export interface RefusedChannel extends NamelessRefusal {
  readonly channel: string;
}

/**
 * The subscriptions that the server has not answered. Pusher itself, Reverb and Sockudo refuse without naming the
 * channel. But each question has one answer: once there are no more questions than nameless refusals, those are the ones.
 */
export class Unanswered {
  readonly #clock: Clock;
  readonly #patience: number;
  /** Those whose answer is waited for, by channel. */
  readonly #open = new Map<string, Question>();
  /** Those that were given up, the oldest first, with the time until which their answer may still come. */
  readonly #overdue = new Map<Question, number>();
  #refusals: NamelessRefusal[] = [];

  /** After `patience` milliseconds no answer is expected for what was given up. */
  constructor(clock: Clock, patience: number) {
    this.#clock = clock;
    this.#patience = patience;
  }

  /** Whether the answer about a signature is waited for. */
  get guarded(): boolean {
    return [...this.#open.values()].some(({ guarded }) => guarded);
  }

  asked(channel: string, guarded: boolean): void {
    this.givenUp(channel);
    this.#open.set(channel, { channel, guarded });
  }

  /** The channel was not asked for yet after all. */
  withdrawn(channel: string): void {
    this.#open.delete(channel);
  }

  /** Nobody waits for the answer any more; one without a name may still be about it. */
  givenUp(channel: string): void {
    this.#forgetOld();
    const question = this.#open.get(channel);
    if (question === undefined) return;
    this.#open.delete(channel);
    this.#overdue.set(question, this.#clock.now() + this.#patience);
  }

  /** An answer with a name came. Returns the channels that are thereby known to be refused. */
  answered(channel: string): readonly RefusedChannel[] {
    // It may be the answer to an earlier question, with the one to the newest still to come.
    const earlier = [...this.#overdue.keys()].find((question) => question.channel === channel);
    if (earlier === undefined) this.#open.delete(channel);
    else {
      this.#overdue.delete(earlier);
      this.givenUp(channel);
    }
    return this.#conclude();
  }

  /** A refusal without a name came. Returns the channels that are thereby known to be refused. */
  refused(refusal: NamelessRefusal): readonly RefusedChannel[] {
    this.#forgetOld();
    const questions = [...this.#open.values(), ...this.#overdue.keys()];
    // 4009 is about signatures, and public channels have none.
    if (questions.some(({ guarded }) => guarded || refusal.code !== 4009)) this.#refusals.push(refusal);
    return this.#conclude();
  }

  /** The connection is over, and with it every answer. */
  clear(): void {
    this.#open.clear();
    this.#overdue.clear();
    this.#refusals = [];
  }

  #conclude(): readonly RefusedChannel[] {
    this.#forgetOld();
    const refusal = this.#refusals.at(-1);
    if (refusal === undefined || this.#open.size + this.#overdue.size > this.#refusals.length) return [];
    const refused = [...this.#open.keys()].map((channel) => ({ ...refusal, channel }));
    this.clear();
    return refused;
  }

  /** What never had an answer may have had a nameless one: better that the next one tells than to blame somebody else. */
  #forgetOld(): void {
    const now = this.#clock.now();
    for (const [question, until] of this.#overdue) {
      if (until > now) return;
      this.#overdue.delete(question);
      this.#refusals.shift();
    }
  }
}
