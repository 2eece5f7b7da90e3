import type { Clock, TabCoordinator } from '../ports';
import { pause } from '../support/pause';
import type { TabMessage } from './tab-protocol';

/** How long tabs have to say that they are alive, in milliseconds, where no lock tells. */
const calling = 1_000;

/** What life locks need. */
export interface LifeLocksSettings {
  readonly tabs: TabCoordinator;
  readonly clock: Clock;
  readonly name: string;
  readonly tab: string;
  /** Aborts when we take part no longer. */
  readonly life: AbortSignal;
  /** Resolves, after that, when what we wrote is written. */
  readonly over: Promise<void>;
  post(message: TabMessage): void;
  /** A tab is gone for good. */
  died(tab: string): Promise<void>;
}

/**
 * Which tabs live. Each holds a lock of its own for as long as it may write: whoever gets that lock knows that the tab is gone, and
 * that everything it stored is there. Where there are no locks, tabs that do not answer when they are called are gone.
 */
export class LifeLocks {
  readonly #settings: LifeLocksSettings;
  /** Tabs whose end we wait for. */
  readonly #watched = new Set<string>();
  /** Those that were called, and have neither answered nor left us what they had. */
  readonly #calls = new Set<{ readonly tabs: Set<string>; readonly over: AbortController }>();

  constructor(settings: LifeLocksSettings) {
    this.#settings = settings;
  }

  /** Shows that we live. */
  hold(): void {
    const { tabs, tab, life, over } = this.#settings;
    tabs.exclusive(this.#lockOf(tab), { signal: life }, () => over).catch(() => {});
  }

  /**
   * Hears of the end of these tabs, which may have come already. Resolves when each of them has said that it lives, or is gone and
   * was adopted: a second later at the latest, for a frozen one does neither, or when `lost` aborts.
   */
  async inherit(bound: Iterable<string>, lost: AbortSignal): Promise<void> {
    const { tabs, tab: own, clock, life, post, died } = this.#settings;
    const others = new Set(bound);
    others.delete(own);
    if (others.size === 0 || tabs.kind === 'none') return;
    const call = { tabs: others, over: new AbortController() };
    this.#calls.add(call);
    post({ type: 'who-lives', tabs: [...others] });
    for (const tab of others) this.outlive(tab);
    await pause(clock, calling, [life, lost, call.over.signal]);
    this.#calls.delete(call);
    if (tabs.kind === 'locks') return;
    for (const tab of others) if (!life.aborted) await died(tab);
  }

  /** The tab is alive, or is not and was adopted. */
  answer(tab: string): void {
    for (const { tabs, over } of this.#calls) if (tabs.delete(tab) && tabs.size === 0) over.abort();
  }

  /** Hears of the tab's end, once. */
  outlive(tab: string): void {
    const { tabs, tab: own, life, died } = this.#settings;
    if (tab === own || tabs.kind !== 'locks' || this.#watched.has(tab)) return;
    this.#watched.add(tab);
    tabs
      .exclusive(this.#lockOf(tab), { signal: life }, async () => {
        if (this.#watched.delete(tab)) await died(tab);
        this.answer(tab);
      })
      .catch(() => {});
  }

  /** Leaves that to another tab. */
  leave(): void {
    this.#watched.clear();
  }

  #lockOf(tab: string): string {
    return `${this.#settings.name}:${tab}`;
  }
}
