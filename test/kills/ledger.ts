import type { Numbered } from './tab-order';

/** A message at the server, in the order of arrival. */
export interface Arrival {
  readonly channel: string;
  readonly id: string;
  readonly data: Numbered;
}

interface Stored {
  readonly channel: string;
  readonly id: string;
  readonly page: number;
  readonly number: number;
}

/** What pages said they had stored, against what has arrived. Kept outside of everything that is killed. */
export class Ledger {
  readonly #stored: Stored[] = [];

  /** How many messages were stored. */
  get stored(): number {
    return this.#stored.length;
  }

  /** A page said so. */
  add(stored: Stored): void {
    this.#stored.push(stored);
  }

  /** Stored, and not arrived under their id, on their channel. */
  lost(arrivals: readonly Arrival[]): string[] {
    const arrived = new Set(arrivals.map(({ channel, id, data }) => name({ channel, id, ...data })));
    return this.#stored.map(name).filter((message) => !arrived.has(message));
  }

  /** Arrived more than once, under whatever id. */
  doubled(arrivals: readonly Arrival[]): string[] {
    const [ids, numbers] = [new Set<string>(), new Set<string>()];
    return arrivals
      .filter(({ channel, id, data: { page, number } }) => {
        const place = `${channel} ${page} ${number}`;
        const known = ids.has(id) || numbers.has(place);
        ids.add(id);
        numbers.add(place);
        return known;
      })
      .map(({ channel, id, data }) => name({ channel, id, ...data }));
  }

  /**
   * Arrived before what its page had published before it on that channel; or, where pages follow each other (`successive`),
   * before what an earlier page had.
   */
  disordered(arrivals: readonly Arrival[], successive: boolean): string[] {
    const next = new Map<string, number>();
    const lastPage = new Map<string, number>();
    return arrivals
      .filter(({ channel, data: { page, number } }) => {
        const stream = `${channel} ${page}`;
        // A gap is a loss or an order upside down, also among those of which nobody was told that they were stored.
        const inOrder = number === (next.get(stream) ?? 0);
        const pageInOrder = !successive || page >= (lastPage.get(channel) ?? 0);
        next.set(stream, number + 1);
        lastPage.set(channel, page);
        return !(inOrder && pageInOrder);
      })
      .map(({ channel, id, data }) => name({ channel, id, ...data }));
  }
}

function name({ channel, id, page, number }: Stored): string {
  return `message ${number} of page ${page} on ${channel} (${id})`;
}
