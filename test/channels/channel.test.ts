import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { ChannelStream } from '../../src/channels/channel';
import { type ChannelDefinitions, defineChannels, event } from '../../src/contract/define';
import { resolveChannel } from '../../src/contract/resolution';
import type { StandardSchema } from '../../src/contract/schema';
import { type RealtimeError, SubscriptionError } from '../../src/errors';
import { Life } from '../../src/support/life';
import type { RealtimeMessage } from '../../src/types';
import { ManualClock } from '../fakes/manual-clock';

function setup(name = 'news', definitions?: ChannelDefinitions) {
  const clock = new ManualClock();
  const life = new Life();
  const errors: RealtimeError[] = [];
  const holds = { now: 0, ever: 0 };
  const stream = new ChannelStream(resolveChannel(definitions, name), {
    clock,
    life,
    hold: () => {
      let live = true;
      holds.now += 1;
      holds.ever += 1;
      return () => {
        if (live) holds.now -= 1;
        live = false;
      };
    },
    publish: () => Promise.reject(new Error('not here')),
    report: (error) => errors.push(error),
  });
  const deliver = (name: string, data: unknown): RealtimeMessage | undefined =>
    stream.deliver({ channel: stream.name, event: name, data, receivedAt: clock.now() });
  return { clock, life, errors, holds, stream, deliver };
}

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
    const { stream, deliver } = setup();
    const heard: string[] = [];
    stream.on('said', () => stream.end());
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
    expect(clock.waiting).toBe(0);
  });

  test('rejects when its time is over, when it is aborted and when the client is destroyed; nothing is left', async () => {
    const { stream, life, holds, clock } = setup();
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
    expect(clock.waiting).toBe(0);
  });

  test('rejects also when listening itself is what ends the client', async () => {
    const { life, clock, stream: unused } = setup();
    const stream = new ChannelStream(unused.resolved, {
      clock,
      life,
      hold: () => {
        life.end();
        return () => {};
      },
      publish: () => Promise.reject(new Error('not here')),
      report: () => {},
    });
    await expect(stream.once('said', { timeout: 50 })).rejects.toMatchObject({ code: 'aborted' });
    expect(clock.waiting).toBe(0);
    expect(await stream.messages('said').next()).toEqual({ done: true, value: undefined });
  });
});

describe('messages', () => {
  test('subscribe when iteration begins, buffer what is not read, and let go at a break', async () => {
    const { stream, deliver, holds } = setup();
    const messages = stream.messages('said');
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
      for await (const { data } of stream.messages('said')) throw new Error(`at ${data}`);
    })();
    deliver('said', 1);
    await expect(loop).rejects.toThrow('at 1');
    expect(holds.now).toBe(0);
  });

  test('a return() does not wait for a next() that waits for a message', async () => {
    const { stream, holds } = setup();
    const messages = stream.messages('said');
    const waiting = [messages.next(), messages.next()];
    expect(await messages.return?.()).toEqual({ done: true, value: undefined });
    expect(await Promise.all(waiting)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(holds.now).toBe(0);
    await expect(stream.messages('said').throw?.(new Error('thrown'))).rejects.toThrow('thrown');
  });

  test('end when they are aborted and when the client is destroyed, before or while somebody waits', async () => {
    const { stream, holds, life } = setup();
    const controller = new AbortController();
    const waiting = stream.messages('said', { signal: controller.signal }).next();
    controller.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await stream.messages('said', { signal: controller.signal }).next()).toMatchObject({ done: true });
    const last = stream.messages('said').next();
    life.end();
    expect(await last).toEqual({ done: true, value: undefined });
    expect(holds.now).toBe(0);
  });

  test('several who wait get one message each, in order', async () => {
    const { stream, deliver } = setup();
    const messages = stream.messages('said');
    const waiting = [messages.next(), messages.next()];
    deliver('said', 1);
    deliver('said', 2);
    deliver('said', undefined);
    const values = (await Promise.all([...waiting, messages.next()])).map(({ value }) => value?.data);
    expect(values).toEqual([1, 2, undefined]);
  });
});

describe('ready', () => {
  const refusal = new SubscriptionError('no', { channel: 'news', status: 403 });

  test('resolves when the subscription is confirmed, at once when it is', async () => {
    const { stream, holds } = setup();
    const ready = stream.ready();
    stream.subscription.set({ state: 'subscribing' });
    stream.subscription.set({ state: 'subscribed' });
    await ready;
    await stream.ready();
    expect(holds).toEqual({ now: 0, ever: 2 });
  });

  test('rejects with the refusal, at once when there is one', async () => {
    const { stream, holds } = setup();
    const ready = stream.ready();
    stream.subscription.set({ state: 'refused', error: refusal });
    await expect(ready).rejects.toBe(refusal);
    await expect(stream.ready()).rejects.toBe(refusal);
    expect(holds.now).toBe(0);
  });

  test('rejects when its time is over and when the client is destroyed', async () => {
    const { stream, clock, life, holds } = setup();
    const late = expect(stream.ready({ timeout: 100 })).rejects.toMatchObject({ code: 'timeout' });
    await clock.advance(100);
    await late;
    const destroyed = stream.ready({ timeout: 100 });
    life.end();
    await expect(destroyed).rejects.toMatchObject({ code: 'aborted' });
    await expect(stream.ready({ timeout: 100 })).rejects.toMatchObject({ code: 'aborted' });
    expect(holds.now).toBe(0);
    expect(clock.waiting).toBe(0);
  });
});

test('a channel lives as long as somebody has one of its stores, and no longer', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const make = (): [WeakRef<ChannelStream>, unknown] => {
    const { stream } = setup();
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
