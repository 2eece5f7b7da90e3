const kept = 1_000;

/** The last 1,000 ids, so that what comes twice can be told from what is new. */
export class RecentIds {
  readonly #ids = new Set<string>();
  /** The same in a ring: to find the oldest in the set itself means to pass over the holes that all before it left. */
  readonly #ring: string[] = [];
  #next = 0;

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** False when it is there already. The oldest is forgotten for a new one. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const oldest = this.#ring[this.#next];
    if (oldest !== undefined) this.#ids.delete(oldest);
    this.#ring[this.#next] = id;
    this.#next = (this.#next + 1) % kept;
    return true;
  }
}
