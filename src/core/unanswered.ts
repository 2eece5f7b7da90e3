import type { Clock } from '../ports';

interface Question {
  /** Whether a bad signature can be what is wrong with it. */
  readonly guarded: boolean;
  /** Set once the channel is no longer wanted: from then on nobody waits for the answer, but it may still come. */
  readonly until?: number;
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
  readonly #questions = new Map<string, Question>();
  #refusals: NamelessRefusal[] = [];

  /** After `patience` milliseconds no answer is expected for what was given up. */
  constructor(clock: Clock, patience: number) {
    this.#clock = clock;
    this.#patience = patience;
  }

  asked(channel: string, guarded: boolean): void {
    this.#questions.set(channel, { guarded });
  }

  /** The channel was not asked for yet after all. */
  withdrawn(channel: string): void {
    this.#questions.delete(channel);
  }

  /** Nobody wants the channel any more; an answer without a name may still be about it. */
  abandoned(channel: string): void {
    const question = this.#questions.get(channel);
    if (question === undefined) return;
    this.#questions.set(channel, { ...question, until: this.#clock.now() + this.#patience });
  }

  /** No answer came. If there was a nameless refusal it was most likely that; the next one will say. */
  expired(channel: string): void {
    if (this.#questions.delete(channel)) this.#refusals.shift();
  }

  /** An answer with a name came. Returns the channels that are thereby known to be refused. */
  answered(channel: string): readonly RefusedChannel[] {
    this.#questions.delete(channel);
    return this.#conclude();
  }

  /** A refusal without a name came. Returns the channels that are thereby known to be refused. */
  refused(refusal: NamelessRefusal): readonly RefusedChannel[] {
    // 4009 is about signatures, and public channels have none.
    const possible = [...this.#questions.values()].some(({ guarded }) => guarded || refusal.code !== 4009);
    if (possible) this.#refusals.push(refusal);
    return this.#conclude();
  }

  /** The connection is over, and with it every answer. */
  clear(): void {
    this.#questions.clear();
    this.#refusals = [];
  }

  #conclude(): readonly RefusedChannel[] {
    const refusal = this.#refusals.at(-1);
    if (refusal === undefined) return [];
    const now = this.#clock.now();
    for (const [channel, { until }] of this.#questions) {
      if (until !== undefined && until <= now) this.#questions.delete(channel);
    }
    if (this.#questions.size > this.#refusals.length) return [];
    const wanted = [...this.#questions].filter(([, { until }]) => until === undefined);
    this.clear();
    return wanted.map(([channel]) => ({ ...refusal, channel }));
  }
}
