import type { RealtimeErrorCode } from '../errors';
import type { CountedFigure, PendingFigures, Recorder, Statistics } from '../figures';
import type { Clock } from '../ports';
import type { StatisticsSlot } from '../slots';
import { Histogram } from '../support/histogram';
import { Listeners } from '../support/listeners';
import { Stopwatch } from '../support/stopwatch';
import type { ReadableStore, Stop } from '../types';
import { ChannelCounts } from './channel-counts';

/** How often subscribers are told, at most. */
const tellEvery = 1_000;

/**
 * The value for the option `statistics`: `client.statistics` counts what the client does. Counting is a few additions a message;
 * the snapshot is made when somebody reads it.
 */
export function statistics(): StatisticsSlot<Statistics> {
  return {
    slot: 'statistics',
    open: ({ clock, reports }) => new StatisticsStore(clock, (cause) => reports.thrown(cause, 'statistics')),
  };
}

/** Counts what the client does. Counting is a few additions; the snapshot is made when somebody reads it. */
export class StatisticsStore implements Recorder, ReadableStore<Statistics> {
  readonly #clock: Clock;
  /** For lengths: somebody may set the clock on the wall meanwhile. */
  readonly #stopwatch: Stopwatch;
  #pending: () => PendingFigures = () => ({ messages: 0 });
  readonly #channels = new ChannelCounts();
  readonly #errors = new Map<RealtimeErrorCode, number>();
  readonly #latency = new Histogram();
  readonly #subscribers = new Listeners<Statistics>();
  readonly #report: (error: unknown) => void;
  readonly #counts = {
    received: 0,
    receivedBytes: 0,
    sent: 0,
    sentBytes: 0,
    dials: 0,
    tokenRenewals: 0,
    duplicates: 0,
    confirmations: 0,
    duplicateConfirmations: 0,
    lateConfirmations: 0,
    rateLimitWaits: 0,
    gaps: 0,
    malformed: 0,
  };
  #reconnects = 0;
  /** The last connection was not hung up by us. */
  #lost = false;
  #firstDial: number | undefined;
  #connectedBefore = 0;
  #connectedSince: number | undefined;
  #roundTrip: number | undefined;
  #lastActivity: number | undefined;
  #stopTelling: Stop | undefined;
  #snapshot: Statistics | undefined;
  #snapshotAt = 0;
  #snapshotOldest: number | undefined;
  readonly initial: Statistics;

  constructor(clock: Clock, report: (error: unknown) => void) {
    this.#clock = clock;
    this.#stopwatch = new Stopwatch(clock);
    this.#report = report;
    this.initial = this.#take({ messages: 0 });
  }

  /** See `Store`. */
  get __v_skip(): true {
    return true;
  }

  /** A message came in. `now` is passed so that the clock is read once a message. */
  received(channel: string, bytes: number, now: number): void {
    this.#snapshot = undefined;
    this.#counts.received += 1;
    this.#counts.receivedBytes += bytes;
    this.#lastActivity = now;
    this.#channels.received(channel, bytes);
  }

  /** A message was acknowledged after `latency` milliseconds. */
  sent(channel: string, bytes: number, latency: number): void {
    this.#snapshot = undefined;
    this.#counts.sent += 1;
    this.#counts.sentBytes += bytes;
    this.#lastActivity = this.#clock.now();
    this.#channels.sent(channel, bytes);
    this.#latency.record(latency);
  }

  dialled(): void {
    this.#snapshot = undefined;
    this.#counts.dials += 1;
    this.#firstDial ??= this.#stopwatch.elapsed();
  }

  opened(): void {
    this.#snapshot = undefined;
    if (this.#lost) this.#reconnects += 1;
    this.#lost = false;
    this.#connectedSince = this.#stopwatch.elapsed();
    this.#lastActivity = this.#clock.now();
  }

  closed(lost: boolean): void {
    this.#snapshot = undefined;
    this.#lost = lost;
    this.#connectedBefore += this.#connected();
    this.#connectedSince = undefined;
  }

  roundTrip(milliseconds: number): void {
    this.#snapshot = undefined;
    this.#roundTrip = milliseconds;
    this.#lastActivity = this.#clock.now();
  }

  /** One more of what is counted and nothing else. */
  count(what: CountedFigure): void {
    this.#snapshot = undefined;
    this.#counts[what] += 1;
  }

  outbox(pending: () => PendingFigures): void {
    this.#pending = pending;
  }

  failed(code: RealtimeErrorCode): void {
    this.#snapshot = undefined;
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }

  /** The channel is in use: it gets figures of its own. */
  held(channel: string): void {
    this.#snapshot = undefined;
    this.#channels.held(channel);
  }

  /** The channel is no longer in use: its own figures go, the totals stay. */
  released(channel: string): void {
    this.#snapshot = undefined;
    this.#channels.released(channel);
  }

  /** The same snapshot until something was counted or a second has passed, so that hooks may compare by reference. */
  get(): Statistics {
    const pending = this.#pending();
    const { messages, oldest } = pending;
    const age = this.#clock.now() - this.#snapshotAt;
    const known = this.#snapshot;
    if (
      known !== undefined &&
      age >= 0 &&
      age < tellEvery &&
      known.pending === messages &&
      oldest === this.#snapshotOldest
    ) {
      return known;
    }
    this.#snapshotAt = this.#clock.now();
    this.#snapshotOldest = oldest;
    this.#snapshot = this.#take(pending);
    return this.#snapshot;
  }

  #take({ messages, oldest }: PendingFigures): Statistics {
    const connectedFor = this.#connectedBefore + this.#connected();
    const since = this.#firstDial === undefined ? 0 : this.#stopwatch.elapsed() - this.#firstDial;
    return {
      ...this.#counts,
      channels: this.#channels.snapshot(),
      reconnects: this.#reconnects,
      connectedFor,
      uptime: since > 0 ? Math.min(1, connectedFor / since) : this.#connectedSince === undefined ? 0 : 1,
      ...(this.#roundTrip === undefined ? undefined : { roundTrip: this.#roundTrip }),
      ...(this.#lastActivity === undefined ? undefined : { lastActivity: this.#lastActivity }),
      pending: messages,
      oldestPending: oldest === undefined ? 0 : Math.max(0, this.#clock.now() - oldest),
      ...(this.#latency.total === 0
        ? undefined
        : {
            latency: {
              p50: this.#latency.quantile(0.5),
              p95: this.#latency.quantile(0.95),
              p99: this.#latency.quantile(0.99),
            },
          }),
      errors: Object.fromEntries(this.#errors),
    };
  }

  /** Tells a fresh snapshot once a second while anybody listens. */
  subscribe(listener: (value: Statistics) => void): Stop {
    const leave = this.#subscribers.add(listener);
    this.#stopTelling ??= this.#clock.after(tellEvery, () => this.#tell());
    return () => {
      leave();
      if (this.#subscribers.empty) this.#stop();
    };
  }

  /** Tells nobody any more. */
  destroy(): void {
    this.#stop();
  }

  #stop(): void {
    this.#stopTelling?.();
    this.#stopTelling = undefined;
  }

  #tell(): void {
    this.#snapshot = undefined;
    this.#stopTelling = this.#clock.after(tellEvery, () => this.#tell());
    this.#subscribers.tell(this.get(), this.#report, () => this.#stopTelling !== undefined);
  }

  #connected(): number {
    return this.#connectedSince === undefined ? 0 : this.#stopwatch.elapsed() - this.#connectedSince;
  }
}
