/** How many ids are remembered at least. */
export const rememberedIds = 1_000;

/** The last 1,000 ids, so that what comes twice can be told from what is new. */
export class RecentIds {
  /** In the order of arrival: a Set keeps it, so that its first id is the oldest. */
  readonly #ids = new Set<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** False when it is there already. The oldest are forgotten for a new one, beyond 1,000 and `more`. */
  add(id: string, more = 0): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= rememberedIds + more) break;
      this.#ids.delete(oldest);
    }
    return true;
  }
}
