import type { StoredMessage, TabCoordinator, TabGroup } from '../ports';
import { soon } from '../support/soon';
import { readTabMessage, type TabMessage } from './tab-protocol';

/** What the tabs that share messages say to each other. */
export class TabTalk {
  readonly #tabs: TabCoordinator;
  readonly #name: string;
  readonly #tab: string;
  #group: TabGroup | undefined;
  #toHandOver: StoredMessage[] | undefined;
  /** What was told since we began to leave. */
  #lastWords: TabMessage[] | undefined;
  /** Whether anybody may be there: if not, nobody need be told. */
  hasCompany = false;

  constructor({
    tabs,
    name,
    tab,
  }: {
    readonly tabs: TabCoordinator;
    readonly name: string;
    readonly tab: string;
  }) {
    this.#tabs = tabs;
    this.#name = name;
    this.#tab = tab;
  }

  /** Begins to hear the others. */
  join(receive: (message: TabMessage) => void): void {
    this.#group = this.#tabs.join(this.#name, (received) => {
      const message = readTabMessage(received);
      if (message === undefined) return;
      this.hasCompany = true;
      receive(message);
    });
  }

  /** What is told from now on may not be written yet. */
  beginLeaving(): void {
    this.#lastWords = [];
  }

  /** Neither hears nor says anything any more: all is written. */
  leave(): void {
    // Whoever read a message before it was removed, and did not hear us then, must not keep it.
    for (const message of this.#lastWords ?? []) this.post(message);
    this.#group?.leave();
    this.#group = undefined;
  }

  /** Says it to whoever may be there. */
  post(message: TabMessage): void {
    this.#group?.post(message);
  }

  /** Tells the others, if there are any; `surely` also those who were never heard. */
  tell(message: TabMessage, surely = false): void {
    this.#lastWords?.push(message);
    if (!this.hasCompany && !surely) return;
    // What it is about may have been stored in this very turn.
    this.#handOver();
    this.post(message);
  }

  /** Hands a message to whoever leads, together with the others of this turn. */
  hand(message: StoredMessage): void {
    // Whoever hands something over is not alone, though it may not have heard of anybody yet.
    this.hasCompany = true;
    if (this.#toHandOver === undefined) {
      this.#toHandOver = [];
      soon(() => this.#handOver());
    }
    this.#toHandOver.push(message);
  }

  /** Tells everybody that the user signed out: also those who were never heard, for they may be frozen, and before we take part. */
  tellCleared(at: number): void {
    const group = this.#group ?? this.#tabs.join(this.#name, () => {});
    group.post({ type: 'cleared', at } satisfies TabMessage);
    if (group !== this.#group) group.leave();
  }

  #handOver(): void {
    const messages = this.#toHandOver;
    if (messages === undefined) return;
    this.#toHandOver = undefined;
    this.post({ type: 'handover', tab: this.#tab, messages });
  }
}
