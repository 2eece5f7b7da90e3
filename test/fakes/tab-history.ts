import fc from 'fast-check';
import { AuthenticationError, isRealtimeError, PublishError } from '../../src/errors';
import { memoryStorage } from '../../src/outbox/memory-storage';
import type { Acceptance, OutboundMessage, OutboxStorage } from '../../src/ports';
import { deferred } from '../../src/support/deferred';
import { ManualClock } from './manual-clock';
import { MemoryBrowser, type MemoryTab } from './memory-tabs';
import { type Arrival, openOutboxTab } from './outbox-tab';

const channels = ['a', 'b'] as const;
/** The most tabs at the same time. */
const most = 4;

/** How a tab differs from the others of its owner. */
export type TabKind = 'usual' | 'other endpoint' | 'no endpoint' | 'session over' | 'keeps rejected';

/** One thing that happens. */
export type HistoryStep =
  | {
      readonly do: 'publish';
      readonly tab: number;
      readonly channel: string;
      readonly peer: boolean;
      readonly none: boolean;
      readonly key: boolean;
    }
  | { readonly do: 'answer'; readonly with: 'yes' | 'later' | 'no' | 'lost'; readonly which: number }
  | { readonly do: 'kill' | 'freeze' | 'thaw' | 'close' | 'flush' | 'sign out'; readonly tab: number }
  | { readonly do: 'open'; readonly as: TabKind }
  | { readonly do: 'offline' | 'online' }
  | { readonly do: 'deafen' | 'hear'; readonly tab: number; readonly channel: string }
  | { readonly do: 'discard' | 'withdraw'; readonly tab: number; readonly which: number }
  | { readonly do: 'storage'; readonly is: 'quick' | 'slow' | 'broken' }
  | { readonly do: 'wait'; readonly ms: number };

const tab = fc.nat(most - 1);
const which = fc.nat(20);
const channel = fc.constantFrom(...channels);
const step: fc.Arbitrary<HistoryStep> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      tab,
      channel,
      peer: fc.boolean(),
      none: fc.boolean(),
      key: fc.constantFrom(false, false, true),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      with: fc.constantFrom('yes', 'yes', 'yes', 'later', 'no', 'lost'),
      which,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('kill', 'freeze', 'thaw', 'thaw', 'flush', 'close'),
      tab,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sign out' as const), tab }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('open' as const),
      as: fc.constantFrom<TabKind>(
        'usual',
        'usual',
        'other endpoint',
        'no endpoint',
        'session over',
        'keeps rejected',
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('offline', 'online', 'online') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('deafen', 'hear', 'hear'), tab, channel }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('discard', 'withdraw', 'withdraw'), tab, which }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('storage' as const),
      is: fc.constantFrom('quick', 'quick', 'slow', 'slow', 'broken'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 1, 2, 30, 800, 2_500, 31_000),
    }),
  },
);

/** What may happen to the tabs of one owner. */
export const histories: fc.Arbitrary<HistoryStep[]> = fc.array(step, { minLength: 5, maxLength: 50 });

type Tab = ReturnType<typeof openOutboxTab> & {
  readonly as: TabKind;
  readonly openedAt: number;
  thawedAt: number;
  /** When it was killed or closed. */
  leftAt: number;
  wasFrozen: boolean;
  /** When it followed a channel that was not live. */
  readonly deaf: { readonly channel: string; readonly from: number; to: number }[];
};

