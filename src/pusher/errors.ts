import type { RealtimeError } from '../index';
import type { AnyClient } from './connection';
import type { Isolation } from './isolation';

/** Tells an error in the words of one event; false where nobody is bound to that. */
type Telling = (error: RealtimeError) => boolean;

/** The client's errors, for those who bind the events that tell of them; as long as nobody does, the client writes them to the console. */
export class Errors {
  readonly #client: AnyClient;
  readonly #isolation: Isolation;
  readonly #tellings = new Set<Telling>();

  constructor(client: AnyClient, isolation: Isolation) {
    this.#client = client;
    this.#isolation = isolation;
  }

  /** From now on `tell` gets every error. */
  hear(tell: Telling): void {
    if (this.#tellings.size === 0) {
      this.#client.on('error', (error) =>
        this.#isolation.run(() => {
          const told = [...this.#tellings].filter((each) => each(error));
          if (told.length === 0) console.error(error);
        }),
      );
    }
    this.#tellings.add(tell);
  }
}
