import { isClientEvent, isProtocolEvent } from '../contract/event-name';
import { isRealtimeError, RealtimeError } from '../errors';
import type { Clock } from '../ports';
import { askedToConfirm, withoutRequest } from '../support/confirmable';
import { within } from '../support/deadline';
import { idIn } from '../support/json';
import { RecentIds, rememberedIds } from '../support/recent-ids';
import type { Reports } from '../support/reports';
import type { Gap, RealtimeMessage, RecoveredMessage } from '../types';
import { mostWaiting, recoveryTimeout } from './recovery-limits';

/** A link that is silent for so long was given up before, in milliseconds. */
const longestSilence = 30_000;
/** More than so many that were missed are not delivered: the newest are, and the rest is told. */
const mostMissed = 100_000;

/** Fetches what was missed, in order. It is a function of the application's: it may bring anything. */
export type FetchMissed = (gap: Gap, signal: AbortSignal) => unknown;

/** What the continuity of every channel of a client works with. */
export interface ContinuityContext {
  readonly clock: Clock;
  /** Undefined when nobody can. */
  readonly recover: FetchMissed | undefined;
  /** Gets the error of a recovery that failed. */
  readonly reports: Pick<Reports, 'error'>;
}

/** Where the messages of a channel go. */
export interface Outlet<Channel> {
  /** Brings a message to the listeners; `asked` is the id by which its sender wants it confirmed. */
  deliver(channel: Channel, message: RealtimeMessage, asked: string | undefined): void;
  /** A message came twice, and was dropped. */
  repeated(channel: Channel, asked: string | undefined): void;
  /** Told of each gap, before it is filled. */
  gapped(gap: Gap): void;
}

/** What may have been missed on one channel, and the order in which it is filled. */
export class Continuity<Channel extends { readonly name: string } = { readonly name: string }> {
  readonly #channel: Channel;
  readonly #outlet: Outlet<Channel>;
  readonly #context: ContinuityContext;
  /** The ids that the backend gave: its frames, its history, its payloads. */
  #ids: RecentIds | undefined;
  /** The ids that a sender gave, who may be anybody: they never meet those of the backend. */
  #sendersIds: RecentIds | undefined;
  /** The backend's, of the last message that was delivered. */
  #lastId: string | undefined;
  /** Where the open gap begins; undefined while nothing was missed. */
  #from: number | undefined;
  /** What the clock on the wall was ahead of its own count then. */
  #ahead = 0;
  /** The last id before the open gap. */
  #lastIdBefore: string | undefined;
  /** What came and cannot be delivered yet, in order; undefined while messages go straight to the listeners. */
  #queue: RealtimeMessage[] | undefined;
  /** How many of the queue were delivered. */
  #delivered = 0;
  /** Where in the queue the open gap is. */
  #gapAt: number | undefined;
  #recovery: AbortController | undefined;
  /** The subscription is away, or over: nothing is delivered. */
  #paused = false;
  #delivering = false;

  constructor(channel: Channel, outlet: Outlet<Channel>, context: ContinuityContext) {
    this.#channel = channel;
    this.#outlet = outlet;
    this.#context = context;
  }

