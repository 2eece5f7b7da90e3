import { isRealtimeError, RealtimeError } from '../errors';
import type { Clock } from '../ports';
import { askedToConfirm, withoutRequest } from '../support/confirmable';
import { within } from '../support/deadline';
import { RecentIds } from '../support/recent-ids';
import type { Gap, RealtimeMessage, RecoveredMessage } from '../types';

/** A recovery that takes longer is given up: live messages wait behind it. */
const recoveryTimeout = 10_000;

/** What a channel's continuity works with. */
export interface ContinuityParts {
  readonly channel: string;
  readonly clock: Clock;
  /** Brings a message to the listeners; `asked` is the id by which its sender wants it confirmed. */
  readonly deliver: (message: RealtimeMessage, asked: string | undefined) => void;
  /** Told of each gap, before it is filled. */
  readonly onGap: (gap: Gap) => void;
  /** Told of each message that came twice, with the id by which its sender wants it confirmed. */
  readonly onDuplicate: (asked: string | undefined) => void;
  /** Fetches what was missed, in order; undefined when nobody can. */
  readonly recover: ((gap: Gap, signal: AbortSignal) => Promise<readonly RecoveredMessage[]>) | undefined;
  /** Gets the error of a recovery that failed. */
  readonly report: (error: RealtimeError) => void;
}

/** What may have been missed on one channel, and the order in which it is filled. */
export class Continuity {
  readonly #parts: ContinuityParts;
  #ids: RecentIds | undefined;
  #lastId: string | undefined;
  /** Where the open gap begins; undefined while nothing was missed. */
  #from: number | undefined;
  /** The last id before the open gap. */
  #lastIdBefore: string | undefined;
  /** Live messages that wait behind a recovery. */
  #waiting: RealtimeMessage[] | undefined;
  #recovery: AbortController | undefined;

  constructor(parts: ContinuityParts) {
    this.#parts = parts;
  }

  /** A message came over the wire. */
  receive(message: RealtimeMessage): void {
    if (this.#waiting !== undefined) this.#waiting.push(message);
    else this.#pass(message);
  }

  /** The subscription was lost. `lastSeen` is when the server was last heard: whatever it sent since may be gone. */
  lost(lastSeen: number): void {
    if (this.#from === undefined) {
      this.#from = lastSeen;
      this.#lastIdBefore = this.#lastId;
    }
    this.#giveUp();
  }

  /** The subscription is back, if it ever was away. */
  subscribed(): void {
    const { channel, clock, onGap, recover } = this.#parts;
    if (this.#from === undefined || this.#recovery !== undefined) return;
    const lastId = this.#lastIdBefore;
    const gap: Gap = {
      channel,
      from: this.#from,
      to: clock.now(),
      ...(lastId === undefined ? undefined : { lastId }),
    };
    if (recover === undefined) {
      this.#from = undefined;
      onGap(gap);
      return;
    }
    const recovery = new AbortController();
    this.#recovery = recovery;
    this.#waiting = [];
    onGap(gap);
    // A listener of the gap may have ended all this.
    if (this.#recovery === recovery) void this.#fill(gap, recovery, recover);
  }

  /** The channel was let go: what comes after is another story. */
  end(): void {
    this.#waiting = undefined;
    this.#giveUp();
    this.#from = undefined;
  }

  async #fill(
    gap: Gap,
    recovery: AbortController,
    recover: NonNullable<ContinuityParts['recover']>,
  ): Promise<void> {
    const { channel, clock } = this.#parts;
    let missed: readonly RecoveredMessage[] = [];
    try {
      const limits = { clock, timeout: recoveryTimeout, signal: recovery.signal };
      missed = await within((signal) => recover(gap, signal), limits);
    } catch (cause) {
      if (this.#recovery === recovery) this.#failed(gap, cause);
    }
    // The connection was lost again meanwhile: the next recovery begins where this one did.
    if (this.#recovery !== recovery) return;
    // From here on a new loss is a gap of its own, also one that a listener of these messages causes.
    this.#from = undefined;
    const now = clock.now();
    for (const { event, data, id, userId } of missed) {
      this.#pass({ channel, event, data, id, userId, receivedAt: now, recovered: true });
    }
    if (this.#recovery === recovery) this.#giveUp();
  }

  #failed(gap: Gap, cause: unknown): void {
    const known = isRealtimeError(cause) ? cause : undefined;
    const why = known === undefined ? '' : ` ${known.message}`;
    this.#parts.report(
      new RealtimeError(
        'recovery',
        `What was missed on "${gap.channel}" could not be recovered; live messages go on without it.${why}`,
        { channel: gap.channel, cause, status: known?.status, retryable: known?.retryable },
      ),
    );
  }

  /** Ends a recovery that is under way; the messages that waited behind it go on. */
  #giveUp(): void {
    this.#recovery?.abort();
    this.#recovery = undefined;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const message of waiting) this.#pass(message);
  }

  #pass(message: RealtimeMessage): void {
    const { id } = message;
    const asked = askedToConfirm(message.data);
    // By both: a server may give a repeat another id, and a sender's id stays.
    if (this.#isRepeat(id) || (asked !== id && this.#isRepeat(asked))) {
      this.#parts.onDuplicate(asked);
      return;
    }
    this.#lastId = id ?? asked ?? this.#lastId;
    if (asked === undefined) this.#parts.deliver(message, undefined);
    else this.#parts.deliver({ ...message, id: asked, data: withoutRequest(message.data) }, asked);
  }

  #isRepeat(id: string | undefined): boolean {
    if (id === undefined) return false;
    this.#ids ??= new RecentIds();
    return !this.#ids.add(id);
  }
}
