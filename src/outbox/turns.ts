import type { TabCoordinator } from '../ports';
import type { Stop } from '../types';

/** What there is to do with a turn. */
export interface TurnsSettings {
  readonly tabs: TabCoordinator;
  /** Tabs with this name wait in the same line. */
  readonly name: string;
  /** Aborts when no turn is wanted any more. */
  readonly life: AbortSignal;
  /** Our turn, from its beginning to its end. */
  take(lost: AbortSignal): Promise<void>;
  /** Whether we want another one after it. */
  wantsMore(): boolean;
  /** There are no turns to be had: the platform does not keep its promise. */
  none(): void;
}

/** The line of those who want to lead: one has the turn, and keeps it until it is over, or stolen. */
export class Turns {
  readonly #settings: TurnsSettings;
  #leave: Stop = () => {};

  constructor(settings: TurnsSettings) {
    this.#settings = settings;
  }

  /** Waits for a turn, or takes it from whoever has it, and waits again after it. */
  async queue(steal: boolean): Promise<void> {
    const { tabs, name, life, take, wantsMore, none } = this.#settings;
    this.#leave();
    const queue = new AbortController();
    this.#leave = () => queue.abort();
    let over = false;
    try {
      await tabs.exclusive(name, { signal: queue.signal, steal }, async (lost) => {
        // From now on only the end of our life makes us leave.
        this.#leave = () => {};
        if (!life.aborted && !lost.aborted) await take(lost);
        over = true;
      });
    } catch {
      // When we left the queue, whoever made us leave has asked again.
      if (!queue.signal.aborted && !life.aborted) none();
      return;
    }
    if (over && wantsMore() && !life.aborted) void this.queue(false);
  }

  /** Waits no longer. */
  leave(): void {
    this.#leave();
  }
}
