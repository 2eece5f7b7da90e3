import type { OutboxLane } from './lane';

/** The most requests at the same time. Browsers hold more of them back, but their answers would be late, and count as failed. */
const most = 32;

/** How many channels send to the server at the same time, and who waits for one of them to be done. */
export class OutboxTraffic {
  #flying = 0;
  readonly #held = new Set<OutboxLane>();

  /** Whether another message of the lane may depart; if not, the lane is advanced when one may. */
  admits(lane: OutboxLane): boolean {
    if (lane.route === 'peer' || this.#flying < most) return true;
    this.#held.add(lane);
    return false;
  }

  /** Whether the lane waits for others. */
  holds(lane: OutboxLane): boolean {
    return this.#held.has(lane);
  }

  departed(lane: OutboxLane): void {
    this.#held.delete(lane);
    if (lane.route === 'server') this.#flying += 1;
  }

  landed(lane: OutboxLane): void {
    if (lane.route === 'peer') return;
    this.#flying -= 1;
    const [next] = this.#held;
    if (next === undefined) return;
    this.#held.delete(next);
    next.advance();
  }
}
