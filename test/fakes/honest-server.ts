import { PublishError } from '../../src/errors';
import type { Acceptance, OutboundMessage } from '../../src/ports';
import { deferred } from '../../src/support/deferred';
import type { ManualClock } from './manual-clock';
import type { Arrival } from './outbox-tab';

/** A server that honours ids: what comes twice counts once. */
export class HonestServer {
  readonly arrived = new Map<string, number>();
  readonly offered: { readonly data: number; readonly at: number; readonly tab: string }[] = [];
  readonly refused = new Set<number>();
  readonly flying: { readonly tab: string; readonly answer: (how: string) => void }[] = [];
  easy = false;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  publish({ message, tab: from }: Arrival, signal: AbortSignal): Promise<Acceptance> {
    this.offered.push({ data: message.data as number, at: this.#clock.now(), tab: from });
    if (this.easy) {
      this.#arrive(message);
      return Promise.resolve({ level: 'accepted' });
    }
    const { promise, resolve, reject } = deferred<Acceptance>();
    const flight = {
      tab: from,
      answer: (how: string) => {
        this.flying.splice(this.flying.indexOf(flight), 1);
        if (how === 'yes' || how === 'lost') this.#arrive(message);
        if (how === 'yes') resolve({ level: 'accepted' });
        else if (how === 'no') {
          this.refused.add(message.data as number);
          reject(new PublishError('no', { status: 403 }));
        } else reject(new PublishError('later', { retryable: true }));
      },
    };
    this.flying.push(flight);
    signal.addEventListener('abort', () => {
      if (this.flying.includes(flight)) this.flying.splice(this.flying.indexOf(flight), 1);
      reject(signal.reason);
    });
    return promise;
  }

  #arrive({ id, data }: OutboundMessage): void {
    if (!this.arrived.has(id)) this.arrived.set(id, data as number);
  }
}
