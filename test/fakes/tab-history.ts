import { AuthenticationError, isRealtimeError } from '../../src/errors';
import type { Acceptance, StoredMessage } from '../../src/ports';
import { HonestServer } from './honest-server';
import { ManualClock } from './manual-clock';
import { MemoryBrowser, type MemoryTab } from './memory-tabs';
import { moodyDisk } from './moody-disk';
import { type Arrival, openOutboxTab } from './outbox-tab';
import { channels, type HistoryStep, most, type TabKind } from './tab-steps';

/** A tab, and what happened to it. */
export type Tab = ReturnType<typeof openOutboxTab> & {
  readonly as: TabKind;
  readonly openedAt: number;
  thawedAt: number;
  /** When it was killed or closed. */
  leftAt: number;
  wasFrozen: boolean;
  /** When it followed a channel that was not live. */
  readonly deaf: { readonly channel: string; readonly from: number; to: number }[];
};

/** A message, and what became of it. */
export interface Published {
  readonly data: number;
  readonly lane: string;
  readonly channel: string;
  readonly by: Tab;
  readonly key: boolean;
  readonly controller: AbortController;
  /** When its publisher gave it up, or somebody signed out. */
  unwantedAt: number | undefined;
  /** In which tab it was given up. */
  unwantedBy?: Tab | undefined;
  /** That tab was frozen before it had written it: it told those who were there, and whoever came then found it. */
  isUnwritten?: boolean;
  /** Published, or given up, when somebody signed out or was killed before that was written: it may be gone, and may be sent. */
  isDoubtful: boolean;
  end?: string;
}

/** What tabs lived through, to be judged. */
export interface TabHistory {
  readonly server: HonestServer;
  /** Those that are still there, and all there ever were. */
  readonly tabs: readonly Tab[];
  readonly all: readonly Tab[];
  readonly gone: ReadonlySet<Tab>;
  readonly published: readonly Published[];
  readonly flushes: readonly { readonly by: Tab; readonly done: boolean }[];
  /** When the network went, or came back. */
  readonly changes: readonly number[];
  /** The numbers that were on the disk once, and the messages that are there in the end. */
  readonly stored: ReadonlySet<number>;
  readonly onDisk: readonly StoredMessage[];
  /** Whether the disk was broken for a while: what had to be written then may be lost, and may be sent. */
  readonly wasBroken: boolean;
  /** Ends the tabs that live. */
  end(): Promise<void>;
}

function isDeaf(tab: Tab, name: string): boolean {
  return tab.deaf.some(({ channel: its, to }) => its === name && to === Number.POSITIVE_INFINITY);
}

