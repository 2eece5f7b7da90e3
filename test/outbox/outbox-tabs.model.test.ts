import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRealtimeError, PublishError } from '../../src/errors';
import { memoryStorage } from '../../src/outbox/memory-storage';
import type { Acceptance, OutboundMessage, OutboxStorage } from '../../src/ports';
import { deferred } from '../../src/support/deferred';
import { ManualClock } from '../fakes/manual-clock';
import { MemoryBrowser, type MemoryTab } from '../fakes/memory-tabs';
import { type Arrival, openOutboxTab } from '../fakes/outbox-tab';

const channels = ['a', 'b'] as const;
const most = 3;

type Step =
  | {
      readonly do: 'publish';
      readonly tab: number;
      readonly channel: string;
      readonly peer: boolean;
      readonly none: boolean;
    }
  | { readonly do: 'answer'; readonly with: 'yes' | 'later' | 'no' | 'lost'; readonly which: number }
  | { readonly do: 'kill' | 'freeze' | 'thaw' | 'destroy' | 'flush'; readonly tab: number }
  | { readonly do: 'open' | 'offline' | 'online' }
  | { readonly do: 'discard'; readonly tab: number; readonly which: number }
  | { readonly do: 'wait'; readonly ms: number };

const tab = fc.nat(most - 1);
const channel = fc.constantFrom(...channels);
const which = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      tab,
      channel,
      peer: fc.boolean(),
      none: fc.boolean(),
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
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('kill', 'freeze', 'thaw', 'thaw', 'flush'), tab }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('destroy' as const), tab }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('open', 'open', 'offline', 'online', 'online') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('discard' as const), tab, which }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 1, 2, 30, 800, 2_500, 31_000),
    }),
  },
);

type Tab = ReturnType<typeof openOutboxTab>;

interface Published {
  readonly data: number;
  readonly lane: string;
  readonly by: string;
  readonly none: boolean;
  end?: string;
}

/** A server that honours ids: what comes twice counts once. */
class Server {
  readonly arrived = new Map<string, { readonly data: number; readonly lane: string }>();
  readonly refused = new Set<number>();
  readonly flying: { readonly tab: string; readonly answer: (how: string) => void }[] = [];
  easy = false;

