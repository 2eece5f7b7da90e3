import type { StoredMessage } from '../ports';
import { errorOf } from '../support/error-record';
import type { OutboxEnds } from './ends';
import type { OutboxIntake } from './intake';
import type { OutboxLedger } from './ledger';
import type { OutboxNews } from './message';
import type { OutboxTabsSettings } from './settings';

/** Our messages, as far as other tabs and earlier pages are concerned: what they left, what they tell, what they are told. */
export class OutboxSharing {
  readonly #ledger: OutboxLedger;
  readonly #ends: OutboxEnds;
  readonly #intake: OutboxIntake;
  readonly #settings: OutboxTabsSettings;

  constructor(ledger: OutboxLedger, ends: OutboxEnds, intake: OutboxIntake, settings: OutboxTabsSettings) {
    this.#ledger = ledger;
    this.#ends = ends;
    this.#intake = intake;
    this.#settings = settings;
  }

  /** It is our turn to send: takes in what is stored. `isOver` tells when nobody wants it any more. */
  async restore(isOver: () => boolean): Promise<void> {
    const stored = await this.#ledger.writer.load();
    if (isOver()) return;
    this.#intake.restore(stored.filter((message) => this.#isOurs(message)));
    const bound = stored.flatMap(({ tab }) => (tab === undefined || this.#isOurs({ tab }) ? [] : [tab]));
    // Not waited for: it may take as long as other tabs live.
    void this.#ledger.tabs.orphans.inherit(bound);
  }

  /** A tab is gone: what only that one would send is ours. */
  async adopt(tab: string, isOver: () => boolean): Promise<void> {
    const claimed = await this.#ledger.writer.claim(tab, this.#settings.tab);
    if (isOver()) return;
    this.#intake.restore(claimed);
    this.#ledger.queue.advance();
  }

  /** Another tab sends from now on: everything here that it may not know of. */
  handOver(): readonly StoredMessage[] {
    const messages: StoredMessage[] = [];
    for (const entry of this.#ledger.queue.entries()) {
      if (entry.message.tab !== undefined || entry.foreign || entry.lane.offers(entry)) continue;
      if (entry.state === 'in-flight') entry.state = 'waiting';
      if (entry.state === 'waiting') messages.push(entry.message);
    }
    return messages;
  }

  /** What another tab tells about messages. */
  receive(news: OutboxNews): void {
    switch (news.type) {
      case 'handed':
        this.#intake.takeOver(news.messages.filter(({ id }) => this.#isNews(id)));
        return;
      case 'tried':
        this.#follow(news);
        return;
      case 'ended':
        for (const id of news.ids) this.#endElsewhere(id, news);
        return;
      case 'insisted':
        this.#insist();
        return;
      case 'emptied':
        this.#ends.discardAll();
        return;
      default:
        news satisfies never;
    }
  }

  #isOurs({ tab }: Pick<StoredMessage, 'tab'>): boolean {
    return tab === undefined || tab === this.#settings.tab || this.#settings.tabs.kind === 'none';
  }

  /** Whoever hands it over may not have been listening when we told its end; one that we keep as rejected is tried again. */
  #isNews(id: string): boolean {
    return this.#ledger.rejected.forget(id) || !this.#ledger.tabs.talk.tellAgain(id);
  }

  /** Another tab is so far with one of our messages. */
  #follow({ id, state, attempts, error }: Extract<OutboxNews, { type: 'tried' }>): void {
    const { queue, flushes } = this.#ledger;
    const entry = queue.get(id);
    if (!entry || entry.lane.offers(entry) || !['waiting', 'in-flight'].includes(entry.state)) return;
    entry.state = state;
    entry.message = { ...entry.message, attempts };
    entry.error = error && errorOf(error);
    this.#ledger.changed(entry);
    // It has just failed again.
    if (state === 'waiting') flushes.release([entry]);
  }

  /**
   * Another tab wants all tried now: it is told of those of its messages that cannot go on. It is waiting for them, perhaps, and
   * does not see what they wait for.
   */
  #insist(): void {
    const { queue, flushes, tabs } = this.#ledger;
    const ids = [...queue.entries()].filter(({ foreign }) => foreign).map(({ message }) => message.id);
    flushes.wait(
      ids,
      () => queue.insist(),
      () => {
        for (const id of ids) {
          const entry = queue.get(id);
          if (entry?.state === 'waiting') tabs.talk.tellProgress(entry);
        }
      },
    );
  }

  /** A message ended in another tab: by being sent there, or because whoever published it there gave it up. */
  #endElsewhere(id: string, { ids: [by = id], end }: Extract<OutboxNews, { type: 'ended' }>): void {
    const { queue, rejected } = this.#ledger;
    const entry = queue.get(id);
    const givenUp = 'error' in end && end.error.code === 'aborted';
    if (!entry) {
      if (givenUp || !('error' in end)) rejected.forget(id);
      return;
    }
    if (entry.state === 'accepted') return;
    if (givenUp && entry.lane.offers(entry)) {
      // It may have arrived; it gets no other attempt.
      entry.withdrawn = true;
      return;
    }
    if ('error' in end) this.#ends.reject(entry, errorOf(end.error), by);
    else this.#ends.settle(entry, end.acknowledgement, by);
    entry.lane.advance();
  }
}