/** Lives through these steps, and then in a good world for as long as everything takes. */
export async function tabHistory(
  steps: readonly HistoryStep[],
  kind: MemoryTab['kind'],
): Promise<TabHistory> {
  const clock = new ManualClock();
  const browser = new MemoryBrowser(clock);
  const server = new HonestServer(clock);
  const { disk, storage, mood, stored } = moodyDisk(clock);
  let online = true;
  const changes = [clock.now()];
  const tabs: Tab[] = [];
  const all: Tab[] = [];
  const published: Published[] = [];
  const flushes: { readonly by: Tab; done: boolean }[] = [];
  const gone = new Set<Tab>();
  let clearing = 0;
  let clearedAt = Number.NEGATIVE_INFINITY;

  const open = (as: TabKind): void => {
    let session = as;
    const publish = (arrival: Arrival, signal: AbortSignal): Promise<Acceptance> => {
      if (session === 'session over' && arrival.route === 'server' && !server.easy)
        return Promise.reject(new AuthenticationError('Sign in again.'));
      if (server.easy) session = 'usual';
      return server.publish(arrival, signal);
    };
    const fresh = openOutboxTab(
      { clock, browser, disk: storage, publish },
      { ...(as === 'keeps rejected' ? { keepRejected: true } : {}), awaits: (name) => isDeaf(opened, name) },
      kind,
      as === 'other endpoint' ? { means: 'other' } : as === 'no endpoint' ? { means: '' } : {},
    );
    const opened: Tab = Object.assign(fresh, {
      as,
      openedAt: clock.now(),
      thawedAt: 0,
      leftAt: Number.POSITIVE_INFINITY,
      wasFrozen: false,
      deaf: [],
    });
    fresh.outbox.setOnline(online);
    for (const name of channels) fresh.outbox.setConfirmed(name, true);
    tabs.push(opened);
    all.push(opened);
  };
  const leave = (left: Tab): void => {
    tabs.splice(tabs.indexOf(left), 1);
    left.leftAt = clock.now();
    gone.add(left);
  };
  const deafen = (at: Tab, name: string): void => {
    if (isDeaf(at, name)) return;
    at.deaf.push({ channel: name, from: clock.now(), to: Number.POSITIVE_INFINITY });
    at.outbox.setConfirmed(name, false);
  };
  const hear = (at: Tab, name: string): void => {
    const last = at.deaf.find(({ channel: its, to }) => its === name && to === Number.POSITIVE_INFINITY);
    if (last) last.to = clock.now();
    at.outbox.setConfirmed(name, true);
  };
  const giveUp = (record: Published, by: Tab): void => {
    record.unwantedAt ??= clock.now();
    record.unwantedBy ??= by;
  };
  /** The messages that a tab published and that have no end. */
  const unsettled = (by: Tab): Published[] =>
    published.filter((each) => each.by === by && each.end === undefined);
  open('usual');
  let data = 0;

  for (const action of steps) {
    const at = 'tab' in action ? tabs[action.tab % Math.max(1, tabs.length)] : undefined;
    switch (action.do) {
      case 'publish': {
        if (at?.tab.state !== 'live') break;
        const route = action.peer || at.as === 'no endpoint' ? 'peer' : 'server';
        const record: Published = {
          data: ++data,
          lane: `${route}:${action.channel}`,
          channel: action.channel,
          by: at,
          key: action.key,
          controller: new AbortController(),
          unwantedAt: undefined,
          isDoubtful: clearing > 0 || clock.now() <= clearedAt + 2,
        };
        published.push(record);
        at.publish(data, {
          route,
          channel: action.channel,
          acknowledge: action.none ? 'none' : 'accepted',
          signal: record.controller.signal,
          ...(action.key ? { replaces: 'key' } : {}),
        }).promise.then(
          ({ level }) => {
            record.end = level;
          },
          (error: unknown) => {
            record.end = isRealtimeError(error) ? error.code : `strange: ${error}`;
          },
        );
        // Two messages of one lane in one millisecond, from two tabs, have no order.
        await clock.advance(1);
        break;
      }
      case 'answer':
        server.flying[action.which % Math.max(1, server.flying.length)]?.answer(action.with);
        break;
      case 'open':
        if (tabs.length < most) open(action.as);
        break;
      case 'kill':
        if (at === undefined) break;
        at.tab.kill();
        for (const each of published) {
          if (each.unwantedBy !== at || (each.unwantedAt ?? 0) < clock.now() - 90) continue;
          each.isDoubtful = true;
          each.unwantedAt = undefined;
        }
        // What it was sending has arrived, or never will.
        for (const flight of server.flying.filter((each) => each.tab === at.name)) {
          flight.answer(data % 2 === 0 ? 'lost' : 'later');
        }
        leave(at);
        break;
      case 'close':
        if (at?.tab.state !== 'live') break;
        at.outbox.destroy();
        leave(at);
        break;
      case 'freeze':
        if (at?.tab.state !== 'live') break;
        at.wasFrozen = true;
        for (const each of published)
          if (each.unwantedBy === at && (each.unwantedAt ?? 0) >= clock.now() - 90) each.isUnwritten = true;
        at.tab.freeze();
        break;
      case 'deafen':
        if (at?.tab.state === 'live') deafen(at, action.channel);
        break;
      case 'hear':
        if (at?.tab.state === 'live') hear(at, action.channel);
        break;
      case 'thaw':
        if (at?.tab.state !== 'frozen') break;
        at.thawedAt = clock.now();
        at.tab.thaw();
        break;
      case 'flush': {
        if (at?.tab.state !== 'live') break;
        const flush = { by: at, done: false };
        flushes.push(flush);
        void at.outbox.flush().then(() => {
          flush.done = true;
        });
        break;
      }
      case 'sign out': {
        if (at?.tab.state !== 'live') break;
        clearing += 1;
        for (const each of published) each.isDoubtful ||= each.unwantedAt === undefined;
        const earlier = [...published];
        const over = (): void => {
          clearing -= 1;
          clearedAt = clock.now();
        };
        at.outbox.empty().then(() => {
          over();
          for (const each of earlier) each.unwantedAt ??= clock.now();
        }, over);
        break;
      }
      case 'discard': {
        if (at?.tab.state !== 'live') break;
        const pending = at.outbox.pending.get();
        const message = pending[action.which % Math.max(1, pending.length)];
        const record = published.find((each) => each.data === message?.data);
        if (message && record && at.outbox.discard(message.id)) giveUp(record, at);
        break;
      }
      case 'withdraw': {
        if (at?.tab.state !== 'live') break;
        const mine = unsettled(at);
        const record = mine[action.which % Math.max(1, mine.length)];
        if (record === undefined) break;
        record.controller.abort();
        await clock.settle();
        if (record.end === 'aborted') giveUp(record, at);
        // It is told once that is written, unless its tab dies before.
        else record.isDoubtful = true;
        break;
      }
      case 'storage':
        mood.is = action.is;
        mood.everBroken ||= action.is === 'broken';
        break;
      case 'online':
      case 'offline':
        online = action.do === 'online';
        changes.push(clock.now());
        for (const { tab: each, outbox } of tabs) each.run(() => outbox.setOnline(online));
        break;
      case 'wait':
        await clock.advance(action.ms);
        break;
      default:
        action satisfies never;
    }
    await clock.settle();
  }

  // Then the world becomes a good place, for long enough; whoever is frozen comes back, and somebody who can send is there.
  mood.is = 'quick';
  server.easy = true;
  for (const flight of [...server.flying]) flight.answer('yes');
  for (const each of tabs) {
    if (each.tab.state !== 'frozen') continue;
    each.thawedAt = clock.now();
    each.tab.thaw();
  }
  if (!tabs.some(({ as }) => as !== 'no endpoint')) {
    if (tabs.length > 0) await clock.advance(5_000);
    open('usual');
  }
  // Without locks, a tab that answered and died since is found out the next time that things go on.
  for (const ms of [5_000, 5_000, 120_000]) {
    for (const each of tabs) {
      each.outbox.setOnline(true);
      for (const name of channels) hear(each, name);
    }
    await clock.advance(ms);
  }
  const onDisk = (await disk.load()).filter(({ rejected }) => rejected === undefined);
  return {
    server,
    tabs,
    all,
    gone,
    published,
    flushes,
    changes,
    stored,
    onDisk,
    wasBroken: mood.everBroken,
    end: async () => {
      for (const each of all) if (each.tab.state !== 'dead') each.outbox.destroy();
      await clock.settle();
    },
  };
}
