import type { LogEntry, RealtimeClientEvents } from '../client-events';
import { RealtimeError } from '../errors';
import type { Recorder } from '../figures';
import type { Clock } from '../ports';
import type { DeprecationNotice } from '../types';
import { Emitter } from './emitter';

/** How loud the lines of the log are, the quietest first. */
const levels: readonly LogEntry['level'][] = ['debug', 'info', 'warn'];

/** What is told once each is told not more often than this. */
const mostOnce = 100;

/** What the client tells about itself: errors, log entries and deprecations. */
export class Reports {
  readonly emitter: Emitter<RealtimeClientEvents>;
  /** Told the code of each error. */
  recorder: Pick<Recorder, 'failed'> | undefined;
  /** Told each error before its listeners. */
  watch: ((error: RealtimeError) => void) | undefined;
  readonly #clock: Clock;
  readonly #console: number;
  readonly #told = new Set<string>();
  #doubts: RealtimeError[];
  #begun = false;

  /** From the level `debug` on the log goes to the console, too. `doubt` is what is wrong with the options of the client. */
  constructor({
    clock,
    debug,
    doubt,
  }: {
    readonly clock: Clock;
    readonly debug?: LogEntry['level'] | undefined;
    readonly doubt?: RealtimeError | undefined;
  }) {
    this.#clock = clock;
    this.#console = debug === undefined ? levels.length : levels.indexOf(debug);
    this.#doubts = doubt === undefined ? [] : [doubt];
    this.emitter = new Emitter({ threw: (cause, event = '') => this.thrown(cause, event) });
  }

  /** Keeps what is wrong with some options until the client is used: before that, nobody can listen. */
  doubt(error: RealtimeError | undefined): void {
    if (error === undefined) return;
    if (this.#begun) this.advise(error);
    else this.#doubts.push(error);
  }

  /** The client is used. */
  begin(): void {
    this.#begun = true;
    const doubts = this.#doubts;
    this.#doubts = [];
    for (const doubt of doubts) this.advise(doubt);
  }

  /** Tells what is wrong with a call or an option, once. */
  advise(error: RealtimeError): void {
    if (this.#isFirst(error.message)) this.error(error);
  }

  /** Counts `error` and tells the listeners of `error`; without any, the console. */
  error(error: RealtimeError): void {
    this.recorder?.failed(error.code);
    this.watch?.(error);
    this.log('warn', error.message);
    if (this.emitter.has('error')) this.emitter.emit('error', error);
    else console.error(error);
  }

  /** Tells that a function of the application's, which was called for `event`, threw `cause`. */
  thrown(cause: unknown, event: string): void {
    const error = new RealtimeError('listener', `A listener of "${event}" threw`, { event, cause });
    // Not to the listeners that have just thrown.
    if (event === 'error' || event === 'log') console.error(error);
    else this.error(error);
  }

  /** Costs nothing while nobody listens, and `debug` is off. */
  log(level: LogEntry['level'], message: string): void {
    if (this.emitter.has('log')) this.emitter.emit('log', { level, message, at: this.#clock.now() });
    if (levels.indexOf(level) >= this.#console) console[level](`surewire: ${message}`);
  }

  /** Once an endpoint, however many of our requests go to it. Without a listener, `warning` goes to the console. */
  deprecated(notice: DeprecationNotice, warning: string): void {
    if (!this.#isFirst(notice.endpoint)) return;
    if (this.emitter.has('deprecation')) this.emitter.emit('deprecation', notice);
    else console.warn(warning);
  }
  #isFirst(what: string): boolean {
    const { size } = this.#told;
    return size < mostOnce && this.#told.add(what).size > size;
  }
}
