import { soon } from '../support/soon';

/** Tells what happened at its end, and not in the middle: who is told may publish. */
export class Telling {
  #untold: (() => void)[] = [];

  /** Calls `tell` once that is written, or, where nothing is, in a moment. */
  after(written: Promise<void> | undefined, tell: () => void): void {
    if (written !== undefined) {
      void written.then(tell);
      return;
    }
    this.#untold.push(tell);
    if (this.#untold.length > 1) return;
    soon(() => {
      const all = this.#untold;
      this.#untold = [];
      for (const each of all) each();
    });
  }
}
