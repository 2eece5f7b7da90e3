/** The application's backend: an answer says what was known when it was asked for, however late it comes. */
export class Backend {
  /** The addresses that were asked, in order. */
  readonly asked: string[] = [];
  readonly #known = new Map<string, unknown>();
  #held: (() => void)[] | undefined;

  /** What the address answers from now on. */
  know(address: string, value: unknown): void {
    this.#known.set(address, value);
  }

  /** Answers come no more, until the function that it returns is called. */
  hold(): () => void {
    const held: (() => void)[] = [];
    this.#held = held;
    return () => {
      if (this.#held === held) this.#held = undefined;
      for (const answer of held) answer();
    };
  }

  /** Takes the place of the global `fetch`. */
  readonly fetch = async (address: string): Promise<Response> => {
    this.asked.push(address);
    const answer = Response.json(this.#known.get(address) ?? null);
    const held = this.#held;
    if (held !== undefined) await new Promise<void>((resolve) => held.push(resolve));
    return answer;
  };
}
