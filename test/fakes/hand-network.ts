import type { Network } from '../../src/ports';

type Change = 'online' | 'offline' | 'resumed';

/** A network that says what the test says. */
export class HandNetwork implements Network {
  isOnline: boolean;
  readonly listeners = new Set<(change: Change) => void>();

  constructor(isOnline = true) {
    this.isOnline = isOnline;
  }

  online(): boolean {
    return this.isOnline;
  }

  watch(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  say(change: Change): void {
    if (change !== 'resumed') this.isOnline = change === 'online';
    for (const listener of [...this.listeners]) listener(change);
  }
}
