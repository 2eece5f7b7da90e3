import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRealtimeError, PublishError } from '../../src/errors';
import { memoryStorage } from '../../src/outbox/memory-storage';
import type { Acceptance, OutboundMessage, OutboxStorage, Publisher } from '../../src/ports';
import { deferred } from '../../src/support/deferred';
import { ManualClock } from '../fakes/manual-clock';
import { openOutbox } from '../fakes/open-outbox';

const channels = ['a', 'b', 'c'] as const;

type Step =
  | {
      readonly do: 'publish';
      readonly channel: string;
      readonly peer: boolean;
      readonly key?: string;
      readonly expiresIn?: number;
      readonly none: boolean;
    }
  | {
      readonly do: 'answer';
      readonly with: 'yes' | 'later' | 'much later' | 'no' | 'lost';
      readonly which: number;
    }
  | { readonly do: 'online' | 'offline' | 'flush' | 'reload' }
  | { readonly do: 'confirm' | 'lose'; readonly channel: string }
  | { readonly do: 'discard' | 'retry'; readonly which: number }
  | { readonly do: 'storage'; readonly works: boolean }
  | { readonly do: 'wait'; readonly ms: number };

const channel = fc.constantFrom(...channels);
const which = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record(
      {
        do: fc.constant('publish' as const),
        channel,
        peer: fc.boolean(),
        none: fc.boolean(),
        key: fc.constantFrom('k', 'l'),
        expiresIn: fc.constantFrom(50, 3_000, 40_000),
      },
      { requiredKeys: ['do', 'channel', 'peer', 'none'] },
    ),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      with: fc.constantFrom('yes', 'yes', 'yes', 'later', 'much later', 'no', 'lost'),
      which,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('online', 'offline', 'flush', 'reload') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('confirm', 'confirm', 'lose'), channel }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('discard', 'retry'), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('storage' as const), works: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 400, 9_000, 35_000) }),
  },
);

/** A server that honours ids: what comes twice counts once. It also looks at how it is offered things. */
class World {
  readonly arrived = new Map<string, number>();
  readonly flying: {
    readonly lane: string;
    readonly message: OutboundMessage;
    readonly answer: (how: string) => void;
  }[] = [];
  easy = false;
  tooMany = 0;

  publisher(route: string): Publisher {
    return {
      publish: (message, signal) => {
        const lane = `${route}:${message.channel}`;
        if (this.flying.some((other) => other.lane === lane)) this.tooMany += 1;
        if (this.easy) {
          this.#arrive(message);
          return Promise.resolve({ level: 'accepted' });
        }
        const { promise, resolve, reject } = deferred<Acceptance>();
        const flight = {
          lane,
          message,
          answer: (how: string) => {
            this.flying.splice(this.flying.indexOf(flight), 1);
            if (how === 'yes' || how === 'lost') this.#arrive(message);
            if (how === 'yes') resolve({ level: 'accepted' });
            else if (how === 'no') reject(new PublishError('no', { status: 403 }));
            else
              reject(
                new PublishError('later', {
                  retryable: true,
                  retryAfter: how === 'much later' ? 20_000 : undefined,
                }),
              );
          },
        };
        this.flying.push(flight);
        signal.addEventListener('abort', () => {
          if (this.flying.includes(flight)) this.flying.splice(this.flying.indexOf(flight), 1);
          reject(signal.reason);
        });
        return promise;
      },
    };
  }

  #arrive({ id }: OutboundMessage): void {
    if (!this.arrived.has(id)) this.arrived.set(id, this.arrived.size);
  }
}

interface Published {
  readonly id: string;
  readonly lane: string;
  readonly plain: boolean;
  end?: string;
}

