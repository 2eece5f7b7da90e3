import type { RealtimeError } from '../errors';
import type { StoredMessage, TabGroup } from '../ports';
import { recordOf } from '../support/error-record';
import type { Acknowledgement } from '../types';
import type { Entry } from './entry';
import { type OutboxMessage, readOutboxMessage } from './message';
import type { OutboxTabsSettings } from './settings';

/** So many ends are kept for tabs that were not listening. */
const remembered = 1_000;

/** What the tabs that share messages say to each other. */
export class OutboxTalk {
  readonly #settings: OutboxTabsSettings;
  readonly #receive: (message: OutboxMessage) => void;
  readonly #afterHanding: () => void;
  #group: TabGroup | undefined;
  /** Whether anybody else was heard: if not, nobody need be told. */
  #company = false;
  #handed: StoredMessage[] | undefined;
  readonly #ends = new Map<string, OutboxMessage>();

  /** `afterHanding` is called when somebody else got messages to send. */
  constructor(
    settings: OutboxTabsSettings,
    receive: (message: OutboxMessage) => void,
    afterHanding: () => void,
  ) {
    this.#settings = settings;
    this.#receive = receive;
    this.#afterHanding = afterHanding;
  }

  /** Whether we hear the others. */
  get joined(): boolean {
    return this.#group !== undefined;
  }

  /** Begins to hear the others. */
  join(): void {
    const { tabs, name } = this.#settings;
    this.#group = tabs.join(name, (received) => {
      const message = readOutboxMessage(received);
      if (message === undefined) return;
      this.#company = true;
      this.#receive(message);
    });
  }

  /** Neither hears nor says anything any more. */
  leave(): void {
    this.#group?.leave();
    this.#group = undefined;
  }

  /** There is somebody, although nothing was heard of them. */
  expectCompany(): void {
    this.#company = true;
  }

  /** Says it to whoever may be there. */
  post(message: OutboxMessage): void {
    this.#group?.post(message);
  }

  /** Tells the others, if there are any. */
  tell(message: OutboxMessage): void {
    if (!this.#company) return;
    // What it is about may have been stored in this very turn.
    this.#postHanded();
    this.post(message);
  }

  /** Hands a message to whoever sends, together with the others of this turn. */
  hand(message: StoredMessage): void {
    if (this.#handed === undefined) {
      this.#handed = [];
      queueMicrotask(() => this.#postHanded());
    }
    this.#handed.push(message);
  }

  /**
   * Tells everybody that the user signed out: also those who were never heard, for they may be frozen, and also when we have
   * not taken part so far.
   */
  tellEmptied(): void {
    const { tabs, name } = this.#settings;
    const group = this.#group ?? tabs.join(name, () => {});
    group.post({ type: 'emptied' } satisfies OutboxMessage);
    if (group !== this.#group) group.leave();
  }

  /** Tells the tab that published it how far a message is. */
  tellProgress({ message: { id, attempts }, state, error }: Entry): void {
    this.tell({
      type: 'tried',
      id,
      attempts,
      state: state === 'in-flight' ? state : 'waiting',
      error: error && recordOf(error),
    });
  }

  /** Tells how a message ended, and with it those whose place it took. */
  tellEnd(ids: readonly string[], how: Acknowledgement | RealtimeError): void {
    if (!this.#company) return;
    const end = how instanceof Error ? { error: recordOf(how) } : { acknowledgement: how };
    const message: OutboxMessage = { type: 'ended', ids, end };
    this.post(message);
    for (const id of ids) this.#ends.set(id, message);
    for (const id of this.#ends.keys()) {
      if (this.#ends.size <= remembered) return;
      this.#ends.delete(id);
    }
  }

  /** Tells once more how the message ended; false when that is not known. */
  tellAgain(id: string): boolean {
    const end = this.#ends.get(id);
    if (end !== undefined) this.post(end);
    return end !== undefined;
  }

  #postHanded(): void {
    const messages = this.#handed;
    if (messages === undefined) return;
    this.#handed = undefined;
    this.post({ type: 'handed', messages });
    this.#afterHanding();
  }
}
