import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import type { ChannelStream } from '../../src/channels/channel';
import type { ChannelsOptions } from '../../src/channels/channel-context';
import { messagesOf } from '../../src/channels/message-iterator';
import { type ChannelDefinitions, defineChannels, event } from '../../src/contract/define';
import type { StandardSchema } from '../../src/contract/schema';
import type { Channel, RealtimeMessage } from '../../src/types';
import { ChannelsWorld } from '../fakes/channels-world';

function setup(name = 'news', definitions?: ChannelDefinitions, more: Partial<ChannelsOptions> = {}) {
  const world = new ChannelsWorld({ definitions, ...more });
  const { clock, life, errors } = world;
  const stream = world.channel(name);
  const holds = { now: 0, ever: 0 };
  const { subscription } = stream;
  const [hold, release] = [subscription.hold.bind(subscription), subscription.release.bind(subscription)];
  vi.spyOn(subscription, 'hold').mockImplementation(() => {
    holds.now += 1;
    holds.ever += 1;
    hold();
  });
  vi.spyOn(subscription, 'release').mockImplementation(() => {
    holds.now -= 1;
    release();
  });
  /** What listeners to any event of the client's got. */
  const deliver = (name: string, data: unknown): RealtimeMessage | undefined => {
    const before = world.messages.length;
    world.deliver(stream, { channel: stream.name, event: name, data, receivedAt: clock.now() });
    return world.messages[before];
  };
  return { world, clock, life, errors, holds, stream, deliver };
}

/** The client, too, hands out its channels under the public type. */
const saidOn = (stream: ChannelStream, options?: { readonly signal?: AbortSignal }) =>
  messagesOf(stream as unknown as Channel, 'said', options);

