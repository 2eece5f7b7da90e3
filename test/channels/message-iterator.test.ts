import { describe, expect, test } from 'vitest';
import { countedChannel, saidOn } from '../fakes/counted-channel';

describe('messages', () => {
  test('subscribe when iteration begins, buffer what is not read, and let go at a break', async () => {
    const { stream, deliver, holds } = countedChannel();
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
    const { stream, deliver, holds } = countedChannel();
    const loop = (async () => {
      for await (const { data } of saidOn(stream)) throw new Error(`at ${data}`);
    })();
    deliver('said', 1);
    await expect(loop).rejects.toThrow('at 1');
    expect(holds.now).toBe(0);
  });

  test('a return() does not wait for a next() that waits for a message', async () => {
    const { stream, holds } = countedChannel();
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
    const { stream, holds, life, world } = countedChannel();
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
    const { stream, deliver } = countedChannel();
    const messages = saidOn(stream);
    const waiting = [messages.next(), messages.next()];
    deliver('said', 1);
    deliver('said', 2);
    deliver('said', undefined);
    const values = (await Promise.all([...waiting, messages.next()])).map(({ value }) => value?.data);
    expect(values).toEqual([1, 2, undefined]);
  });
});
