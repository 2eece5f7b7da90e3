import type { RealtimeError } from '../errors';
import type { Clock, StoredMessage, TabCoordinator, TabGroup } from '../ports';
import { deferred } from '../support/deferred';
import { recordOf } from '../support/error-record';
import type { Acknowledgement, Stop } from '../types';
import type { Entry } from './lane';
import { LifeLocks } from './life-locks';
import type { Dispatcher } from './dispatcher';
import { SharedMessages } from './shared-messages';
import type { OutboxTabs, OutgoingMessage } from './surroundings';
import { readTabMessage, type TabMessage, tabEnd } from './tab-protocol';
import { wakefulTimer } from './wakeful-timer';
import type { OutboxWriter } from './writer';

/**
 * A tab that leads and gives no sign of life for so long, in milliseconds, is taken to hang. Waiting for the first sign, and
 * for the next one after it, takes no more than two seconds together.
 */
const patience = 700;
/** Tabs wait up to so many milliseconds longer, so that not all of them take the lead at once. */
const spread = 250;

/** How tabs share the sending. */
export interface LeaderSettings {
  readonly clock: Clock;
  readonly random: () => number;
  /** The other tabs. */
  readonly tabs: TabCoordinator;
  /** Outboxes with this name have the same messages: it must tell owners apart, and applications. */
  readonly name: string;
  /** This tab's own name, which no other has or had. */
  readonly tab: string;
  /** What this tab sends with: tabs of the same means can send for each other. Empty when it cannot send to the server at all. */
  readonly means: string;
  /** Whether a message must leave by the connection of the tab that published it. */
  isBound(message: Pick<OutgoingMessage, 'route' | 'channel'>): boolean;
  readonly writer: OutboxWriter;
}

/**
 * What this tab is. `outside`: it does not take part yet. `following`: another tab leads, or nobody yet. `reading`: it leads, and reads
 * what is stored. `leading`: it sends for all. `alone`: there are no turns to be had, and it sends what is its own. `gone`.
 */
type Role = 'outside' | 'following' | 'reading' | 'leading' | 'alone' | 'gone';

/**
 * Which of the tabs of one owner leads: that one sends for all of the same means, and for those that are gone. Where the platform
 * has locks one leads, and whoever is next in line takes over when it dies, or when it hangs. Without locks each sends its own.
 */
export class Leader implements OutboxTabs {
  readonly #settings: LeaderSettings;
  readonly #dispatcher: Dispatcher;
  readonly #messages: SharedMessages;
  readonly #lives: LifeLocks;
  readonly #life = new AbortController();
  /** Resolves, after our life has ended, when others may have our locks: what we wrote is written. */
  readonly #over = deferred<void>();
  #role: Role = 'outside';
  #group: TabGroup | undefined;
  #loading: Promise<void> | undefined;
  /** Who leads, when it is another tab; with empty means after one that could not go on. */
  #leader: { readonly means: string } | undefined;
  /** Resolves when it is known who leads. */
  #known = deferred<void>();
  #stopWondering: Stop = () => {};
  #leaveQueue: Stop = () => {};
  #resign: Stop = () => {};
  /** Whether our session has ended for good: others, or we later, send what we have. */
  #unfit = false;
  /** The tabs that we heard of, and their means. */
  readonly #others = new Map<string, string>();
  /** Whether anybody was heard: if not, nobody need be told. */
  #company = false;
  #toHandOver: StoredMessage[] | undefined;
  /** What is known about the leader's debts, and what ours is said to be. */
  #leaderOwes = false;
  #toldOwing = false;
  #sign = false;
  #stopWatching: Stop | undefined;

