import { pause } from '../support/pause';
import type { TabSurroundings } from './settings';
import type { OutboxTalk } from './talk';

/** How long tabs have to say that they are alive, in milliseconds, where no lock tells. */
const calling = 1_000;

/**
 * What only one tab would send, once that tab is gone. Its lock tells that it is; where there are none, it does not answer when
 * it is called.
 */
export class OutboxOrphans {
  readonly #surroundings: TabSurroundings;
  readonly #talk: OutboxTalk;
  readonly #adopt: (tab: string) => Promise<void>;
  /** Tabs whose end we wait for. */
  readonly #watched = new Set<string>();
  #answered = new Set<string>();

  /** `adopt` takes over what a tab would have sent. */
  constructor(surroundings: TabSurroundings, talk: OutboxTalk, adopt: (tab: string) => Promise<void>) {
    this.#surroundings = surroundings;
    this.#talk = talk;
    this.#adopt = adopt;
  }

  /** Holds the lock that shows that we live. */
  hold(): void {
    const { tabs, tab, life, over } = this.#surroundings;
    tabs.exclusive(this.#lockOf(tab), { signal: life }, () => over).catch(() => {});
  }

  /** Takes over from those of these tabs that are gone, or will be. Called with the tabs that stored messages are bound to. */
  async inherit(bound: Iterable<string>): Promise<void> {
    const { tabs, tab: own, clock, life } = this.#surroundings;
    const others = [...new Set(bound)].filter((tab) => tab !== own);
    if (others.length === 0) return;
    if (tabs.kind === 'locks') {
      for (const tab of others) this.outlive(tab);
      return;
    }
    this.#answered = new Set();
    this.#talk.post({ type: 'seeking', tabs: others });
    await pause(clock, calling, [life]);
    for (const tab of others) if (!life.aborted && !this.#answered.has(tab)) await this.#adopt(tab);
  }

  /** The tab is alive. */
  answer(tab: string): void {
    this.#answered.add(tab);
  }

  /** Takes over from a tab as soon as its lock is free: then it is gone. */
  outlive(tab: string): void {
    const { tabs, tab: own, life } = this.#surroundings;
    if (tab === own || this.#watched.has(tab)) return;
    this.#watched.add(tab);
    tabs
      .exclusive(this.#lockOf(tab), { signal: life }, async () => {
        if (this.#watched.delete(tab)) await this.#adopt(tab);
      })
      .catch(() => {});
  }

  /** Leaves them to another tab. */
  leave(): void {
    this.#watched.clear();
  }

  #lockOf(tab: string): string {
    return `${this.#surroundings.name}:${tab}`;
  }
}