describe('listeners', () => {
  test('one that throws is reported, whatever it throws, and the others hear the message', () => {
    const { stream, deliver, errors } = setup();
    const heard: string[] = [];
    stream.on('said', () => {
      throw Object.create(null);
    });
    stream.on('said', () => {
      throw undefined;
    });
    stream.on('said', () => heard.push('on'));
    stream.onAny(() => {
      throw new Error('any');
    });
    stream.onAny(() => heard.push('any'));
    deliver('said', 1);
    expect(heard).toEqual(['on', 'any']);
    expect(errors.map(({ code, channel }) => [code, channel])).toEqual([
      ['listener', 'news'],
      ['listener', 'news'],
      ['listener', 'news'],
    ]);
  });

  test('a filter that throws counts as no, and is reported', () => {
    const { stream, deliver, errors } = setup();
    const heard: unknown[] = [];
    stream.on('said', (payload) => heard.push(payload), {
      filter: (payload) => {
        if (payload === 2) throw new Error('filter');
        return payload !== 1;
      },
    });
    for (const payload of [1, 2, 3]) deliver('said', payload);
    expect(heard).toEqual([3]);
    expect(errors).toMatchObject([{ code: 'listener', event: 'said' }]);
  });

  test('stopping takes effect at once, also for a listener whose turn was still to come', () => {
    const { stream, deliver, holds } = setup();
    const heard: string[] = [];
    const stops = [
      stream.on('said', () => {
        heard.push('first');
        stops[1]?.();
        stream.on('said', () => heard.push('late'));
      }),
      stream.on('said', () => heard.push('second')),
    ];
    deliver('said', 1);
    expect(heard).toEqual(['first']);
    stops[1]?.();
    expect(holds.now).toBe(2);
  });

  test('the same function twice is two listeners with a stop each', () => {
    const { stream, deliver } = setup();
    let calls = 0;
    const listener = (): void => void calls++;
    const stop = stream.on('said', listener);
    stream.on('said', listener);
    deliver('said', 1);
    stop();
    stop();
    deliver('said', 1);
    expect(calls).toBe(3);
  });

  test('a client that is destroyed by a listener is silent from there on', () => {
    const { stream, deliver, life } = setup();
    const heard: string[] = [];
    stream.on('said', () => life.end());
    stream.on('said', () => heard.push('second'));
    stream.onAny(() => heard.push('any'));
    deliver('said', 1);
    expect(heard).toEqual([]);
  });

  test('events called like parts of an object are events', () => {
    const { stream, deliver } = setup();
    const heard: string[] = [];
    for (const name of ['__proto__', 'constructor', 'toString', 'message'])
      stream.on(name, () => heard.push(name));
    for (const name of ['__proto__', 'constructor', 'toString', 'message']) deliver(name, {});
    expect(heard).toEqual(['__proto__', 'constructor', 'toString', 'message']);
  });

  test('what the server itself says goes to those who ask for it, and not to onAny', () => {
    const { stream, deliver } = setup();
    const heard: string[] = [];
    stream.onAny((_, { event: name }) => heard.push(`any ${name}`));
    stream.on('pusher:subscription_count', () => heard.push('count'));
    deliver('pusher:subscription_count', { subscription_count: 1 });
    deliver('pusherman', 1);
    expect(heard).toEqual(['count', 'any pusherman']);
  });

  test('a payload that does not fit goes to the errors with its path, and to no listener', () => {
    const schema: StandardSchema<{ n: number }> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => {
          if (value === 'throw') throw new Error('schema');
          const { n } = value as { n: unknown };
          return typeof n === 'number'
            ? { value: { n } }
            : { issues: [{ message: 'not a number', path: ['n'] }] };
        },
      },
    };
    const definitions = defineChannels({ news: { said: schema, free: event<unknown>() } });
    const { stream, deliver, errors } = setup('news', definitions);
    const heard: unknown[] = [];
    stream.on('said', (payload) => heard.push(payload));
    stream.onAny((payload) => heard.push(payload));
    expect(deliver('said', { n: 'secret' })).toBeUndefined();
    expect(deliver('said', 'throw')).toBeUndefined();
    deliver('said', { n: 1, more: true });
    expect(heard).toEqual([{ n: 1 }, { n: 1 }]);
    expect(errors).toMatchObject([
      { name: 'ValidationError', issues: [{ path: ['n'] }], channel: 'news', event: 'said' },
      { code: 'configuration', channel: 'news', event: 'said' },
    ]);
    expect(String(errors[0])).not.toContain('secret');
  });
});

