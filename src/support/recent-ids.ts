/** The last 1,000 ids, so that what comes twice can be told from what is new. */
export class RecentIds {
  /** In the order of arrival: a Set keeps it, so that its first id is the oldest. */
  readonly #ids = new Set<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** False when it is there already. The oldest is forgotten for a new one. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > 1_000) {
      const [oldest] = this.#ids;
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
    return true;
  }
}