  /** A message came over the wire. */
  receive(message: RealtimeMessage): void {
    if (this.#queue === undefined) {
      this.#pass(message);
      return;
    }
    this.#queue.push(message);
    if (this.#recovery === undefined || this.#queue.length - this.#delivered <= mostWaiting) return;
    this.#failed(new RealtimeError('recovery', `More than ${mostWaiting} live messages arrived meanwhile.`));
    this.#fill([]);
  }

  /** The subscription was lost. `lastSeen` is when the server was last heard: whatever it sent since may be gone. */
  lost(lastSeen: number): void {
    this.#paused = true;
    this.#stopRecovery();
    // The next recovery begins where the one that was overtaken did; what waited behind that one goes on waiting.
    if (this.#from !== undefined) return;
    const now = this.#context.clock.now();
    // Ahead of us: the clock was set back since, and we know only that a link is given up after a while of silence.
    this.#from = lastSeen > now + 1_000 ? now - longestSilence : lastSeen;
    this.#ahead = aheadOf(this.#context.clock);
    this.#lastIdBefore = this.#newestId();
    if (this.#context.recover === undefined) return;
    this.#queue ??= [];
    this.#gapAt = this.#queue.length;
  }

  /** The subscription is back, if it ever was away. */
  subscribed(): void {
    const { clock, recover } = this.#context;
    this.#paused = false;
    if (this.#from === undefined || this.#recovery !== undefined) {
      this.#deliver();
      return;
    }
    const lastId = this.#lastIdBefore;
    const gap: Gap = {
      channel: this.#channel.name,
      from: this.#from - this.#setBack(),
      to: clock.now(),
      ...(lastId === undefined ? undefined : { lastId }),
    };
    if (recover === undefined) {
      this.#from = undefined;
      this.#outlet.gapped(gap);
      return;
    }
    const recovery = new AbortController();
    this.#recovery = recovery;
    this.#outlet.gapped(gap);
    this.#deliver();
    // Listeners may have ended all this.
    if (this.#recovery === recovery) void this.#recover(gap, recovery, recover);
  }

  /** The channel was let go: what comes after is another story. */
  end(): void {
    this.#paused = true;
    this.#stopRecovery();
    this.#from = undefined;
    this.#gapAt = undefined;
    this.#queue = undefined;
    this.#delivered = 0;
  }

  /** How far the clock was set back since the gap began: who is asked for what came since goes by the clock as it is now. */
  #setBack(): number {
    const back = Math.round(this.#ahead - aheadOf(this.#context.clock));
    // Forwards would be a sleep, which not every platform counts; then more is asked for than is needed.
    return back > 1_000 ? back : 0;
  }

  #stopRecovery(): void {
    this.#recovery?.abort();
    this.#recovery = undefined;
  }

  async #recover(gap: Gap, recovery: AbortController, recover: FetchMissed): Promise<void> {
    const { clock } = this.#context;
    let missed: RealtimeMessage[] = [];
    try {
      const limits = { clock, timeout: recoveryTimeout, signal: recovery.signal };
      missed = this.#read(await within((signal) => recover(gap, signal), limits));
      const last = gap.lastId === undefined ? -1 : missed.map(({ id }) => id).lastIndexOf(gap.lastId);
      // What is so far back that its ids are forgotten was heard before, or before us.
      missed = missed.slice(Math.max(0, last + 1 - rememberedIds));
    } catch (cause) {
      if (this.#recovery === recovery) this.#failed(cause);
    }
    // The connection was lost again meanwhile: the next recovery begins where this one did.
    if (this.#recovery === recovery) this.#fill(missed);
  }

  /** Puts what was recovered where it was missed, and goes on. */
  #fill(missed: readonly RealtimeMessage[]): void {
    const queue = this.#queue ?? [];
    const gapAt = this.#gapAt ?? 0;
    this.#stopRecovery();
    // From here on a new loss is a gap of its own, also one that a listener of these messages causes.
    this.#from = undefined;
    this.#gapAt = undefined;
    this.#queue = queue.slice(0, gapAt).concat(missed, queue.slice(gapAt));
    this.#deliver();
  }

  /** Delivers what waits, up to the open gap. */
  #deliver(): void {
    // A listener may cause this while it hears of one: the others hear of that one first.
    if (this.#delivering) return;
    this.#delivering = true;
    for (;;) {
      const message = this.#queue?.[this.#delivered];
      if (this.#paused || message === undefined || this.#delivered === this.#gapAt) break;
      this.#delivered += 1;
      this.#pass(message);
    }
    this.#delivering = false;
    if (this.#paused || this.#from !== undefined) return;
    this.#queue = undefined;
    this.#delivered = 0;
  }

  /** The messages in what `recover` brought. Throws when it is no list; entries that are no messages are reported. */
  #read(answer: unknown): RealtimeMessage[] {
    const wrong = (found: string): RealtimeError =>
      new RealtimeError(
        'recovery',
        `\`recover\` must resolve with a list of { event, data, id }, the oldest first; ${found}.`,
      );
    if (!Array.isArray(answer)) throw wrong('it brought no list');
    const receivedAt = this.#context.clock.now();
    const entries: readonly unknown[] = answer.slice(-mostMissed);
    if (answer.length > mostMissed)
      this.#failed(wrong(`of its ${answer.length} entries only the last ${mostMissed} are delivered`));
    const messages = entries
      .map((entry) => this.#messageOf(entry, receivedAt))
      .filter((message) => message !== undefined);
    const others = entries.length - messages.length;
    if (others > 0) this.#failed(wrong(`${others} of ${entries.length} entries are no messages`));
    return messages;
  }

  #messageOf(entry: unknown, receivedAt: number): RealtimeMessage | undefined {
    if (typeof entry !== 'object' || entry === null) return undefined;
    try {
      const { event, data, id, userId } = entry as Partial<Record<keyof RecoveredMessage, unknown>>;
      if (typeof event !== 'string' || event === '' || isProtocolEvent(event)) return undefined;
      const { name: channel } = this.#channel;
      return { channel, event, data, id: idIn(id), userId: idIn(userId), receivedAt, recovered: true };
    } catch {
      return undefined;
    }
  }

  #failed(cause: unknown): void {
    const known = isRealtimeError(cause) ? cause : undefined;
    const why = known === undefined ? '' : ` ${known.message}`;
    const { name: channel } = this.#channel;
    this.#context.reports.error(
      new RealtimeError(
        'recovery',
        `What was missed on "${channel}" could not be recovered completely; live messages continue.${why}`,
        { channel, cause, status: known?.status, retryable: known?.retryable },
      ),
    );
  }

  #pass(message: RealtimeMessage): void {
    const { id, data, event } = message;
    const asked = askedToConfirm(data);
    const sendersId = isClientEvent(event) ? id : undefined;
    const isRepeat =
      sendersId === undefined
        ? this.#isRepeat(id)
        : this.#isSendersRepeat(`${message.userId ?? ''}:${sendersId}`);
    // By both: a server may give a repeat another id, and a sender's id stays.
    if (isRepeat || (asked !== sendersId && this.#isSendersRepeat(asked))) {
      this.#outlet.repeated(this.#channel, asked);
      return;
    }
    if (sendersId === undefined && id !== undefined) this.#lastId = id;
    if (asked === undefined) this.#outlet.deliver(this.#channel, message, undefined);
    else this.#outlet.deliver(this.#channel, { ...message, id: asked, data: withoutRequest(data) }, asked);
  }

  #isRepeat(id: string | undefined): boolean {
    if (id === undefined) return false;
    this.#ids ??= new RecentIds();
    return !this.#ids.add(id, this.#queue?.length);
  }

  #isSendersRepeat(id: string | undefined): boolean {
    if (id === undefined) return false;
    this.#sendersIds ??= new RecentIds();
    return !this.#sendersIds.add(id, this.#queue?.length);
  }

  /** The backend's, of the newest message that was delivered or waits; what waits may repeat older ones. */
  #newestId(): string | undefined {
    const waiting = new Set<string>();
    for (const { id, event } of this.#queue?.slice(this.#delivered) ?? []) {
      if (id !== undefined && !isClientEvent(event) && this.#ids?.has(id) !== true) waiting.add(id);
    }
    return [...waiting].at(-1) ?? this.#lastId;
  }
}

/** How far the clock on the wall is ahead of the clock's own count; always 0 for one without. */
function aheadOf(clock: Clock): number {
  const now = clock.now();
  return now - (clock.elapsed?.() ?? now);
}
