import type { RealtimeError } from '../errors';
import type { StoredMessage, TabCoordinator } from '../ports';
import { unlessAborted } from '../support/deadline';
import { deferred } from '../support/deferred';
import { recordOf } from '../support/error-record';
import { soon } from '../support/soon';
import { isStoredMessage } from '../support/stored-message';
import type { Acknowledgement, Stop } from '../types';
import type { Dispatcher } from './dispatcher';
import { Hearing } from './hearing';
import type { Entry } from './lane';
import { LeaderWatch, patience } from './leader-watch';
import { LifeLocks } from './life-locks';
import { isAlone, leads, type Role, reads } from './role';
import { SharedMessages } from './shared-messages';
import type { LeaderSettings, OutboxTabs, OutgoingMessage } from './surroundings';
import { type TabMessage, tabEnd } from './tab-protocol';
import { TabTalk } from './tab-talk';
import { Turns } from './turns';

/**
 * Which of the tabs of one owner leads: that one sends for all of the same means, and for those that are gone. Where the platform
 * has locks one leads, and whoever is next in line takes over when it dies, or when it hangs. Without locks each sends its own.
 */
export class Leader implements OutboxTabs {
  readonly hearing: Hearing;
  readonly #settings: LeaderSettings;
  readonly #dispatcher: Dispatcher;
  readonly #kind: TabCoordinator['kind'];
  readonly messages: SharedMessages;
  readonly #lives: LifeLocks;
  readonly #talk: TabTalk;
  readonly #watch: LeaderWatch;
  readonly #turns: Turns;
  readonly #life = new AbortController();
  /** Resolves, after our life has ended, when others may have our locks: what we wrote is written. */
  readonly #over = deferred<void>();
  #role: Role = 'outside';
  loading: Promise<void> | undefined;
  /** Who leads, when it is another tab; with empty means after one that could not go on. */
  #leader: { readonly means: string } | undefined;
  /** Resolves when it is known who leads. */
  #known = deferred<void>();
  #stopWondering: Stop = () => {};
  #resign: Stop = () => {};
  /** Whether our session has ended for good: others, or we later, send what we have. */
  #unfit = false;
  /** The tabs that we heard of. */
  readonly #others = new Set<string>();
  /** What is known about the leader's debts, and what ours is said to be. */
  #leaderOwes = false;
  #toldOwing = false;

