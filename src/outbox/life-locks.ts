import type { Clock, TabCoordinator } from '../ports';
import { type Deferred, deferred } from '../support/deferred';
import { pause } from '../support/pause';
import type { TabMessage } from './tab-protocol';

/** How long tabs have to say that they are alive, in milliseconds. */
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
  /** Tabs whose end we wait for. Each resolves when it is known whether the tab lives. */
  readonly #fates = new Map<string, Deferred<void>>();

  constructor(settings: LifeLocksSettings) {
    this.#settings = settings;
  }

  /** Shows that we live. */
  hold(): void {
    const { tabs, tab, life, over } = this.#settings;
    tabs.exclusive(this.#lockOf(tab), { signal: life }, () => over).catch(() => {});
  }

  /**
   * Hears of the end of these tabs. Resolves when each of them was heard, or is gone and `died` has settled: what the dead left is
   * older than whatever we have. One that neither dies nor answers, for it is frozen, is not waited for longer than a second.
   */
  async inherit(left: Iterable<string>, lost: AbortSignal): Promise<void> {
    const { tabs, tab: own, clock, life, post, died } = this.#settings;
    const others = [...new Set(left)].filter((tab) => tab !== own);
    if (others.length === 0 || tabs.kind === 'none') return;
    const known = new AbortController();
    const fates = others.map((tab) => this.#fateOf(tab).promise);
    void Promise.all(fates).then(() => known.abort());
    if (tabs.kind === 'messages') post({ type: 'who-lives', tabs: others });
    await pause(clock, calling, [life, lost, known.signal]);
    if (tabs.kind === 'locks') return;
    for (const tab of others) if (!life.aborted && this.#fates.delete(tab)) await died(tab);
  }

  /** The tab is alive. */
  answer(tab: string): void {
    this.#fates.get(tab)?.resolve();
    if (this.#settings.tabs.kind !== 'locks') this.#fates.delete(tab);
  }

  /** Hears of the tab's end, once. */
  outlive(tab: string): void {
    if (tab !== this.#settings.tab && this.#settings.tabs.kind === 'locks') this.#fateOf(tab);
  }

  #fateOf(tab: string): Deferred<void> {
    const known = this.#fates.get(tab);
    if (known !== undefined) return known;
    const fate = deferred<void>();
    this.#fates.set(tab, fate);
    const { tabs, life, died } = this.#settings;
    if (tabs.kind !== 'locks') return fate;
    tabs
      .exclusive(this.#lockOf(tab), { signal: life }, async () => {
        const awaited = this.#fates.get(tab);
        if (!this.#fates.delete(tab)) return;
        await died(tab);
        awaited?.resolve();
      })
      .catch(() => {});
    return fate;
  }

  /** Leaves that to another tab. */
  leave(): void {
    this.#fates.clear();
  }

  #lockOf(tab: string): string {
    return `${this.#settings.name}:${tab}`;
  }
}