  publish({ message, route, tab: from }: Arrival, signal: AbortSignal): Promise<Acceptance> {
    if (this.easy) {
      this.#arrive(message, route);
      return Promise.resolve({ level: 'accepted' });
    }
    const { promise, resolve, reject } = deferred<Acceptance>();
    const flight = {
      tab: from,
      answer: (how: string) => {
        this.flying.splice(this.flying.indexOf(flight), 1);
        if (how === 'yes' || how === 'lost') this.#arrive(message, route);
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

  #arrive({ id, data, channel: name }: OutboundMessage, route: string): void {
    if (!this.arrived.has(id)) this.arrived.set(id, { data: data as number, lane: `${route}:${name}` });
  }
}

async function live(steps: readonly Step[], kind: MemoryTab['kind']): Promise<void> {
  const clock = new ManualClock();
  const browser = new MemoryBrowser(clock);
  const server = new Server();
  const disk: OutboxStorage = memoryStorage();
  /** The payload of every message that was stored, by its id. */
  const stored = new Map<string, number>();
  const shared = {
    clock,
    browser,
    disk: {
      ...disk,
      put: async (messages: Parameters<OutboxStorage['put']>[0]) => {
        await disk.put(messages);
        for (const { id, data } of messages) stored.set(id, data as number);
      },
    },
    publish: (arrival: Arrival, signal: AbortSignal) => server.publish(arrival, signal),
  };
  let online = true;
  const tabs: Tab[] = [];
  const all: Tab[] = [];
  const published: Published[] = [];
  const discarded = new Set<string>();
  const gone = new Set<string>();
  const open = (): void => {
    const fresh = openOutboxTab(shared, {}, kind);
    fresh.outbox.setOnline(online);
    for (const name of channels) fresh.outbox.setConfirmed(name, true);
    tabs.push(fresh);
    all.push(fresh);
  };
  const leave = (left: Tab): void => {
    tabs.splice(tabs.indexOf(left), 1);
    gone.add(left.name);
  };
  open();
  let data = 0;

  for (const action of steps) {
    const at = 'tab' in action ? tabs[action.tab % Math.max(1, tabs.length)] : undefined;
    switch (action.do) {
      case 'publish': {
        if (at?.tab.state !== 'live') break;
        const route = action.peer ? 'peer' : 'server';
        const record: Published = {
          data: ++data,
          lane: `${route}:${action.channel}`,
          by: at.name,
          none: action.none,
        };
        published.push(record);
        at.publish(data, {
          route,
          channel: action.channel,
          acknowledge: action.none ? 'none' : 'accepted',
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
        if (tabs.length < most) open();
        break;
      case 'kill':
        if (at === undefined) break;
        at.tab.kill();
        // What it was sending has arrived, or never will.
        for (const flight of server.flying.filter((each) => each.tab === at.name)) {
          flight.answer(data % 2 === 0 ? 'lost' : 'later');
        }
        leave(at);
        break;
      case 'destroy':
        if (at?.tab.state !== 'live') break;
        at.outbox.destroy();
        leave(at);
        break;
      case 'freeze':
        if (at?.tab.state === 'live') at.tab.freeze();
        break;
      case 'thaw':
        if (at?.tab.state === 'frozen') at.tab.thaw();
        break;
      case 'flush':
        if (at?.tab.state === 'live') void at.outbox.flush();
        break;
      case 'discard': {
        if (at?.tab.state !== 'live') break;
        const pending = at.outbox.pending.get();
        const id = pending[action.which % Math.max(1, pending.length)]?.id;
        if (id !== undefined && at.outbox.discard(id)) discarded.add(id);
        break;
      }
      case 'online':
      case 'offline':
        online = action.do === 'online';
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

  // Then the world becomes a good place, for long enough; whoever is frozen comes back.
  server.easy = true;
  for (const flight of [...server.flying]) flight.answer('yes');
  for (const { tab: each } of tabs) if (each.state === 'frozen') each.thaw();
  if (tabs.length === 0) open();
  // Without locks, a tab that answered and died since is found out the next time that things go on.
  for (const ms of [5_000, 120_000]) {
    for (const { outbox } of tabs) {
      outbox.setOnline(true);
      for (const name of channels) outbox.setConfirmed(name, true);
    }
    await clock.advance(ms);
  }

  const arrived = new Set([...server.arrived.values()].map((each) => each.data));
  for (const { outbox } of tabs) expect(outbox.pending.get()).toEqual([]);
  expect(await disk.load()).toEqual([]);
  const lost = [...stored].filter(
    ([id, each]) => !arrived.has(each) && !server.refused.has(each) && !discarded.has(id),
  );
  expect(lost).toEqual([]);
  const unwanted = new Set([...discarded].map((id) => stored.get(id)));
  // Where the tab that published it lives, every promise has settled.
  expect(published.filter(({ by, end }) => !gone.has(by) && end === undefined)).toEqual([]);
  // A discarded one that another tab was offering just then ends as that attempt does, in time or not.
  expect(
    published.filter(
      ({ end, data: each }) =>
        !/^(stored|accepted|publish|aborted|undefined)$/.test(`${end}`) &&
        !(end === 'timeout' && unwanted.has(each)),
    ),
  ).toEqual([]);
  // What was told accepted has arrived.
  expect(published.filter(({ end, data: each }) => end === 'accepted' && !arrived.has(each))).toEqual([]);
  // Nothing of one tab overtakes another of its lane; of two offers of one message, one may be refused and the other arrive late,
  // and a tab that was frozen hears late that its message was discarded elsewhere.
  const order = [...server.arrived.values()];
  for (const { name } of all) {
    for (const lane of new Set(published.map((each) => each.lane))) {
      const mine = new Set(
        published.filter((each) => each.by === name && each.lane === lane).map((each) => each.data),
      );
      const came = order
        .filter((each) => each.lane === lane && mine.has(each.data))
        .filter((each) => !server.refused.has(each.data) && !unwanted.has(each.data))
        .map((each) => each.data);
      expect(came).toEqual([...came].sort((a, b) => a - b));
    }
  }
  for (const { outbox } of [...tabs]) outbox.destroy();
  for (const each of all) if (each.tab.state !== 'dead') each.outbox.destroy();
  await clock.settle();
}

test.each(['locks', 'messages'] as const)(
  'with %s: tabs that come, freeze, thaw and die lose nothing, reorder nothing, and leave no promise open',
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 50 }), (steps) => live(steps, kind)),
      { numRuns: 300 },
    );
  },
);
