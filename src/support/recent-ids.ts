/** How many ids are remembered at least. */
export const rememberedIds = 1_000;

/** The last 1,000 ids, so that what comes twice can be told from what is new. */
export class RecentIds {
  readonly #ids = new Set<string>();
  /** The same in their order: to find the oldest in the set itself means to pass over the holes that all before it left. */
  #order: string[] = [];
  #oldest = 0;

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** False when it is there already. The oldest are forgotten for a new one, beyond 1,000 and `more`. */
  add(id: string, more = 0): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    this.#order.push(id);
    while (this.#ids.size > rememberedIds + more) {
      this.#ids.delete(this.#order[this.#oldest] ?? '');
      this.#oldest += 1;
    }
    if (this.#oldest > rememberedIds) {
      this.#order = this.#order.slice(this.#oldest);
      this.#oldest = 0;
    }
    return true;
  }
}
