/** When something happened lately, so that no span of time has more of it than a limit. */
export class RecentTimes {
  readonly #span: number;
  #times: number[] = [];

  /** `span` in milliseconds. */
  constructor(span: number) {
    this.#span = span;
  }

  /** It happened now. */
  add(now: number): void {
    this.#times.push(now);
  }

  /** How long, in milliseconds, until once more would be within the limit. */
  wait(now: number, limit: number): number {
    // Times ahead of us are left from a clock that was set back; nobody shall wait for it to catch up.
    if (this.#times.length > 0) this.#times = this.#times.filter((at) => at > now - this.#span && at <= now);
    const oldest = this.#times[this.#times.length - limit];
    return oldest === undefined ? 0 : oldest + this.#span - now;
  }

  /** What happened before `asked` is known to have been over only now. */
  postpone(asked: number, now: number): void {
    this.#times = this.#times.map((at) => (at <= asked ? now : at));
  }

  /** It does not count any more. */
  clear(): void {
    this.#times = [];
  }
}
