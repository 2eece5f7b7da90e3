import type { Clock, StoredMessage, TabCoordinator, TabGroup } from '../ports';
import { deferred } from '../support/deferred';
import { pause } from '../support/pause';
import type { Stop } from '../types';
import { type OutboxEnd, type OutboxMessage, readOutboxMessage } from './outbox-message';
import { wakefulTimer } from './wakeful-timer';

/** How tabs share the sending. */
export interface OutboxTabsSettings {
  /** The other tabs. */
  readonly tabs: TabCoordinator;
  /** Outboxes with this name have the same messages: it must tell owners apart, and applications. */
  readonly name: string;
  /** This tab's own name, which no other has or had. */
  readonly tab: string;
  /** Whether messages of the route must leave by the connection of the tab that published them. */
  isBound(route: StoredMessage['route']): boolean;
}

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
  receive(message: OutboxMessage): void;
}

// A tab that sends and gives no sign of life for so long is taken to hang. Waiting for the first sign, and for the next one
// after it, takes no more than two seconds together.
const patience = 700;
const spread = 250;
// How long tabs have to say that they are alive, where no lock tells.
const calling = 1_000;
const remembered = 1_000;

/**
 * Which tab sends. Where the platform has locks, one of them does for all, and whoever is next in line takes its place when it
 * dies; one that hangs is robbed of its turn. What must leave by a tab's own connection that tab sends itself, and
 * its lock tells when it is gone. Without locks each tab sends what is its own, and calls for the owners of the rest.
 */
export class OutboxTabs {
  readonly #settings: OutboxTabsSettings | undefined;
  readonly #events: OutboxTabsEvents;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #life = new AbortController();
  /** Resolves when others may have our turns: what we wrote is written. */
  readonly #over = deferred<void>();
  #known = deferred<void>();
  #stopWondering: Stop = () => {};
  #group: TabGroup | undefined;
  #joined = false;
  /** Whether we send what any tab may send. Until somebody joins there is nobody else. */
  #sends = true;
  /** Whether it is our turn, although we may not have read yet what there is to send. */
  #holds = false;
  /** Whether another tab said that it sends. */
  #othersSend = false;
  /** Whether it said that something is pending there. */
  #othersOwe = false;
  #toldOwing = false;
  /** Whether anybody else was heard: if not, nobody need be told. */
  #company = false;
  #kept = false;
  /** Tabs whose end we wait for. */
  readonly #watched = new Set<string>();
  #answered = new Set<string>();
  #handed: StoredMessage[] | undefined;
  /** How the last messages ended, for tabs that were not listening. */
  readonly #ends = new Map<string, OutboxMessage>();
  #sign = false;
  #stopWatch: Stop | undefined;
  #leaveQueue: Stop = () => {};

  constructor(
    settings: OutboxTabsSettings | undefined,
    { clock, random, ...events }: OutboxTabsEvents & { readonly clock: Clock; readonly random: () => number },
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    this.#events = events;
  }

  /** Resolves when it is known who sends: we do, and have read what is stored, or another tab does, or nobody says so. */
  get ready(): Promise<void> | undefined {
    return this.#joined && !this.#sends && !this.#othersSend ? this.#known.promise : undefined;
  }