describe('once', () => {
  test('takes the next message that passes its filter, and lets go', async () => {
    const { stream, deliver, holds, clock } = setup();
    const next = stream.once('said', { filter: (payload) => payload !== 1, timeout: 1_000 });
    for (const payload of [1, 2, 3]) deliver('said', payload);
    expect(await next).toBe(2);
    expect(holds).toEqual({ now: 0, ever: 1 });
    await clock.advance(1_000);
    expect(clock.waiting).toBe(0);
  });

  test('rejects when its time is over, when it is aborted and when the client is destroyed; nothing is left', async () => {
    const { world, stream, life, holds, clock } = setup();
    const late = expect(stream.once('said', { timeout: 50 })).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
    });
    await clock.advance(50);
    await late;
    const controller = new AbortController();
    const aborted = stream.once('said', { signal: controller.signal, timeout: 50 });
    controller.abort('enough');
    await expect(aborted).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    await expect(stream.once('said', { signal: controller.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
    const destroyed = stream.once('said', { timeout: 50 });
    life.end();
    await expect(destroyed).rejects.toMatchObject({ code: 'aborted' });
    await expect(stream.once('said')).rejects.toMatchObject({ code: 'aborted' });
    expect(holds.now).toBe(0);
    world.channels.destroy();
    expect(clock.waiting).toBe(0);
  });

  test('C12: three thousand with one signal are one listener, and none when they are over', async () => {
    const { stream, deliver } = setup();
    const controller = new AbortController();
    const { signal } = controller;
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    const heard = Array.from({ length: 3_000 }, () => stream.once('said', { signal }));
    expect(added).toHaveBeenCalledTimes(1);
    deliver('said', 1);
    expect(new Set(await Promise.all(heard))).toEqual(new Set([1]));
    expect(removed).toHaveBeenCalledTimes(1);
    const waiting = Array.from({ length: 3 }, () =>
      stream.once('said', { signal }).catch(({ code }) => code),
    );
    controller.abort();
    expect(await Promise.all(waiting)).toEqual(['aborted', 'aborted', 'aborted']);
  });

  test('rejects also when listening itself is what ends the client', async () => {
    const ending = (): ReturnType<typeof setup> => {
      const made: ReturnType<typeof setup> = setup('news', undefined, {
        wantConnection: () => {
          made.life.end();
          made.world.channels.destroy();
        },
      });
      return made;
    };
    const { world, stream, clock } = ending();
    await expect(stream.once('said', { timeout: 50 })).rejects.toMatchObject({ code: 'aborted' });
    world.channels.destroy();
    expect(clock.waiting).toBe(0);
    expect(await saidOn(ending().stream).next()).toEqual({ done: true, value: undefined });
  });
});

describe('messages', () => {
  test('subscribe when iteration begins, buffer what is not read, and let go at a break', async () => {
    const { stream, deliver, holds } = setup();
    const messages = saidOn(stream);
    deliver('said', 0);
    expect(holds.ever).toBe(0);
    const first = messages.next();
    expect(holds.now).toBe(1);
    for (const payload of [1, 2, 3]) deliver('said', payload);
    expect((await first).value).toMatchObject({ data: 1 });
    const heard: unknown[] = [];
    for await (const { data } of messages) {
      heard.push(data);
      if (data === 3) break;
    }
    expect(heard).toEqual([2, 3]);
    expect(holds.now).toBe(0);
    expect(await messages.next()).toEqual({ done: true, value: undefined });
  });

  test('let go when the loop throws', async () => {
    const { stream, deliver, holds } = setup();
    const loop = (async () => {
      for await (const { data } of saidOn(stream)) throw new Error(`at ${data}`);
    })();
    deliver('said', 1);
    await expect(loop).rejects.toThrow('at 1');
    expect(holds.now).toBe(0);
  });

  test('a return() does not wait for a next() that waits for a message', async () => {
    const { stream, holds } = setup();
    const messages = saidOn(stream);
    const waiting = [messages.next(), messages.next()];
    expect(await messages.return?.()).toEqual({ done: true, value: undefined });
    expect(await Promise.all(waiting)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(holds.now).toBe(0);
    await expect(saidOn(stream).throw?.(new Error('thrown'))).rejects.toThrow('thrown');
  });

  test('end when they are aborted and when the client is destroyed, before or while somebody waits', async () => {
    const { stream, holds, life, world } = setup();
    const controller = new AbortController();
    const waiting = saidOn(stream, { signal: controller.signal }).next();
    controller.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await saidOn(stream, { signal: controller.signal }).next()).toMatchObject({ done: true });
    const last = saidOn(stream).next();
    life.end();
    world.channels.destroy();
    expect(await last).toEqual({ done: true, value: undefined });
    expect(holds.now).toBe(0);
  });

  test('several who wait get one message each, in order', async () => {
    const { stream, deliver } = setup();
    const messages = saidOn(stream);
    const waiting = [messages.next(), messages.next()];
    deliver('said', 1);
    deliver('said', 2);
    deliver('said', undefined);
    const values = (await Promise.all([...waiting, messages.next()])).map(({ value }) => value?.data);
    expect(values).toEqual([1, 2, undefined]);
  });
});

describe('ready', () => {
  test('resolves when the subscription is confirmed, at once when it is', async () => {
    const { world, stream, holds } = setup();
    const ready = stream.ready();
    world.open();
    world.confirm('news');
    await ready;
    await stream.ready();
    expect(holds).toEqual({ now: 0, ever: 2 });
  });

  test('rejects with the refusal, at once when there is one', async () => {
    const { world, stream, holds } = setup();
    world.open();
    const ready = stream.ready();
    world.refuse('news', { code: 403 });
    const refusal = { name: 'SubscriptionError', status: 403 };
    await expect(ready).rejects.toMatchObject(refusal);
    await expect(stream.ready()).rejects.toMatchObject(refusal);
    expect(holds.now).toBe(0);
  });

  test('rejects when its time is over and when the client is destroyed', async () => {
    const { world, stream, clock, life, holds } = setup();
    const late = expect(stream.ready({ timeout: 100 })).rejects.toMatchObject({ code: 'timeout' });
    await clock.advance(100);
    await late;
    const destroyed = stream.ready({ timeout: 100 });
    life.end();
    await expect(destroyed).rejects.toMatchObject({ code: 'aborted' });
    await expect(stream.ready({ timeout: 100 })).rejects.toMatchObject({ code: 'aborted' });
    expect(holds.now).toBe(0);
    world.channels.destroy();
    expect(clock.waiting).toBe(0);
  });
});

describe('calls that cannot be meant', () => {
  test('are told once, with what to write', () => {
    const { stream, deliver, errors, holds } = setup();
    const call = stream as unknown as Record<string, (...values: unknown[]) => unknown>;
    for (let time = 0; time < 2; time += 1) {
      expect(call['on']?.('said')).toBeTypeOf('function');
      call['on']?.(undefined, () => {});
      call['onAny']?.();
      call['on']?.('pusher:subscription_suceeded', () => {});
    }
    expect(holds.now).toBe(2);
    expect(errors.map(({ name, channel }) => [name, channel])).toEqual(
      Array.from({ length: 4 }, () => ['ConfigurationError', 'news']),
    );
    expect(errors[0]?.message).toContain('on("said", (payload) => { … })');
    expect(errors[3]?.message).toContain('pusher:subscription_succeeded');
    const heard: unknown[] = [];
    call['on']?.('said', (payload: unknown) => heard.push(payload), { filtr: () => false });
    call['on']?.('said', (payload: unknown) => heard.push(payload), { filter: 'no' });
    call['on']?.('said', (payload: unknown) => heard.push(payload), null);
    deliver('said', 1);
    expect(heard).toEqual([1, 1, 1]);
    expect(errors.slice(4).map(({ message }) => message)).toEqual([
      '`on` has no option `filtr`. It takes filter.',
      '`filter` must be a function; got "no".',
    ]);
  });

  test('a wait that cannot end is refused, and not begun', async () => {
    const { stream, holds, errors } = setup();
    const wrong = [{ timeout: 'soon' }, { timeout: Number.NaN }, { timeout: -1 }, { signal: {} }];
    for (const options of wrong) {
      await expect(stream.once('said', options as never)).rejects.toMatchObject({ code: 'configuration' });
    }
    await expect(stream.ready({ timeout: null } as never)).rejects.toThrow('`timeout of ready()`');
    expect(() => saidOn(stream, { signal: 'x' } as never)).toThrow('`signal of messagesOf()`');
    expect(holds.ever).toBe(0);
    void stream.ready({ timeOut: 5 } as never);
    expect(errors).toMatchObject([{ message: '`ready` has no option `timeOut`. It takes timeout.' }]);
  });

  test('listening after the end is told once, and holds nothing', () => {
    const { stream, life, errors, holds, deliver } = setup();
    life.end();
    const heard: unknown[] = [];
    stream.on('said', (payload) => heard.push(payload))();
    stream.hold()();
    deliver('said', 1);
    expect(heard).toEqual([]);
    expect(holds.ever).toBe(0);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain('Make a new RealtimeClient');
  });
});

describe('what pusher-js tells by events', () => {
  test('comes by its names: that it is subscribed, with the members, and why it is not', async () => {
    const { world, stream } = setup('presence-room');
    const told: unknown[] = [];
    stream.on('pusher:subscription_succeeded', (members) => told.push(members));
    stream.on('pusher:subscription_error', (error) => told.push((error as { status: number }).status));
    stream.onAny(() => told.push('any'));
    world.open();
    await world.clock.settle();
    world.confirm('presence-room', [{ id: 'ada', info: 1 }]);
    world.refuse('presence-room', { code: 403 });
    expect(told).toEqual([[{ id: 'ada', info: 1 }], 403]);
  });

  test('a refused channel delivers nothing, whatever still comes on it', async () => {
    const { world, stream } = setup('private-a');
    const heard: unknown[] = [];
    stream.on('said', (payload) => heard.push(payload));
    world.open();
    await world.clock.settle();
    world.confirm('private-a');
    world.say('private-a', 'said', 1);
    world.refuse('private-a', { code: 403 });
    world.say('private-a', 'said', 2);
    expect(heard).toEqual([1]);
  });
});

describe('what the application answers', () => {
  test.each(['', null, undefined, Number.NaN, {}, () => 'x'])(
    'an id that says nothing (%s) is none: nothing is dropped by it',
    (answer) => {
      const { world, stream } = setup('news', undefined, { messageId: () => answer });
      const heard: unknown[] = [];
      stream.on('said', (payload) => heard.push(payload));
      world.open();
      world.confirm('news');
      for (const payload of [1, 2, 3]) world.say('news', 'said', payload);
      expect(heard).toEqual([1, 2, 3]);
    },
  );

  test('a number is an id as its text is', () => {
    const { world, stream } = setup('news', undefined, {
      messageId: (data) => (data as { readonly id: unknown }).id,
    });
    const heard: unknown[] = [];
    stream.on('said', (_, { id }) => heard.push(id));
    world.open();
    world.confirm('news');
    for (const id of [7, '7', 8]) world.say('news', 'said', { id });
    expect(heard).toEqual(['7', '8']);
    expect(world.duplicates).toBe(1);
  });

  test('an id that is promised is told once, and one that is thrown is reported', () => {
    const { world, stream } = setup('news', undefined, {
      messageId: (_, event) => {
        if (event === 'thrown') throw new Error('mine');
        return Promise.resolve('1');
      },
    });
    stream.on('said', () => {});
    world.open();
    world.confirm('news');
    for (const event of ['said', 'said', 'thrown']) world.say('news', event);
    expect(world.errors).toMatchObject([
      { code: 'configuration' },
      { code: 'listener', cause: { message: 'mine' } },
    ]);
  });

  test.each([undefined, null, 'text', 7, {}])(
    'a schema that answers %s is reported, and nobody hears',
    (answer) => {
      const schema = { '~standard': { version: 1, vendor: 'test', validate: () => answer } };
      const definitions = defineChannels({ news: { said: schema as never } });
      const { stream, deliver, errors } = setup('news', definitions);
      const heard: unknown[] = [];
      stream.on('said', (payload) => heard.push(payload));
      deliver('said', 1);
      expect(heard).toEqual(answer !== null && typeof answer === 'object' ? [undefined] : []);
      expect(errors).toHaveLength(answer !== null && typeof answer === 'object' ? 0 : 1);
    },
  );
});

test('a channel lives as long as somebody has one of its stores, and no longer', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const make = (): [WeakRef<ChannelStream>, unknown] => {
    const stream = new ChannelsWorld().channel('news');
    return [new WeakRef(stream), stream.members];
  };
  const [kept, members] = make();
  const [dropped] = make();
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  expect(members).toBeDefined();
  expect(kept.deref()).toBeDefined();
  expect(dropped.deref()).toBeUndefined();
});
