import type { Clock } from '../ports';

interface Question {
  readonly channel: string;
  /** Whether a bad signature can be what is wrong with it. */
  readonly guarded: boolean;
  readonly at: number;
  /** How many nameless refusals had come before; they are about others. */
  after: number;
  /** How many had come when there was an answer that was this one's or an earlier one's; those do not contradict it. */
  answeredAfter: number | undefined;
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

interface Refusal extends NamelessRefusal {
  readonly number: number;
}

const wrongSignature = 4009;

/** An answer comes after its question, and public channels have no signature that could be wrong. */
function mayMean({ code, number }: Refusal, { guarded, after }: Question): boolean {
  return number > after && (guarded || code !== wrongSignature);
}

/**
 * The subscriptions that the server has not answered. Pusher itself, Reverb and Sockudo refuse without naming the
 * channel. But each question has one answer: once there are no more questions than nameless refusals, or only one channel
 * that was asked for, those are the ones.
 */
export class Unanswered {
  readonly #clock: Clock;
  readonly #patience: number;
  /** Those whose answer is waited for, by channel. */
  readonly #open = new Map<string, Question>();
  /** Those that were given up and whose answer may still come, the oldest first. */
  readonly #overdue = new Set<Question>();
  #refusals: Refusal[] = [];
  #came = 0;

  /** `patience` milliseconds after a question that was given up its answer is not expected any more. */
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
    this.#open.set(channel, {
      channel,
      guarded,
      at: this.#clock.now(),
      after: this.#came,
      answeredAfter: undefined,
    });
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
    if (question.answeredAfter === undefined) this.#overdue.add(question);
  }

  /** Whether the next answer about `channel` may be to a question that was given up. */
  isOverdue(channel: string): boolean {
    return [...this.#overdue].some((question) => question.channel === channel);
  }

  /** Milliseconds until nothing is left that might be meant by a refusal that was not understood. */
  get unclearFor(): number {
    this.#forgetOld();
    if (this.#refusals.length === 0) return 0;
    const last = Math.max(...this.#questions.map(({ at }) => at));
    return Math.max(0, last + this.#patience - this.#clock.now());
  }

  /** An answer with a name came. Returns the channels that are thereby known to be refused. */
  answered(channel: string): readonly RefusedChannel[] {
    const [earliest, ...later] = this.#about(channel);
    if (earliest !== undefined) this.#remove(earliest);
    for (const question of later) {
      question.after = Math.min(question.after, (earliest as Question).after);
      question.answeredAfter = this.#came;
    }
    return this.#conclude();
  }

  /** A refusal without a name came. Returns the channels that are thereby known to be refused. */
  refused({ code, message }: NamelessRefusal): readonly RefusedChannel[] {
    this.#came += 1;
    this.#refusals.push({ code, message, number: this.#came });
    return this.#conclude();
  }

  /** The connection is over, and with it every answer. */
  clear(): void {
    this.#open.clear();
    this.#overdue.clear();
    this.#refusals = [];
  }

  /** The oldest first. */
  get #questions(): Question[] {
    return [...this.#overdue, ...this.#open.values()];
  }

  #about(channel: string): Question[] {
    const open = this.#open.get(channel);
    return [...this.#overdue].filter((question) => question.channel === channel).concat(open ?? []);
  }

  #remove(question: Question): void {
    this.#overdue.delete(question);
    if (this.#open.get(question.channel) === question) this.#open.delete(question.channel);
  }

  #conclude(): readonly RefusedChannel[] {
    this.#forgetOld();
    if (this.#refusals.length === 0) return [];
    const unsigned = this.#refusals.filter(({ code }) => code === wrongSignature);
    return [...this.#refusals.map((each) => [each]), unsigned, this.#refusals].flatMap((refusals) =>
      this.#concludeFrom(refusals),
    );
  }

  /** Whom these refusals are about, unless somebody else may be meant. */
  #concludeFrom(group: readonly Refusal[]): readonly RefusedChannel[] {
    const refusals = group.filter((each) => this.#refusals.includes(each));
    const newest = refusals.at(-1);
    if (newest === undefined) return [];
    const meant = this.#questions.filter((question) => refusals.some((each) => mayMean(each, question)));
    const channels = [...new Set(meant.map(({ channel }) => channel))];
    if (channels.length > 1 && meant.length > refusals.length) return [];
    const refused = channels.filter((channel) => {
      // The server's last word is the answer to the newest question.
      const last = this.#about(channel).at(-1) as Question;
      return meant.includes(last) && newest.number > (last.answeredAfter ?? 0);
    });
    this.#refusals = this.#refusals.filter((each) => !refusals.includes(each));
    for (const question of meant.slice(0, refusals.length)) this.#remove(question);
    for (const channel of refused) this.givenUp(channel);
    const { code, message } = newest;
    return refused.map((channel) => ({ channel, code, message }));
  }

  /** What never had an answer may have had a nameless one: better that the next one tells than to blame somebody else. */
  #forgetOld(): void {
    const expired = this.#clock.now() - this.#patience;
    for (const question of this.#overdue) {
      if (question.at > expired) continue;
      this.#overdue.delete(question);
      const index = this.#refusals.findIndex((refusal) => mayMean(refusal, question));
      if (index >= 0) this.#refusals.splice(index, 1);
    }
  }
}
