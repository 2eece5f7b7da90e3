import type { StoredMessage } from '../ports';
import { errorOf } from '../support/error-record';
import type { OutboxLedger } from './outbox-ledger';
import type { OutboxMessage } from './outbox-message';
import type { OutboxTabs, OutboxTabsSettings } from './outbox-tabs';

/** Our messages, as far as other tabs and earlier pages are concerned: what they left, what they tell, what they are told. */
export class OutboxSharing {
  readonly #ledger: OutboxLedger;
  readonly #tabs: OutboxTabs;
  /** Our name among the tabs; undefined when there are no others. */
  readonly #own: string | undefined;

  constructor(ledger: OutboxLedger, tabs: OutboxTabs, settings: OutboxTabsSettings | undefined) {
    this.#ledger = ledger;
    this.#tabs = tabs;
    this.#own = settings?.tabs.kind === 'none' ? undefined : settings?.tab;
  }

  /** It is our turn to send: takes in what is stored. `isOver` tells when nobody wants it any more. */
  async restore(isOver: () => boolean): Promise<void> {
    const stored = await this.#ledger.writer.load();
    if (isOver()) return;
    this.#ledger.restore(stored.filter((message) => this.#isOurs(message)));
    const bound = stored.flatMap(({ tab }) => (tab === undefined || this.#isOurs({ tab }) ? [] : [tab]));
    // Not waited for: it may take as long as other tabs live.
    void this.#tabs.inherit(bound);
  }

  /** A tab is gone: what only that one would send is ours. */
  async adopt(tab: string, isOver: () => boolean): Promise<void> {
    const claimed = await this.#ledger.writer.claim(tab, this.#own ?? '');
    if (isOver()) return;
    this.#ledger.restore(claimed);
    this.#ledger.advance();
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
  receive(message: OutboxMessage): void {
    switch (message.type) {
      case 'handed':
        this.#ledger.takeOver(message.messages.filter(({ id }) => this.#isNews(id)));
        return;
      case 'tried': {
        const { id, state, attempts, error } = message;
        const entry = this.#ledger.queue.get(id);
        if (!entry || entry.lane.offers(entry) || !['waiting', 'in-flight'].includes(entry.state)) return;
        this.#ledger.follow(entry, { state, attempts, ...(error && { error: errorOf(error) }) });
        return;
      }
      case 'ended':
        for (const id of message.ids) this.#endElsewhere(id, message);
        return;
      case 'insisted':
        this.#ledger.insistFor();
        return;
      case 'emptied':
        this.#ledger.discardAll();
        return;
      default:
        return;
    }
  }

  #isOurs({ tab }: Pick<StoredMessage, 'tab'>): boolean {
    return this.#own === undefined || tab === undefined || tab === this.#own;
  }

  /** Whoever hands it over may not have been listening when we told its end; one that we keep as rejected is tried again. */
  #isNews(id: string): boolean {
    return this.#ledger.rejected.forget(id) || !this.#tabs.tellAgain(id);
  }

  /** A message ended in another tab: by being sent there, or because whoever published it there gave it up. */
  #endElsewhere(id: string, { ids: [by = id], end }: Extract<OutboxMessage, { type: 'ended' }>): void {
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
    if ('error' in end) this.#ledger.reject(entry, errorOf(end.error), by);
    else this.#ledger.settle(entry, end.acknowledgement, by);
    entry.lane.advance();
  }
}