  /** Whether a message with this `tab` may leave from here now. */
  sends(tab: string | undefined): boolean {
    if (!this.#joined || tab === undefined) return this.#sends;
    // Before we know whether an earlier page has left something, ours might overtake it.
    return this.#sends || this.#othersSend;
  }

  /** What a new message on this route says about its tab; `bound` when it is to leave by this one in any case. */
  bind(route: StoredMessage['route'], bound: boolean): Pick<StoredMessage, 'tab'> {
    if (this.#settings === undefined) return {};
    const { tabs, tab, isBound } = this.#settings;
    return tabs.kind === 'messages' || (tabs.kind === 'locks' && (bound || isBound(route))) ? { tab } : {};
  }

  /** Begins to take part. Called once, before the first message is stored. */
  join(): void {
    this.#joined = true;
    this.#sends = false;
    const { tabs, name } = this.#settings ?? {};
    if (tabs === undefined || name === undefined || tabs.kind === 'none') {
      void this.#begin();
      return;
    }
    this.#group = tabs.join(name, (message) => this.#receive(message));
    if (tabs.kind === 'messages') {
      void this.#begin();
      return;
    }
    this.#post({ type: 'asked' });
    this.#stopWondering = this.#clock.after(patience, () => this.#know());
    this.#hold(tabs, name);
    void this.#queue(false);
  }

  /** A message was stored. Whoever sends it gets to know, unless it is us. */
  stored(message: StoredMessage): void {
    if (this.#group === undefined) return;
    this.owe();
    if (message.tab !== undefined) {
      if (!this.#kept) this.#keep();
      this.watch();
      return;
    }
    if (this.#holds) return;
    if (this.#handed === undefined) {
      this.#handed = [];
      queueMicrotask(() => this.#postHanded());
    }
    this.#handed.push(message);
  }

  /** Something is pending here, or nothing any more: other tabs look after us only while we owe something. */
  owe(): void {
    const owes = this.#events.pending();
    if (!this.#holds || owes === this.#toldOwing) return;
    this.#toldOwing = owes;
    this.tell({ type: 'alive', owes });
  }

  /** Tells the others, if there are any. */
  tell(message: OutboxMessage): void {
    if (!this.#company) return;
    // What it is about may have been stored in this very turn.
    this.#postHanded();
    this.#post(message);
  }

  /**
   * Tells everybody that the user signed out: also those who were never heard, for they may be frozen, and also when we have
   * not taken part so far.
   */
  tellEmptied(): void {
    const { tabs, name } = this.#settings ?? {};
    if (tabs === undefined || name === undefined || tabs.kind === 'none') return;
    const group = this.#group ?? tabs.join(name, () => {});
    group.post({ type: 'emptied' } satisfies OutboxMessage);
    if (group !== this.#group) group.leave();
  }

  /** Tells how a message ended, and with it those whose place it took. */
  tellEnd(ids: readonly string[], end: OutboxEnd): void {
    if (!this.#company) return;
    this.#post({ type: 'ended', ids, end });
    for (const id of ids) this.#ends.set(id, { type: 'ended', ids, end });
    for (const id of this.#ends.keys()) {
      if (this.#ends.size <= remembered) return;
      this.#ends.delete(id);
    }
  }

  /** Tells once more how the message ended; false when that is not known. */
  tellAgain(id: string): boolean {
    const end = this.#ends.get(id);
    if (end !== undefined) this.#post(end);
    return end !== undefined;
  }

  /**
   * Things may go on after a pause: looks whether the others are still there. Where tabs have no locks, that is the time to
   * look for what others have left.
   */
  resume(): void {
    if (this.#group === undefined) return;
    if (this.#settings?.tabs.kind === 'messages') void this.#begin();
    // Whatever it said last: asked once, it says how it is.
    if (!this.#holds) this.#othersOwe = true;
    this.watch();
  }

  /** Whoever sends may hang: looks after it as long as anything waits for it. */
  watch(): void {
    if (this.#stopWatch !== undefined || !this.#mayHang()) return;
    this.#sign = false;
    this.#post({ type: 'asked' });
    this.#stopWatch = wakefulTimer(this.#clock, patience + spread * this.#random(), () => {
      this.#stopWatch = undefined;
      if (!this.#mayHang()) return;
      if (this.#sign) this.watch();
      else {
        // Whoever hangs is somebody to tell when it is back.
        this.#company = true;
        void this.#queue(true);
        this.#stopWatch = this.#clock.after(patience, () => {
          this.#stopWatch = undefined;
          // Nobody can have it, then: the platform does not keep its promise.
          if (this.#mayHang()) this.#goAlone();
        });
      }
    });
  }

  /** Which of these tabs are gone: takes over from them. Called with the tabs that stored messages are bound to. */
  async inherit(bound: Iterable<string>): Promise<void> {
    const others = [...new Set(bound)].filter((tab) => tab !== this.#settings?.tab);
    if (this.#settings === undefined || others.length === 0) return;
    const { tabs } = this.#settings;
    if (tabs.kind === 'locks') {
      for (const tab of others) this.#await(tab);
      return;
    }
    if (tabs.kind === 'messages') {
      this.#answered = new Set();
      this.#post({ type: 'seeking', tabs: others });
      await pause(this.#clock, calling, [this.#life.signal]);
    }
    for (const tab of others) {
      if (!this.#life.signal.aborted && !this.#answered.has(tab)) await this.#events.adopt(tab);
    }
  }

  /** Takes part no longer; another tab may send once `written` has resolved. No timer is left. */
  leave(written: Promise<void>): void {
    this.#life.abort();
    this.#know();
    this.#stopWatch?.();
    this.#stopWatch = undefined;
    this.#group?.leave();
    this.#group = undefined;
    this.#leaveQueue();
    void written.then(() => this.#over.resolve());
  }

  #know(): void {
    this.#stopWondering();
    this.#known.resolve();
  }

  #mayHang(): boolean {
    return (
      this.#settings?.tabs.kind === 'locks' &&
      this.#joined &&
      !this.#holds &&
      !this.#life.signal.aborted &&
      this.#events.online() &&
      (this.#othersOwe || this.#events.pending())
    );
  }

  async #begin(): Promise<void> {
    await this.#events.begin();
    if (this.#life.signal.aborted) return;
    this.#sends = true;
    this.#know();
    this.#events.changed();
  }

  /** Holds the lock that shows that we live. */
  #hold(tabs: TabCoordinator, name: string): void {
    const { tab = '' } = this.#settings ?? {};
    const { signal } = this.#life;
    tabs.exclusive(lockOf(name, tab), { signal }, () => this.#over.promise).catch(() => {});
  }

  /** Waits for our turn to send, or takes it; sends until it is taken from us; and waits again. */
  async #queue(steal: boolean): Promise<void> {
    const { tabs, name } = this.#settings ?? {};
    if (tabs === undefined || name === undefined) return;
    this.#leaveQueue();
    const queue = new AbortController();
    this.#leaveQueue = () => queue.abort();
    let robbed = false;
    try {
      await tabs.exclusive(name, { signal: queue.signal, steal }, async (lost) => {
        // From now on only the end of our life makes us leave.
        this.#leaveQueue = () => {};
        await this.#send(lost);
        robbed = lost.aborted;
      });
    } catch {
      // When we left the queue, whoever made us leave has asked again. Otherwise there are no turns to be had.
      if (!queue.signal.aborted && !this.#life.signal.aborted) this.#goAlone();
      return;
    }
    if (robbed && !this.#life.signal.aborted) void this.#queue(false);
  }

  /** Sends although it may not be our turn: twice, under one id, is better than never. */
  #goAlone(): void {
    this.#holds = true;
    void this.#begin();
  }

  /** Our turn, from its beginning to its end. */
  async #send(lost: AbortSignal): Promise<void> {
    if (this.#life.signal.aborted) return;
    this.#holds = true;
    if (this.#othersSend) this.#known = deferred<void>();
    this.#othersSend = false;
    this.#othersOwe = false;
    this.#toldOwing = false;
    this.#stopWatch?.();
    this.#stopWatch = undefined;
    this.#post({ type: 'sending' });
    const robbed = new Promise<void>((resolve) => {
      if (lost.aborted) resolve();
      lost.addEventListener('abort', () => resolve(), { once: true });
    });
    await this.#events.begin();
    if (!lost.aborted && !this.#life.signal.aborted) {
      this.#sends = true;
      this.#know();
      this.#events.changed();
      this.owe();
    }
    await Promise.race([robbed, this.#over.promise]);
    this.#sends = false;
    this.#holds = false;
    this.#watched.clear();
    // Whoever has taken the turn does not know what came after.
    if (!this.#life.signal.aborted) this.#handAll();
  }

  /** Waits until the lock of a tab is free: then it is gone. */
  #await(tab: string): void {
    const { tabs, name, tab: own } = this.#settings ?? {};
    if (tabs === undefined || name === undefined || tab === own || this.#watched.has(tab)) return;
    this.#watched.add(tab);
    tabs
      .exclusive(lockOf(name, tab), { signal: this.#life.signal }, async () => {
        if (this.#watched.delete(tab)) await this.#events.adopt(tab);
      })
      .catch(() => {});
  }

  #keep(): void {
    const { tab } = this.#settings ?? {};
    this.#kept = true;
    if (tab !== undefined) this.#post({ type: 'keeps', tab });
  }

  #handAll(): void {
    this.#events.changed();
    const messages = this.#events.handOver();
    if (messages.length > 0) this.#post({ type: 'handed', messages });
    if (this.#kept) this.#keep();
    this.watch();
  }

  #postHanded(): void {
    const messages = this.#handed;
    if (messages === undefined) return;
    this.#handed = undefined;
    this.#post({ type: 'handed', messages });
    this.watch();
  }

  #post(message: OutboxMessage): void {
    this.#group?.post(message);
  }

  #receive(received: unknown): void {
    const message = readOutboxMessage(received);
    if (message === undefined) return;
    this.#company = true;
    switch (message.type) {
      case 'asked':
        if (this.#holds) this.#post({ type: 'alive', owes: this.#events.pending() });
        return;
      case 'alive':
        this.#sign = true;
        this.#othersOwe = message.owes;
        this.#begins();
        this.watch();
        return;
      case 'sending':
        this.#sign = true;
        this.#begins();
        this.#handAll();
        return;
      case 'handed':
        if (!this.#holds) return;
        this.#post({ type: 'alive', owes: true });
        this.#events.receive(message);
        return;
      case 'keeps':
        if (this.#holds) this.#await(message.tab);
        return;
      case 'seeking': {
        const { tab } = this.#settings ?? {};
        if (tab !== undefined && message.tabs.includes(tab)) this.#post({ type: 'here', tab });
        return;
      }
      case 'here':
        this.#answered.add(message.tab);
        return;
      case 'tried':
        // Whoever was robbed while it tried: from now on it is as far as we are.
        if (!this.#holds) this.#events.receive(message);
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

  /** Another tab sends: what is bound to ours need not wait any longer. */
  #begins(): void {
    if (this.#othersSend || this.#holds) return;
    this.#othersSend = true;
    this.#know();
    this.#events.changed();
  }
}

function lockOf(name: string, tab: string): string {
  return `${name}:${tab}`;
}