test('whatever happens, every message has one honest end, none is lost, none overtakes another, no timer is left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const clock = new ManualClock();
      const world = new World();
      const inner = memoryStorage();
      let storageWorks = true;
      let everBroken = false;
      const guarded = async <T>(action: () => Promise<T>): Promise<T> => {
        if (!storageWorks) throw new Error('the storage is broken');
        return action();
      };
      const storage: OutboxStorage = {
        load: () => guarded(() => inner.load()),
        put: (messages) => guarded(() => inner.put(messages)),
        remove: (ids) => guarded(() => inner.remove(ids)),
      };
      const published: Published[] = [];
      const outcomes = new Map<string, string[]>();
      let ids = 0;
      let seed = 1;
      const create = () =>
        openOutbox({
          clock,
          storage,
          random: () => {
            seed = (seed * 16_807) % 2_147_483_647;
            return seed / 2_147_483_647;
          },
          createId: () => `m${String(++ids).padStart(3, '0')}`,
          publishers: { server: world.publisher('server'), peer: world.publisher('peer') },
          limits: { messages: 1_000, bytes: 1e6 },
          report: () => {},
          onSettled: ({ type, message }) =>
            outcomes.set(message.id, [...(outcomes.get(message.id) ?? []), type]),
        });
      let outbox = create();
      await outbox.load();

      for (const action of steps) {
        switch (action.do) {
          case 'publish': {
            const route = action.peer ? 'peer' : 'server';
            const promise = outbox.publish(
              { channel: action.channel, event: 'e', data: ids + 1, route, bytes: 10 },
              {
                ...(action.key === undefined ? {} : { replaces: action.key }),
                ...(action.expiresIn === undefined ? {} : { expiresIn: action.expiresIn }),
                acknowledge: action.none ? 'none' : 'accepted',
              },
            );
            const record: Published = {
              id: `m${String(ids).padStart(3, '0')}`,
              lane: `${route}:${action.channel}`,
              plain: action.key === undefined,
            };
            published.push(record);
            promise.then(
              ({ level }) => {
                record.end = level;
              },
              (error: unknown) => {
                record.end = isRealtimeError(error) ? error.code : `strange: ${error}`;
              },
            );
            break;
          }
          case 'answer':
            world.flying[action.which % Math.max(1, world.flying.length)]?.answer(action.with);
            break;
          case 'online':
          case 'offline':
            outbox.setOnline(action.do === 'online');
            break;
          case 'confirm':
          case 'lose':
            outbox.setConfirmed(action.channel, action.do === 'confirm');
            break;
          case 'flush':
            void outbox.flush();
            break;
          case 'discard':
          case 'retry': {
            const pending = outbox.pending.get();
            const id = pending[action.which % Math.max(1, pending.length)]?.id ?? 'none';
            outbox[action.do](id);
            break;
          }
          case 'storage':
            storageWorks = action.works;
            everBroken ||= !action.works;
            break;
          case 'wait':
            await clock.advance(action.ms);
            break;
          case 'reload':
            await clock.settle();
            outbox.destroy();
            await clock.settle();
            expect(clock.waiting).toBe(0);
            outbox = create();
            await outbox.load();
            break;
          default:
            action satisfies never;
        }
        if (action.do !== 'publish') await clock.settle();
      }

      // Then the world becomes a good place, for long enough.
      storageWorks = true;
      world.easy = true;
      for (const flight of [...world.flying]) flight.answer('yes');
      outbox.setOnline(true);
      for (const name of channels) outbox.setConfirmed(name, true);
      await clock.advance(60_000);
      await outbox.flush();
      await clock.settle();

      expect(outbox.pending.get()).toEqual([]);
      expect(outbox.depth).toEqual({ messages: 0, bytes: 0 });
      expect(clock.waiting).toBe(0);
      expect(world.tooMany).toBe(0);
      expect(published.filter(({ end }) => end === undefined)).toEqual([]);
      expect(
        published.filter(({ end }) => !/^(stored|accepted|publish|message-expired|aborted)$/.test(end ?? '')),
      ).toEqual([]);
      expect([...outcomes.values()].filter((ends) => ends.length > 1)).toEqual(
        everBroken ? expect.anything() : [],
      );

      for (const { id, end } of published) {
        const ends = outcomes.get(id) ?? [];
        // What was stored survives the reload; only a storage that was broken may have kept it from that.
        if (!everBroken) expect(ends.length, `${id} has an end`).toBe(1);
        if (ends.includes('acknowledged')) expect(world.arrived.has(id), `${id} arrived`).toBe(true);
        if (end === 'accepted' && !ends.includes('replaced')) expect(ends).toContain('acknowledged');
      }

      for (const lane of new Set(published.map((message) => message.lane))) {
        const order = published
          .filter((message) => message.lane === lane && message.plain && world.arrived.has(message.id))
          .map(({ id }) => world.arrived.get(id) ?? -1);
        if (!everBroken) expect(order).toEqual([...order].sort((a, b) => a - b));
      }
      await expect(inner.load()).resolves.toEqual(everBroken ? expect.anything() : []);
      outbox.destroy();
    }),
    { numRuns: 300 },
  );
}, 180_000);