interface Published {
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

/** A server that honours ids: what comes twice counts once. */
class Server {
  readonly arrived = new Map<string, number>();
  readonly offered: { readonly data: number; readonly at: number; readonly tab: string }[] = [];
  readonly refused = new Set<number>();
  readonly flying: { readonly tab: string; readonly answer: (how: string) => void }[] = [];
  easy = false;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  publish({ message, tab: from }: Arrival, signal: AbortSignal): Promise<Acceptance> {
    this.offered.push({ data: message.data as number, at: this.#clock.now(), tab: from });
    if (this.easy) {
      this.#arrive(message);
      return Promise.resolve({ level: 'accepted' });
    }
    const { promise, resolve, reject } = deferred<Acceptance>();
    const flight = {
      tab: from,
      answer: (how: string) => {
        this.flying.splice(this.flying.indexOf(flight), 1);
        if (how === 'yes' || how === 'lost') this.#arrive(message);
        if (how === 'yes') resolve({ level: 'accepted' });
        else if (how === 'no') {
          this.refused.add(message.data as number);
          reject(new PublishError('no', { status: 403 }));
        } else reject(new PublishError('later', { retryable: true }));
      },
    };
    this.flying.push(flight);
    signal.addEventListener('abort', () => {
      if (this.flying.includes(flight)) this.flying.splice(this.flying.indexOf(flight), 1);
      reject(signal.reason);
    });
    return promise;
  }

  #arrive({ id, data }: OutboundMessage): void {
    if (!this.arrived.has(id)) this.arrived.set(id, data as number);
  }
}

function isDeaf(tab: Tab, name: string): boolean {
  return tab.deaf.some(({ channel: its, to }) => its === name && to === Number.POSITIVE_INFINITY);
}

/** A disk that is quick, slow or broken. */
function moodyDisk(clock: ManualClock, stored: Set<number>) {
  const disk = memoryStorage();
  const mood = { is: 'quick' as 'quick' | 'slow' | 'broken', everBroken: false };
  const through = async <T>(work: () => Promise<T>): Promise<T> => {
    if (mood.is === 'broken') throw new Error('The disk is full.');
    if (mood.is === 'slow') await new Promise<void>((resolve) => void clock.after(40, resolve));
    return work();
  };
  const storage: OutboxStorage = {
    load: () => through(() => disk.load()),
    put: (messages) =>
      through(async () => {
        await disk.put(messages);
        for (const { data } of messages) stored.add(data as number);
      }),
    remove: (ids) => through(() => disk.remove(ids)),
    claim: (from, by) => through(async () => (await disk.claim?.(from, by)) ?? []),
    clear: () => through(async () => disk.clear?.()),
  };
  return { disk, storage, mood };
}

/** Lives through a history, and tells everything that went wrong. Nothing, when all is well. */
export async function wrongsOf(
  steps: readonly HistoryStep[],
  kind: MemoryTab['kind'],
): Promise<readonly string[]> {
  const clock = new ManualClock();
  const browser = new MemoryBrowser(clock);
  const server = new Server(clock);
  const stored = new Set<number>();
  const { disk, storage, mood } = moodyDisk(clock, stored);
  let online = true;
  /** When the network went, or came back. */
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

  const wrongs: string[] = [];
  const arrived = new Set(server.arrived.values());
  for (const { outbox, name } of tabs) {
    const left = outbox.pending.get().map(({ data: each, state }) => `${each} ${state}`);
    if (left.length > 0) wrongs.push(`pending in ${name}: ${left.join(', ')}`);
  }
  const onDisk = (await disk.load()).filter(({ rejected }) => rejected === undefined);
  if (onDisk.length > 0 && !mood.everBroken)
    wrongs.push(`left on the disk: ${onDisk.map((each) => each.data).join(', ')}`);
  for (const each of published) {
    const { by, end, unwantedAt, key } = each;
    const name = `${each.data} of ${by.name} (${each.lane})`;
    // Where the tab that published it lives, every promise has settled.
    if (!gone.has(by) && end === undefined) wrongs.push(`${name} never settled`);
    const isLost = stored.has(each.data) && !arrived.has(each.data) && !server.refused.has(each.data);
    const told = end !== undefined && !/^(stored|accepted)$/.test(end);
    if (isLost && !told && unwantedAt === undefined && !key && !each.isDoubtful && !mood.everBroken)
      wrongs.push(`${name} is lost`);
    if (end === 'accepted' && !key && !arrived.has(each.data)) wrongs.push(`${name} was accepted by nobody`);
    if (end === 'authentication' && by.as !== 'session over')
      wrongs.push(`${name} was refused for another's session`);
    if (end?.startsWith('strange')) wrongs.push(`${name}: ${end}`);
    const early = server.offered.filter(({ data: offered, at, tab: offering }) => {
      const sender = all.find(({ name: its }) => its === offering);
      if (offered !== each.data || !each.lane.startsWith('server') || at >= by.leftAt || by.wasFrozen)
        return false;
      // Whoever has just come, or was frozen, may not have heard of it.
      if (sender === undefined || sender.wasFrozen || at <= sender.openedAt + 3) return false;
      const networkAt = Math.max(...changes.filter((change) => change < at));
      return by.deaf.some(
        ({ channel: its, from, to }) =>
          its === each.channel && from + 2 < at && at < to && at < Math.max(from, networkAt) + 10_000,
      );
    });
    if (early.length > 0) wrongs.push(`${name} was sent before its tab heard its channel`);
    if (unwantedAt === undefined || mood.everBroken) continue;
    // Whoever was frozen meanwhile hears of it late, as whoever is just being told.
    const late = server.offered.filter(({ data: offered, at, tab: offering }) => {
      const { thawedAt = 0, openedAt = 0 } = all.find(({ name: its }) => its === offering) ?? {};
      if (offered !== each.data || at <= unwantedAt + 90 || thawedAt >= unwantedAt) return false;
      return each.isUnwritten !== true || openedAt < unwantedAt - 2;
    });
    if (late.length > 0) wrongs.push(`${name} was sent although nobody wanted it any more`);
  }
  for (const { by, done } of flushes)
    if (!gone.has(by) && !done) wrongs.push(`flush() of ${by.name} never ended`);
  // Nothing of one tab overtakes another of its lane.
  for (const by of all) {
    for (const lane of new Set(published.map((each) => each.lane))) {
      const mine = new Map(
        published
          .filter(
            (each) =>
              each.by === by &&
              each.lane === lane &&
              !each.key &&
              // What was given up has no place, also when its tab died before that was written.
              each.unwantedAt === undefined &&
              each.unwantedBy === undefined,
          )
          .map((each) => [each.data, each]),
      );
      const came = [...server.arrived.values()].filter((each) => mine.has(each) && !server.refused.has(each));
      const ordered = came.every((each, index) => index === 0 || each > (came[index - 1] ?? 0));
      if (!ordered && !mood.everBroken)
        wrongs.push(`out of order in ${lane} of ${by.name}: ${came.join(', ')}`);
    }
  }
  // Nor does what a page publishes overtake what one before it has left, where no other tab was there in between.
  const order = [...server.arrived.values()].filter((each) => !server.refused.has(each));
  const plain = published.filter(
    ({ data: each, key, unwantedAt, isDoubtful, by }) =>
      !key && unwantedAt === undefined && !isDoubtful && by.as === 'usual' && order.includes(each),
  );
  for (const each of plain) {
    const { by, lane } = each;
    const before = plain.filter(
      (other) =>
        other.lane === lane &&
        other.by.leftAt + 90 < by.openedAt &&
        order.indexOf(other.data) > order.indexOf(each.data),
    );
    const alone = all.every(
      (other) => other === by || other.leftAt + 90 < by.openedAt || other.openedAt > by.openedAt,
    );
    if (alone && before.length > 0 && !mood.everBroken)
      wrongs.push(
        `${each.data} of ${by.name} (${lane}) came before ${before.map((other) => other.data).join(', ')}`,
      );
  }
  for (const each of all) if (each.tab.state !== 'dead') each.outbox.destroy();
  await clock.settle();
  return wrongs;
}
