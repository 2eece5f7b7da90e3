/** The most and the least that a dial gets, in milliseconds. */
const longest = 10_000;
const shortest = 3_000;
/**
 * What it gets after so many in a row that ran out of time. A server with more to do than it can answers late, and what hangs up
 * before its turn has wasted that turn: with everybody as patient as before, nobody would ever get in.
 */
const patience = 20_000;
const patientAfter = 3;
/** A dial may take so many times what the last handshakes took. */
const slack = 20;

/** How long a dial may take: less where the last handshakes took milliseconds, and more again when that was not enough. */
export class DialDeadline {
  /** What a handshake takes here, in milliseconds: the slowest of late. */
  #usual: number | undefined;
  /** Dials in a row that ran out of time. */
  #missed = 0;

  /** What the next dial gets, in milliseconds. */
  get milliseconds(): number {
    if (this.#missed >= patientAfter) return patience;
    if (this.#usual === undefined) return longest;
    return Math.min(longest, Math.max(shortest, this.#usual * slack) * 2 ** this.#missed);
  }

  /** A handshake took so many milliseconds. */
  met(milliseconds: number): void {
    this.#missed = 0;
    // A slow one is remembered for a while: it may have been the network, and not the moment.
    if (milliseconds >= 0) this.#usual = Math.max(milliseconds, (this.#usual ?? 0) / 2);
  }

  /** A dial ran out of time. */
  missed(): void {
    this.#missed += 1;
  }

  /** Nothing is known about the network that is there now. */
  forget(): void {
    this.#usual = undefined;
    this.#missed = 0;
  }
}