  constructor(dispatcher: Dispatcher, settings: LeaderSettings) {
    this.#settings = settings;
    this.#dispatcher = dispatcher;
    this.#messages = new SharedMessages(dispatcher, settings.writer, settings.tab);
    this.#lives = new LifeLocks({
      ...settings,
      life: this.#life.signal,
      over: this.#over.promise,
      post: (message) => this.#group?.post(message),
      died: (tab) => this.#adopt(tab),
    });
  }

  get loading(): Promise<void> | undefined {
    return this.#loading;
  }

  get ready(): Promise<void> | undefined {
    const waits = (this.#role === 'following' && this.#leader === undefined) || this.#role === 'reading';
    return waits ? this.#known.promise : undefined;
  }

  join(): void {
    if (this.#role !== 'outside') return;
    const { tabs, name, clock, tab, means } = this.#settings;
    if (tabs.kind !== 'none') {
      this.#group = tabs.join(name, (received) => {
        const message = readTabMessage(received);
        if (message === undefined) return;
        this.#company = true;
        this.#receive(message);
      });
    }
    this.#role = 'following';
    if (tabs.kind === 'locks') {
      this.#lives.hold();
      this.#group?.post({ type: 'who-leads', tab, means } satisfies TabMessage);
      this.#stopWondering = clock.after(patience, () => this.#know());
      void this.#queue(false);
    } else this.#goAlone();
  }

  bind(message: OutgoingMessage, bound: boolean): Pick<StoredMessage, 'tab' | 'means'> {
    const { tabs, tab, means, isBound } = this.#settings;
    if (tabs.kind === 'none') return {};
    const shared = tabs.kind === 'locks' && !bound && !isBound(message) && means !== '';
    return shared ? { tab, means } : { tab };
  }

  canSend({ tab, means }: StoredMessage): boolean {
    if (this.#role === 'following') {
      // Before we know whether an earlier page has left something, ours might overtake it.
      return tab === this.#settings.tab && this.#leader !== undefined && !this.#leads(means);
    }
    return this.#role === 'leading' || this.#role === 'alone' || this.#role === 'outside';
  }

  stored(entry: Entry): void {
    if (this.#role === 'outside' || this.#role === 'gone') return;
    const { record } = entry.message;
    this.#messages.forget(record.id);
    this.owe();
    if (this.#role === 'leading' || this.#role === 'alone') return;
    if (this.#leader === undefined ? record.means !== undefined : this.#leads(record.means)) this.#handLater(record);
    else this.#watch();
  }

  progressed(entry: Entry): void {
    const { record, state, error } = entry.message;
    const { id, attempts } = record;
    this.#tell({
      type: 'progress',
      id,
      attempts,
      trying: state === 'in-flight',
      error: error && recordOf(error),
    });
  }

  settled(ids: readonly string[], end: Acknowledgement | RealtimeError): void {
    const settled = { type: 'settled', ids, end: tabEnd(end) } as const;
    this.#messages.remember(settled);
    this.#tell(settled);
    // Whoever is heard again can lead again.
    if (this.#unfit && !(end instanceof Error) && end.level !== 'stored') this.resume();
  }

  givesBack(entry: Entry, error: RealtimeError): boolean {
    if (error.code !== 'authentication') return false;
    const isOurs = entry.waiters !== undefined && !entry.waiters.empty;
    if (!isOurs) this.#dispatcher.letGo(entry);
    this.#unfit = true;
    this.#resign();
    return !isOurs;
  }

  owe(): void {
    const owes = this.#dispatcher.depth.messages > 0;
    if (this.#role !== 'leading' || owes === this.#toldOwing) return;
    this.#toldOwing = owes;
    this.#tell(this.#leading(false));
  }

  hurry(): void {
    this.#tell({ type: 'hurry' });
  }

  cleared(): void {
    const { tabs, name } = this.#settings;
    if (tabs.kind === 'none') return;
    // Also to those who were never heard, for they may be frozen, and also when we have not taken part so far.
    const group = this.#group ?? tabs.join(name, () => {});
    group.post({ type: 'cleared' } satisfies TabMessage);
    if (group !== this.#group) group.leave();
  }

  resume(): void {
    if (this.#role === 'outside' || this.#role === 'gone') return;
    const unfit = this.#unfit;
    this.#unfit = false;
    if (this.#role === 'leading' || this.#role === 'alone') {
      // Some storages write late: after the death of the tab that asked for it.
      if (this.#loading === undefined) void this.#read(this.#life.signal);
      return;
    }
    if (unfit && this.#settings.tabs.kind === 'locks') void this.#queue(false);
    // Whatever it said last: asked once, it says how it is.
    this.#leaderOwes = true;
    this.#watch();
  }

  leave(written: Promise<void>): void {
    this.#role = 'gone';
    this.#life.abort();
    this.#stopWatching?.();
    this.#group?.leave();
    this.#group = undefined;
    this.#know();
    this.#leaveQueue();
    void written.then(() => this.#over.resolve());
  }

  #leading(begins: boolean): TabMessage {
    const { tab, means } = this.#settings;
    return { type: 'leading', tab, means, owes: this.#dispatcher.depth.messages > 0, begins };
  }

  /** Whether the tab that leads sends messages of these means. */
  #leads(means: string | undefined): boolean {
    return means !== undefined && means === this.#leader?.means;
  }

  /** Waits for the lead, or takes it; leads until it is taken from us, or we give it back; and waits again. */
  async #queue(steal: boolean): Promise<void> {
    const { tabs, name } = this.#settings;
    this.#leaveQueue();
    const queue = new AbortController();
    this.#leaveQueue = () => queue.abort();
    let over = false;
    try {
      await tabs.exclusive(name, { signal: queue.signal, steal }, async (lost) => {
        // From now on only the end of our life makes us leave.
        this.#leaveQueue = () => {};
        if (!this.#life.signal.aborted && !lost.aborted) await this.#lead(lost);
        over = true;
      });
    } catch {
      // When we left the queue, whoever made us leave has asked again. Otherwise there are no turns to be had.
      if (!queue.signal.aborted && !this.#life.signal.aborted) this.#goAlone();
      return;
    }
    if (over && !this.#unfit && !this.#life.signal.aborted) void this.#queue(false);
  }

  /** Our lead, from its beginning to its end. */
  async #lead(lost: AbortSignal): Promise<void> {
    const resigned = deferred<void>();
    this.#role = 'reading';
    if (this.#leader !== undefined) this.#known = deferred<void>();
    this.#leader = undefined;
    this.#leaderOwes = false;
    this.#toldOwing = false;
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    this.#resign = () => resigned.resolve();
    this.#group?.post(this.#leading(true));
    const robbed = deferred<void>();
    lost.addEventListener('abort', () => robbed.resolve(), { once: true });
    for (const tab of this.#others.keys()) this.#lives.outlive(tab);
    await this.#read(lost);
    await Promise.race([robbed.promise, resigned.promise, this.#over.promise]);
    this.#resign = () => {};
    if (this.#life.signal.aborted) return;
    this.#role = 'following';
    this.#lives.leave();
    if (!lost.aborted) {
      // Until somebody else leads we send what is our own.
      this.#leader = { means: '' };
      this.#group?.post({ type: 'resigned', tab: this.#settings.tab } satisfies TabMessage);
    }
    this.#follow();
  }

  /** Sends although it may not be our turn: twice, under one id, is better than never. */
  #goAlone(): void {
    this.#role = 'alone';
    void this.#read(this.#life.signal);
  }

  /** Reads what is stored, and sends. */
  async #read(lost: AbortSignal): Promise<void> {
    // A storage that never answers must not outlive us.
    const ended = deferred<void>();
    const end = (): void => ended.resolve();
    this.#life.signal.addEventListener('abort', end, { once: true });
    const read = Promise.race([this.#restore(), ended.promise]).finally(() => {
      if (this.#loading === read) this.#loading = undefined;
      this.#life.signal.removeEventListener('abort', end);
    });
    this.#loading = read;
    await read;
    if (lost.aborted || this.#life.signal.aborted) return;
    if (this.#role === 'reading') this.#role = 'leading';
    this.#messages.returnAll();
    this.#know();
    this.#dispatcher.checkExpiry();
    this.#dispatcher.advance();
    this.owe();
  }

  async #restore(): Promise<void> {
    const stored = await this.#messages.load();
    if (this.#life.signal.aborted) return;
    this.#messages.restore(stored.filter((record) => this.#isOurs(record)));
    // Not waited for: it may take as long as other tabs live.
    void this.#lives.inherit(stored.flatMap(({ tab }) => tab ?? []));
  }

  /** A tab is gone: what it has stored, and we do not have yet, is ours. */
  async #adopt(tab: string): Promise<void> {
    this.#others.delete(tab);
    if (this.#role === 'following' || this.#role === 'gone') return;
    if (this.#settings.means === '') {
      const stored = await this.#messages.load();
      // Left to a tab that can, for nobody would look for it among what is ours.
      if (stored.some((record) => record.tab === tab && !this.#canPublish(record))) return;
    }
    const claimed = await this.#messages.claim(tab);
    if (this.#life.signal.aborted || this.#unfit) return;
    this.#messages.orphaned(tab);
    this.#messages.restore(claimed);
    this.#dispatcher.checkExpiry();
    this.#dispatcher.advance();
  }

  #isOurs({ tab, means, route, rejected }: StoredMessage): boolean {
    const { tabs, tab: own, means: ours } = this.#settings;
    if (rejected !== undefined) return this.#dispatcher.keepsRejected || tab === undefined || tab === own;
    if (tab === undefined || tab === own || tabs.kind === 'none') {
      return this.#canPublish({ route });
    }
    return this.#role !== 'alone' && means !== undefined && means === ours;
  }

  #canPublish({ route }: Pick<StoredMessage, 'route'>): boolean {
    return this.#dispatcher.publisher(route) !== undefined;
  }

  /** A tab that cannot send to the server gives the lead to one that can, and has just said that it lives. */
  #yieldTo(means: string): void {
    if (means !== '' && this.#settings.means === '' && this.#role === 'leading') this.#resign();
  }

  #know(): void {
    this.#stopWondering();
    this.#known.resolve();
  }

  /** Hands over what whoever leads may not know of, and sends the rest. */
  #follow(): void {
    const messages = this.#messages.handOver(({ means }) => this.#leads(means));
    const { tab } = this.#settings;
    if (messages.length > 0) this.#group?.post({ type: 'handover', tab, messages } satisfies TabMessage);
    this.#dispatcher.advance();
    this.#watch();
  }

  /** Hands a message over together with the others of this turn. */
  #handLater(record: StoredMessage): void {
    if (this.#toHandOver === undefined) {
      this.#toHandOver = [];
      queueMicrotask(() => this.#handNow());
    }
    this.#toHandOver.push(record);
  }

  #handNow(): void {
    const messages = this.#toHandOver;
    if (messages === undefined) return;
    this.#toHandOver = undefined;
    this.#group?.post({ type: 'handover', tab: this.#settings.tab, messages } satisfies TabMessage);
    this.#watch();
  }

  /** Tells the others, if there are any: whoever follows is not alone, though it may not have heard of anybody yet. */
  #tell(message: TabMessage): void {
    if (!this.#company && this.#role !== 'following') return;
    // What it is about may have been stored in this very turn.
    this.#handNow();
    this.#group?.post(message);
  }

  #heard(tab: string, means: string): void {
    this.#others.set(tab, means);
    if (this.#role === 'leading' || this.#role === 'reading') this.#lives.outlive(tab);
  }

  #receive(message: TabMessage): void {
    const leads = this.#role === 'leading' || this.#role === 'reading';
    const { tab, means } = this.#settings;
    switch (message.type) {
      case 'who-leads':
        this.#heard(message.tab, message.means);
        if (leads) this.#group?.post(this.#leading(false));
        this.#yieldTo(message.means);
        return;
      case 'following':
        this.#lives.answer(message.tab);
        this.#heard(message.tab, message.means);
        this.#yieldTo(message.means);
        return;
      case 'leading': {
        this.#sign = true;
        this.#others.set(message.tab, message.means);
        // Whoever was robbed hears of it from the lock, too.
        if (this.#role !== 'following') return;
        const news = message.begins || this.#leader?.means !== message.means;
        this.#leader = { means: message.means };
        this.#leaderOwes = message.owes;
        this.#know();
        if (message.begins) this.#group?.post({ type: 'following', tab, means } satisfies TabMessage);
        if (news) this.#follow();
        else this.#watch();
        return;
      }
      case 'resigned':
        if (this.#role === 'following') this.#watch();
        return;
      case 'who-lives':
        if (message.tabs.includes(tab))
          this.#group?.post({ type: 'following', tab, means } satisfies TabMessage);
        return;
      case 'handover': {
        if (!leads) return;
        this.#group?.post(this.#leading(false));
        this.#heard(message.tab, this.#others.get(message.tab) ?? means);
        const taken = message.messages.filter(({ means: theirs }) => theirs === means);
        for (const missed of this.#messages.takeOver(taken, message.tab)) this.#group?.post(missed);
        return;
      }
      case 'progress':
        if (!leads) this.#messages.follow(message);
        return;
      case 'settled':
        this.#messages.settledElsewhere(message);
        return;
      case 'hurry':
        this.#messages.hurry();
        return;
      case 'cleared':
        this.#dispatcher.discardAll();
        return;
      default:
        message satisfies never;
    }
  }

  /** Looks after the tab that leads, for as long as anything waits for it: one that hangs is robbed of the lead. */
  #watch(): void {
    if (this.#stopWatching !== undefined || !this.#waits()) return;
    const { clock, random, tab, means } = this.#settings;
    this.#sign = false;
    this.#group?.post({ type: 'who-leads', tab, means } satisfies TabMessage);
    this.#stopWatching = wakefulTimer(clock, patience + spread * random(), () => {
      this.#stopWatching = undefined;
      if (this.#sign) this.#watch();
      else if (this.#waits()) this.#rob();
    });
  }

  #waits(): boolean {
    if (this.#role !== 'following' || this.#unfit || this.#settings.tabs.kind !== 'locks') return false;
    return this.#dispatcher.online && (this.#leaderOwes || this.#dispatcher.depth.messages > 0);
  }

  #rob(): void {
    // Whoever hangs is somebody to tell when it is back.
    this.#company = true;
    void this.#queue(true);
    this.#stopWatching = this.#settings.clock.after(patience, () => {
      this.#stopWatching = undefined;
      // Nobody can have it, then: the platform does not keep its promise.
      if (this.#waits()) this.#goAlone();
    });
  }
}
