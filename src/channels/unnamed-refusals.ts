import type { Clock } from '../ports';
import type { NamelessRefusals, RefusedChannel, UnnamedRefusal } from '../slots';
import { answerTimeout } from './channel-context';

/** A link may be silent for so long and live, in milliseconds: then it is asked, and answers. What it owes comes before that. */
const longestSilence = 25_000;

/** The questions about one channel that have no answer yet: those that were given up, and after them the open one. */
class Questions {
  readonly channel: string;
  readonly guarded: boolean;
  open = false;
  overdue = 0;
  /** So many, the oldest, were asked before the latest refusal: it may be about them. */
  suspect = 0;
  /** Given-up ones that were answered after all, and that the queue of those still holds. */
  answeredLate = 0;
  /** How many refusals had come at a yes that may have been to the open one: those do not contradict it. -1: there was none. */
  saidYesAfter = -1;

  constructor(channel: string, guarded: boolean) {
    this.channel = channel;
    this.guarded = guarded;
  }

  get count(): number {
    return this.open ? this.overdue + 1 : this.overdue;
  }
}

/** What a refusal may be about, counted, so that no answer costs a look at all the others. */
class Suspects {
  readonly channels = new Set<Questions>();
  questions = 0;

  set(about: Questions, suspect: number): void {
    this.questions += suspect - about.suspect;
    about.suspect = suspect;
    if (suspect > 0) this.channels.add(about);
    else this.channels.delete(about);
  }
}

/** A question that was given up, and until when its answer is expected. */
interface Overdue {
  readonly about: Questions;
  readonly until: number;
}

/** Refusals of one kind that are not understood yet. */
interface Refusals {
  count: number;
  /** The last of them, and how many of any kind had come with it. */
  newest: UnnamedRefusal | undefined;
  number: number;
}

/**
 * Whom refusals without a name are about: Pusher itself, Reverb and Sockudo do not say which channel they refuse. But each
 * question has one answer: once there are no more questions than such refusals, or only one channel that was asked for, those
 * are the ones. Until then nobody is blamed. An answer costs the same, however many channels there are.
 */
export class UnnamedRefusals implements NamelessRefusals {
  readonly #clock: Clock;
  readonly #patience: number;
  readonly #asked = new Map<string, Questions>();
  /** Asked since the latest refusal. */
  readonly #fresh = new Set<Questions>();
  #guarded = new Suspects();
  #unguarded = new Suspects();
  readonly #signature: Refusals = { count: 0, newest: undefined, number: 0 };
  readonly #anything: Refusals = { count: 0, newest: undefined, number: 0 };
  /** Questions that were given up, the oldest first. Those before `#expired` are forgotten. */
  #overdue: Overdue[] = [];
  #expired = 0;
  #openGuarded = 0;
  #came = 0;
  #cameAt = 0;

  /** `patience` milliseconds after a question was given up its answer is not expected any more. */
  constructor(clock: Clock, patience: number = longestSilence) {
    this.#clock = clock;
    this.#patience = patience;
  }

  /** Whether a refusal that says only that a signature is wrong may be about a channel. */
  get awaitsSignature(): boolean {
    return this.#openGuarded > 0;
  }

