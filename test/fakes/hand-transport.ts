import type { Transport, TransportSignal } from '../../src/transport-port';

type Receive = (signal: TransportSignal) => void;

/** A transport that dials by hand: the test decides what each dial meets. */
export class HandTransport implements Transport {
  dials: { readonly at: number; readonly receive: Receive }[] = [];
  /** The dial or connection that is not over: never more than one. */
  current: Receive | undefined;
  doubled = 0;
  pings = 0;
  destroyed = 0;
  onOpen: (receive: Receive) => void = () => {};
  onPing: () => void = () => {};
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  open(receive: Receive): void {
    if (this.current !== undefined) this.doubled += 1;
    this.current = receive;
    this.dials.push({ at: this.#now(), receive });
    this.onOpen(receive);
  }
  close(): void {
    this.current = undefined;
  }
  ping(): void {
    this.pings += 1;
    this.onPing();
  }
  subscribe(): boolean {
    return true;
  }
  unsubscribe(): void {}
  send(): boolean {
    return true;
  }
  destroy(): void {
    this.destroyed += 1;
  }
}
