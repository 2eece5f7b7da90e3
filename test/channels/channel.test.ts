import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import type { ChannelStream } from '../../src/channels/channel';
import { defineChannels, event } from '../../src/contract/define';
import type { StandardSchema } from '../../src/contract/schema';
import { ChannelsWorld } from '../fakes/channels-world';
import { countedChannel, saidOn } from '../fakes/counted-channel';

describe('listeners', () => {
  test('one that throws is reported, whatever it throws, and the others hear the message', () => {
    const { stream, deliver, errors } = countedChannel();
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
    const { stream, deliver, errors } = countedChannel();
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
    const { stream, deliver, holds } = countedChannel();
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
    const { stream, deliver } = countedChannel();
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
    const { stream, deliver, life } = countedChannel();
    const heard: string[] = [];
    stream.on('said', () => life.end());
    stream.on('said', () => heard.push('second'));
    stream.onAny(() => heard.push('any'));
    deliver('said', 1);
    expect(heard).toEqual([]);
  });

  test('events called like parts of an object are events', () => {
    const { stream, deliver } = countedChannel();
    const heard: string[] = [];
    for (const name of ['__proto__', 'constructor', 'toString', 'message'])
      stream.on(name, () => heard.push(name));
    for (const name of ['__proto__', 'constructor', 'toString', 'message']) deliver(name, {});
    expect(heard).toEqual(['__proto__', 'constructor', 'toString', 'message']);
  });

  test('what the server itself says goes to those who ask for it, and not to onAny', () => {
    const { stream, deliver } = countedChannel();
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
    const { stream, deliver, errors } = countedChannel('news', definitions);
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
    const { stream, deliver, holds, clock } = countedChannel();
    const next = stream.once('said', { filter: (payload) => payload !== 1, timeout: 1_000 });
    for (const payload of [1, 2, 3]) deliver('said', payload);
    expect(await next).toBe(2);
    expect(holds).toEqual({ now: 0, ever: 1 });
    await clock.advance(1_000);
    expect(clock.waiting).toBe(0);
  });

  test('rejects when its time is over, when it is aborted and when the client is destroyed; nothing is left', async () => {
    const { world, stream, life, holds, clock } = countedChannel();
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
    const { stream, deliver } = countedChannel();
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
    const ending = (): ReturnType<typeof countedChannel> => {
      const made: ReturnType<typeof countedChannel> = countedChannel('news', undefined, {
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

describe('ready', () => {
  test('resolves when the subscription is confirmed, at once when it is', async () => {
    const { world, stream, holds } = countedChannel();
    const ready = stream.ready();
    world.open();
    world.confirm('news');
    await ready;
    await stream.ready();
    expect(holds).toEqual({ now: 0, ever: 2 });
  });

  test('rejects with the refusal, at once when there is one', async () => {
    const { world, stream, holds } = countedChannel();
    world.open();
    const ready = stream.ready();
    world.refuse('news', { code: 403 });
    const refusal = { name: 'SubscriptionError', status: 403 };
    await expect(ready).rejects.toMatchObject(refusal);
    await expect(stream.ready()).rejects.toMatchObject(refusal);
    expect(holds.now).toBe(0);
  });

  test('rejects when its time is over and when the client is destroyed', async () => {
    const { world, stream, clock, life, holds } = countedChannel();
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
    const { stream, deliver, errors, holds } = countedChannel();
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
    const { stream, holds, errors } = countedChannel();
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
    const { stream, life, errors, holds, deliver } = countedChannel();
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
    const { world, stream } = countedChannel('presence-room');
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
    const { world, stream } = countedChannel('private-a');
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
      const { world, stream } = countedChannel('news', undefined, { messageId: () => answer });
      const heard: unknown[] = [];
      stream.on('said', (payload) => heard.push(payload));
      world.open();
      world.confirm('news');
      for (const payload of [1, 2, 3]) world.say('news', 'said', payload);
      expect(heard).toEqual([1, 2, 3]);
    },
  );

  test('a number is an id as its text is', () => {
    const { world, stream } = countedChannel('news', undefined, {
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
    const { world, stream } = countedChannel('news', undefined, {
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
      const { stream, deliver, errors } = countedChannel('news', definitions);
      const heard: unknown[] = [];
      stream.on('said', (payload) => heard.push(payload));
      deliver('said', 1);
      expect(heard).toEqual([]);
      expect(errors).toHaveLength(1);
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