  /** Milliseconds until nothing is left that a refusal which was not understood might be about. */
  get unclearFor(): number {
    this.#forgetOld();
    if (this.#signature.count + this.#anything.count === 0) return 0;
    // What was asked just before it is given up later.
    return Math.max(0, this.#cameAt + answerTimeout + this.#patience - this.#clock.now());
  }

  /** The server was asked for `channel`; `guarded` where a bad signature can be what is wrong with it. */
  asked(channel: string, guarded: boolean): void {
    this.givenUp(channel);
    const about = this.#asked.get(channel) ?? new Questions(channel, guarded);
    this.#asked.set(channel, about);
    about.open = true;
    about.saidYesAfter = -1;
    if (guarded) this.#openGuarded += 1;
    this.#fresh.add(about);
  }

  /** Nobody waits for the answer any more; one without a name may still be about it. */
  givenUp(channel: string): void {
    const about = this.#asked.get(channel);
    if (about === undefined || !about.open) return;
    this.#close(about);
    // Otherwise its answer may have been the yes that was taken for an earlier one's.
    if (about.saidYesAfter < 0) {
      about.overdue += 1;
      this.#overdue.push({ about, until: this.#clock.now() + this.#patience });
    }
    this.#settle(about);
  }

  /** Whether the next answer about `channel` may be to a question that was given up. */
  isOverdue(channel: string): boolean {
    this.#forgetOld();
    return (this.#asked.get(channel)?.overdue ?? 0) > 0;
  }

  /** An answer with a name came. Returns the channels that are thereby known to be refused. */
  answered(channel: string): readonly RefusedChannel[] {
    this.#forgetOld();
    const about = this.#asked.get(channel);
    if (about === undefined) return [];
    if (about.overdue > 0) {
      this.#answerLate(about, 1);
      // Or it was to the open one; then the earlier one has had a refusal, and what came before this does not count.
      about.saidYesAfter = this.#came;
    } else this.#close(about);
    this.#settle(about);
    return this.#conclude();
  }

  /** A refusal without a name came. Returns the channels that are thereby known to be refused. */
  refused(refusal: UnnamedRefusal): readonly RefusedChannel[] {
    this.#forgetOld();
    this.#came += 1;
    this.#cameAt = this.#clock.now();
    const refusals = refusal.aboutSignature ? this.#signature : this.#anything;
    refusals.count += 1;
    refusals.newest = refusal;
    refusals.number = this.#came;
    for (const about of this.#fresh) this.#suspectsOf(about).set(about, about.count);
    this.#fresh.clear();
    return this.#conclude();
  }

  /** The connection is over, and with it every answer. */
  clear(): void {
    this.#asked.clear();
    this.#fresh.clear();
    this.#guarded = new Suspects();
    this.#unguarded = new Suspects();
    this.#signature.count = 0;
    this.#anything.count = 0;
    this.#overdue = [];
    this.#expired = 0;
    this.#openGuarded = 0;
    this.#came = 0;
  }

  #suspectsOf({ guarded }: Questions): Suspects {
    return guarded ? this.#guarded : this.#unguarded;
  }

  #close(about: Questions): void {
    if (about.open && about.guarded) this.#openGuarded -= 1;
    about.open = false;
  }

  #answerLate(about: Questions, count: number): void {
    about.overdue -= count;
    about.answeredLate += count;
  }

  /** Counts anew after questions went. What takes the place of one that went is as suspect as that was. */
  #settle(about: Questions, suspect = about.suspect): void {
    this.#suspectsOf(about).set(about, Math.min(suspect, about.count));
    if (about.count > 0) return;
    this.#asked.delete(about.channel);
    this.#fresh.delete(about);
  }

  #conclude(): readonly RefusedChannel[] {
    const refused: RefusedChannel[] = [];
    const signature = this.#signature;
    const anything = this.#anything;
    if (signature.count > 0 && this.#concludeFrom([this.#guarded], signature.count, signature, refused)) {
      signature.count = 0;
    }
    if (anything.count > 0) {
      const all = [this.#unguarded, this.#guarded];
      const newest = signature.count > 0 && signature.number > anything.number ? signature : anything;
      if (this.#concludeFrom(all, signature.count + anything.count, newest, refused)) {
        signature.count = 0;
        anything.count = 0;
      }
    }
    return refused;
  }

  /** Adds those whom so many refusals are about to `refused`. False while somebody else may be meant. */
  #concludeFrom(
    suspects: readonly Suspects[],
    count: number,
    { newest, number }: Refusals,
    refused: RefusedChannel[],
  ): boolean {
    const channels = suspects.reduce((sum, each) => sum + each.channels.size, 0);
    const questions = suspects.reduce((sum, each) => sum + each.questions, 0);
    if (newest === undefined || (channels > 1 && questions > count)) return false;
    for (const about of suspects.flatMap((each) => [...each.channels])) {
      // The server's last word is the answer to the newest question.
      const isRefused = about.open && about.suspect === about.count && number > about.saidYesAfter;
      const answered = Math.min(about.suspect, count);
      const late = Math.min(answered, about.overdue);
      const left = about.suspect - answered;
      this.#answerLate(about, late);
      if (answered > late) this.#close(about);
      this.#settle(about, left);
      if (!isRefused) continue;
      this.givenUp(about.channel);
      refused.push({ ...newest, channel: about.channel });
    }
    return true;
  }

  /** What never had an answer may have had a nameless one: better that the next one tells than to blame somebody else. */
  #forgetOld(): void {
    const now = this.#clock.now();
    for (; ; this.#expired += 1) {
      const oldest = this.#overdue[this.#expired];
      if (oldest === undefined || oldest.until > now) break;
      const { about } = oldest;
      if (about.answeredLate > 0) {
        about.answeredLate -= 1;
        continue;
      }
      const wasSuspect = about.suspect > 0;
      about.overdue -= 1;
      this.#settle(about, about.suspect - 1);
      if (!wasSuspect) continue;
      if (about.guarded && this.#signature.count > 0) this.#signature.count -= 1;
      else if (this.#anything.count > 0) this.#anything.count -= 1;
    }
    if (this.#expired < 1_000 || this.#expired < this.#overdue.length) return;
    this.#overdue = [];
    this.#expired = 0;
  }
}