  constructor(dispatcher: Dispatcher, settings: LeaderSettings) {
    this.#settings = settings;
    this.#dispatcher = dispatcher;
    const { clock, random, tab, means, writer, tabs } = settings;
    // The platform is asked once, and not for each message.
    this.#kind = tabs.kind;
    this.messages = new SharedMessages(dispatcher, writer, tab, clock);
    this.#talk = new TabTalk(settings);
    this.#watch = new LeaderWatch(clock, random, {
      waits: () => this.#waits(),
      ask: () => this.#talk.post({ type: 'who-leads', tab, means }),
      rob: () => {
        this.#talk.hasCompany = true;
        void this.#turns.queue(true);
      },
      giveUp: () => this.#goAlone(),
    });
    this.hearing = new Hearing(dispatcher, this.#talk, settings);
    this.#turns = new Turns({
      ...settings,
      life: this.#life.signal,
      take: (lost) => this.#lead(lost),
      wantsMore: () => !this.#unfit,
      none: () => this.#goAlone(),
    });
    this.#lives = new LifeLocks({
      ...settings,
      life: this.#life.signal,
      over: this.#over.promise,
      post: (message) => this.#talk.post(message),
      died: (dead) => this.#adopt(dead),
    });
  }

  get ready(): Promise<void> | undefined {
    const isKnown = !reads(this.#role) && (this.#role !== 'following' || this.#leader !== undefined);
    return isKnown ? undefined : this.#known.promise;
  }

  join(): void {
    if (this.#role !== 'outside') return;
    const { clock, tab, means } = this.#settings;
    if (this.#kind !== 'none') this.#talk.join((message) => this.#receive(message));
    this.#role = 'following';
    if (this.#kind === 'locks') {
      this.#lives.hold();
      this.#talk.post({ type: 'who-leads', tab, means });
      this.#stopWondering = clock.after(patience, () => this.#know());
      void this.#turns.queue(false);
    } else this.#goAlone();
  }

  bind(message: OutgoingMessage, bound: boolean): Pick<StoredMessage, 'tab' | 'means'> {
    const { tab, means, isBound } = this.#settings;
    if (this.#kind === 'none') return {};
    const shared = this.#kind === 'locks' && !bound && !isBound(message) && means !== '';
    return shared ? { tab, means } : { tab };
  }

  canSend({ tab, means }: StoredMessage): boolean {
    if (this.#role === 'leading' || this.#role === 'outside') return true;
    // Before we know what an earlier page, or we ourselves, have left in the storage, ours might overtake it.
    if (this.loading !== undefined) return false;
    const isOwn = tab === this.#settings.tab && this.#leader !== undefined && !this.#leads(means);
    return this.#role === 'alone' || (this.#role === 'following' && isOwn);
  }

  stored(entry: Entry): void {
    if (entry.from !== undefined && this.#role === 'following') this.messages.letGo(entry);
    if (entry.from !== undefined || this.#role === 'outside' || this.#role === 'gone') return;
    const { record } = entry.message;
    this.messages.forget(record.id);
    this.owe();
    // What we gave back goes before it, and is tried once more: with that it is handed over.
    if (this.#unfit) this.#readAgain();
    if (this.#unfit || this.#role === 'leading' || isAlone(this.#role)) return;
    if (this.#leader === undefined ? record.means !== undefined : this.#leads(record.means)) {
      this.#talk.hand(record);
      soon(() => this.#watch.begin());
    } else this.#watch.begin();
  }

  progressed(entry: Entry): void {
    const { record, state, error } = entry.message;
    const { id, attempts } = record;
    const trying = state === 'in-flight';
    this.#talk.tell({ type: 'progress', id, attempts, trying, error: error && recordOf(error) });
  }

  ended({ message, covers }: Entry, end: Acknowledgement | RealtimeError, by?: string): void {
    // Whoever told us does not know whose place it took.
    if (by === undefined || covers) this.settled([by ?? message.record.id, ...(covers ?? [])], end);
  }

  settled(ids: readonly string[], end: Acknowledgement | RealtimeError): void {
    const settled = { type: 'settled', ids, end: tabEnd(end) } as const;
    this.messages.remember(settled);
    this.#talk.tell(settled, end instanceof Error && end.code === 'aborted');
    // Whoever is heard again can lead again.
    if (this.#unfit && !(end instanceof Error) && end.level !== 'stored') this.resume();
  }

  givesBack(entry: Entry, error: RealtimeError): boolean {
    if (error.code !== 'authentication') return false;
    const isOurs = entry.waiters !== undefined && !entry.waiters.empty;
    if (!isOurs) this.messages.letGo(entry);
    this.#unfit = true;
    this.#resign();
    return !isOurs;
  }

  owe(): void {
    const owes = this.#dispatcher.queue.size > 0;
    if (this.#role !== 'leading' || owes === this.#toldOwing) return;
    this.#toldOwing = owes;
    this.#talk.tell(this.#leading(false));
  }

  hurry(): void {
    this.#talk.tell({ type: 'hurry' });
  }

  cleared(): void {
    const at = this.#settings.clock.now();
    this.messages.cleared(at);
    if (this.#kind !== 'none') this.#talk.tellCleared(at);
  }

  resume(): void {
    if (this.#role === 'outside' || this.#role === 'gone') return;
    const unfit = this.#unfit;
    this.#unfit = false;
    if (this.#role === 'leading' || isAlone(this.#role)) {
      // Some storages write late: after the death of the tab that asked for it.
      this.#readAgain();
      return;
    }
    if (unfit) {
      void this.#read(this.#life.signal);
      void this.#turns.queue(false);
    }
    // Whatever it said last: asked once, it says how it is.
    this.#leaderOwes = true;
    this.#watch.begin();
  }

  leave(written: Promise<void>): void {
    this.#role = 'gone';
    this.#life.abort();
    this.#watch.end();
    this.hearing.setOnline(false);
    this.#talk.beginLeaving();
    this.#know();
    this.#turns.leave();
    void written.then(() => {
      this.#talk.leave();
      this.#over.resolve();
    });
  }

  #leading(begins: boolean): TabMessage {
    const { tab, means } = this.#settings;
    return { type: 'leading', tab, means, owes: this.#dispatcher.queue.size > 0, begins };
  }

  /** Whether the tab that leads sends messages of these means. */
  #leads(means: string | undefined): boolean {
    return means !== undefined && means === this.#leader?.means;
  }

  /** Our lead, from its beginning to its end. */
  async #lead(lost: AbortSignal): Promise<void> {
    const ended = deferred<void>();
    this.#role = 'reading';
    if (this.#leader !== undefined) this.#known = deferred<void>();
    this.#leader = undefined;
    this.#leaderOwes = false;
    this.#toldOwing = false;
    this.#watch.end();
    this.#resign = () => ended.resolve();
    this.#talk.post(this.#leading(true));
    lost.addEventListener('abort', this.#resign, { once: true });
    for (const tab of this.#others) this.#lives.outlive(tab);
    await this.#read(lost);
    await Promise.race([ended.promise, this.#over.promise]);
    this.#resign = () => {};
    if (this.#life.signal.aborted) return;
    this.#role = 'following';
    this.#lives.leave();
    if (!lost.aborted) {
      // Until somebody else leads we send what is our own.
      this.#leader = { means: '' };
      this.#talk.post({ type: 'resigned', tab: this.#settings.tab });
    }
    this.#follow();
  }

  /** Sends although it may not be our turn: twice, under one id, is better than never. */
  #goAlone(): void {
    if (this.#role !== 'alone') this.#role = 'beginning';
    void this.#read(this.#life.signal);
  }

  #readAgain(): void {
    if (this.loading === undefined) void this.#read(this.#life.signal);
  }

  /** Reads what is stored, and sends. */
  async #read(lost: AbortSignal): Promise<void> {
    const { signal } = this.#life;
    const over = (): void => {
      if (this.loading === read) this.loading = undefined;
    };
    // A storage that never answers must not outlive us.
    const read = unlessAborted(this.#restore(lost), signal).then(over, over);
    this.loading = read;
    await read;
    if (lost.aborted || signal.aborted) return;
    if (this.#role === 'reading') this.#role = 'leading';
    if (this.#role === 'beginning') this.#role = 'alone';
    if (this.#role !== 'following') {
      this.messages.returnAll();
      this.#know();
    }
    this.#dispatcher.expiry.check();
    if (this.#role === 'following') this.#follow();
    this.#dispatcher.advance();
    this.owe();
  }

  async #restore(lost: AbortSignal): Promise<void> {
    const stored = await this.#settings.writer.load();
    if (this.#life.signal.aborted) return;
    const ours = new Set(stored.filter((record) => this.#isOurs(record)));
    await this.messages.restore([...ours], this.#life.signal);
    if (this.#life.signal.aborted) return;
    for (const { tab } of ours) if (tab !== undefined) this.#lives.outlive(tab);
    const others = stored.filter((record) => !ours.has(record) && record.rejected === undefined);
    const tabs = others.flatMap(({ tab }) => tab ?? []);
    const inherited = this.#lives.inherit(tabs, lost);
    // What a page before this one left bound to itself goes before what this one publishes. Whoever was heard is none of those.
    if (reads(this.#role) && tabs.some((tab) => !this.#others.has(tab))) await inherited;
  }

  /** A tab is gone: what it has stored, and we do not have yet, is ours. */
  async #adopt(tab: string): Promise<void> {
    this.#others.delete(tab);
    this.hearing.told(tab, []);
    if (this.#role === 'following' || this.#role === 'gone') return;
    const { writer, means, tab: own } = this.#settings;
    if (means === '') {
      const stored = await writer.load();
      // Left to a tab that can: nobody would look for it among what is ours.
      if (stored.some((record) => record.tab === tab && !this.#dispatcher.publisher(record.route))) return;
    }
    const claimed = await writer.claim(tab, own);
    if (this.#life.signal.aborted || this.#unfit) return;
    this.messages.orphaned(tab);
    await this.messages.restore(claimed, this.#life.signal);
    if (this.#life.signal.aborted) return;
    this.#dispatcher.expiry.check();
    this.#dispatcher.advance();
  }

  #isOurs({ tab, means, route, rejected }: StoredMessage): boolean {
    const { tab: own, means: ours } = this.#settings;
    if (rejected !== undefined) return this.#dispatcher.keepsRejected || tab === undefined || tab === own;
    if (tab === undefined || tab === own || this.#kind === 'none')
      return this.#dispatcher.publisher(route) !== undefined;
    return leads(this.#role) && means !== undefined && means === ours;
  }

  /** Says that we live, and what we could lead with: whoever gives us the lead must not get it back at once. */
  #follows(): void {
    const { tab, means } = this.#settings;
    const couldLead = this.#role === 'following' && !this.#unfit;
    this.#talk.post({ type: 'following', tab, means: couldLead ? means : '' });
  }

  #know(): void {
    this.#stopWondering();
    this.#known.resolve();
  }

  /** Hands over what whoever leads may not know of, and sends the rest. */
  #follow(): void {
    if (this.#unfit && this.loading !== undefined) return;
    const messages = this.messages.handOver(({ means }) => this.#leads(means));
    if (messages.length > 0) this.#talk.post({ type: 'handover', tab: this.#settings.tab, messages });
    this.#dispatcher.advance();
    this.#watch.begin();
  }

  #receive(message: TabMessage): void {
    const isLeader = leads(this.#role);
    const { tab, means, writer } = this.#settings;
    if (this.#role === 'gone') {
      if (message.type === 'cleared') writer.takeBack();
      return;
    }
    switch (message.type) {
      case 'who-leads':
      case 'following':
        this.#others.add(message.tab);
        if (isLeader) this.#lives.outlive(message.tab);
        this.hearing.repeat();
        if (message.type === 'following') this.#lives.answer(message.tab);
        else if (isLeader) this.#talk.post(this.#leading(false));
        // A tab that cannot send to the server gives the lead to one that can, and has just said that it lives.
        if (message.means !== '' && means === '' && isLeader) this.#resign();
        return;
      case 'leading': {
        this.#watch.sign();
        this.#others.add(message.tab);
        if (this.#role !== 'following') return;
        const news = message.begins || this.#leader?.means !== message.means;
        this.#leader = { means: message.means };
        this.#leaderOwes = message.owes;
        this.#know();
        if (message.begins) this.#follows();
        if (news) this.#follow();
        else this.#watch.begin();
        return;
      }
      case 'resigned':
        this.#watch.begin();
        return;
      case 'who-lives':
        if (message.tabs.includes(tab)) this.#follows();
        return;
      case 'deaf':
        this.hearing.told(message.tab, message.channels);
        return;
      case 'handover': {
        if (!isLeader) return;
        this.#talk.post(this.#leading(false));
        this.#others.add(message.tab);
        this.#lives.outlive(message.tab);
        const taken = message.messages.filter(isStoredMessage).filter((record) => record.means === means);
        for (const missed of this.messages.takeOver(taken, message.tab)) this.#talk.post(missed);
        return;
      }
      case 'progress':
        if (!isLeader) this.messages.follow(message);
        return;
      case 'settled':
        this.messages.settledElsewhere(message);
        return;
      case 'hurry':
        this.messages.hurry();
        return;
      case 'cleared':
        this.messages.cleared(message.at);
        this.#dispatcher.discardAll();
        return;
      default:
        message satisfies never;
    }
  }

  /** Whether anything that could leave waits for another tab. */
  #waits(): boolean {
    if (this.#role !== 'following' || this.#unfit || this.#kind !== 'locks') return false;
    return this.#dispatcher.gates.online && (this.#leaderOwes || this.#dispatcher.queue.size > 0);
  }
}
