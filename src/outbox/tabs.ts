import type { StoredMessage } from '../ports';
import { deferred } from '../support/deferred';
import type { OutboxMessage, OutboxNews } from './message';
import { OutboxOrphans } from './orphans';
import type { OutboxTabsSettings, TabSurroundings } from './settings';
import { OutboxTalk } from './talk';
import { OutboxTurn } from './turn';
import { OutboxWatch } from './watch';

/** What there is to do when tabs come, go and tell each other something. */
export interface OutboxTabsEvents {
  /** We send from now on: takes in what is stored. Sending begins when this has resolved. */
  begin(): Promise<void>;
  /** Sending, or ending to send, changed what may leave. */
  changed(): void;
  /** The tab is gone for good: takes over what only that one would send. */
  adopt(tab: string): Promise<void>;
  /** Somebody else sends from now on: everything that has not ended may be handed over. */
  handOver(): readonly StoredMessage[];
  /** Whether anything is pending here. */
  pending(): boolean;
  /** Whether anything could leave now. */
  online(): boolean;
  /** News about messages. */
  receive(news: OutboxNews): void;
}

/**
 * How the tabs of one owner share the sending. One does it for all when it is its turn; one that hangs is robbed of it. What must
 * leave by a tab's own connection that tab sends itself, and others when it is gone.
 */
export class OutboxTabs {
  /** What we say to each other. */
  readonly talk: OutboxTalk;
  /** Whose turn it is. */
  readonly turn: OutboxTurn;
  /** What other tabs leave when they are gone. */
  readonly orphans: OutboxOrphans;
  readonly #surroundings: TabSurroundings;
  readonly #events: OutboxTabsEvents;
  readonly #life = new AbortController();
  readonly #over = deferred<void>();
  readonly #watch: OutboxWatch;
  /** Whether the tab that sends said that something is pending there. */
  #othersOwe = false;
  #toldOwing = false;
  /** Whether the storage has messages that only this tab sends. */
  #keeps = false;

  constructor(
    settings: OutboxTabsSettings & Pick<TabSurroundings, 'clock' | 'random'>,
    events: OutboxTabsEvents,
  ) {
    this.#events = events;
    const surroundings = { ...settings, life: this.#life.signal, over: this.#over.promise };
    this.#surroundings = surroundings;
    this.talk = new OutboxTalk(
      settings,
      (message) => this.#receive(message),
      () => this.#watch.begin(),
    );
    this.turn = new OutboxTurn(surroundings, {
      taken: () => this.#taken(),
      begin: () => events.begin(),
      changed: () => events.changed(),
      sending: () => this.owe(),
      ended: () => this.#ended(),
    });
    this.#watch = new OutboxWatch(
      surroundings,
      this.talk,
      this.turn,
      () => events.online() && (this.#othersOwe || events.pending()),
    );
    this.orphans = new OutboxOrphans(surroundings, this.talk, (tab) => events.adopt(tab));
  }

  /** What a new message on this route says about its tab; `bound` when it is to leave by this one in any case. */
  bind(route: StoredMessage['route'], bound: boolean): Pick<StoredMessage, 'tab'> {
    const { tabs, tab, isBound } = this.#surroundings;
    return tabs.kind === 'messages' || (tabs.kind === 'locks' && (bound || isBound(route))) ? { tab } : {};
  }

  /** Begins to take part. Called once, before the first message is stored. */
  join(): void {
    this.talk.join();
    if (this.#surroundings.tabs.kind === 'locks') {
      this.talk.post({ type: 'asked' });
      this.orphans.hold();
    }
    this.turn.join();
  }

  /** A message was stored. Whoever sends it gets to know, unless it is us. */
  stored(message: StoredMessage): void {
    if (!this.talk.joined) return;
    this.owe();
    if (message.tab !== undefined) {
      if (!this.#keeps) this.#tellKeeping();
      this.#watch.begin();
    } else if (!this.turn.ours) this.talk.hand(message);
  }

  /** Something is pending here, or nothing any more: other tabs look after us only while we owe something. */
  owe(): void {
    const owes = this.#events.pending();
    if (!this.turn.ours || owes === this.#toldOwing) return;
    this.#toldOwing = owes;
    this.talk.tell({ type: 'alive', owes });
  }

  /**
   * Things may go on after a pause: looks whether the others are still there. Where tabs have no locks, that is the time to
   * look for what others have left.
   */
  resume(): void {
    if (!this.talk.joined) return;
    if (this.#surroundings.tabs.kind === 'messages') this.turn.begin();
    // Whatever it said last: asked once, it says how it is.
    if (!this.turn.ours) this.#othersOwe = true;
    this.#watch.begin();
  }

  /** Takes part no longer; another tab may send once `written` has resolved. No timer is left. */
  leave(written: Promise<void>): void {
    this.#life.abort();
    this.#watch.end();
    this.talk.leave();
    this.turn.leave();
    void written.then(() => this.#over.resolve());
  }

  #taken(): void {
    this.#othersOwe = false;
    this.#toldOwing = false;
    this.#watch.end();
    this.talk.post({ type: 'sending' });
  }

  #ended(): void {
    this.orphans.leave();
    // Whoever has taken the turn does not know what came after.
    if (!this.#life.signal.aborted) this.#handAll();
  }

  #tellKeeping(): void {
    this.#keeps = true;
    this.talk.post({ type: 'keeps', tab: this.#surroundings.tab });
  }

  #handAll(): void {
    this.#events.changed();
    const messages = this.#events.handOver();
    if (messages.length > 0) this.talk.post({ type: 'handed', messages });
    if (this.#keeps) this.#tellKeeping();
    this.#watch.begin();
  }

  #receive(message: OutboxMessage): void {
    const { ours } = this.turn;
    switch (message.type) {
      case 'asked':
        if (ours) this.talk.post({ type: 'alive', owes: this.#events.pending() });
        return;
      case 'alive':
        this.#watch.sign();
        this.#othersOwe = message.owes;
        this.turn.yield();
        this.#watch.begin();
        return;
      case 'sending':
        this.#watch.sign();
        this.turn.yield();
        this.#handAll();
        return;
      case 'handed':
        if (!ours) return;
        this.talk.post({ type: 'alive', owes: true });
        this.#events.receive(message);
        return;
      case 'keeps':
        if (ours) this.orphans.outlive(message.tab);
        return;
      case 'seeking': {
        const { tab } = this.#surroundings;
        if (message.tabs.includes(tab)) this.talk.post({ type: 'here', tab });
        return;
      }
      case 'here':
        this.orphans.answer(message.tab);
        return;
      case 'tried':
        // Whoever was robbed while it tried: from now on it is as far as we are.
        if (!ours) this.#events.receive(message);
        return;
      case 'ended':
      case 'insisted':
      case 'emptied':
        this.#events.receive(message);
        return;
      default:
        message satisfies never;
    }
  }
}
