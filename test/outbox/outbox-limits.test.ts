import { describe, expect, test } from 'vitest';
import { scriptedOutbox } from '../fakes/scripted-outbox';
import { accept } from '../fakes/scripted-publisher';

describe('a full outbox', () => {
  test('says so at once, by number and by size, and takes messages again when there is room', async () => {
    const { server, publish, clock, outbox, reports } = scriptedOutbox({
      limits: { messages: 2, bytes: 100 },
    });
    outbox.setOnline(false);
    publish(1);
    publish(2);
    const third = publish(3);
    await clock.settle();
    expect(third.end).toMatchObject({ code: 'outbox-full', retryable: true, channel: 'a', event: 'e' });
    server.rule = accept;
    outbox.setOnline(true);
    await clock.settle();
    const large = publish(4, { bytes: 101 });
    const fits = publish(5, { bytes: 100 });
    await clock.settle();
    expect(large.end).toMatchObject({ code: 'outbox-full' });
    expect(fits.end).toMatchObject({ level: 'accepted' });
    expect(outbox.depth).toEqual({ messages: 0, bytes: 0 });
    expect(reports).toEqual([]);
  });

  test('gives up the oldest waiting message when it was told to, and reports that', async () => {
    const { server, publish, clock, reports } = scriptedOutbox({
      limits: { messages: 2, bytes: 100 },
      overflow: 'drop-oldest',
    });
    const flying = publish('in flight');
    await clock.settle();
    const oldest = publish('oldest');
    publish('newest');
    await clock.settle();
    expect(oldest.end).toMatchObject({ code: 'outbox-full' });
    expect(reports).toEqual([oldest.end]);
    expect(flying.end).toBeUndefined();
    const impossible = publish('too large', { bytes: 101 });
    await clock.settle();
    expect(impossible.end).toMatchObject({ code: 'outbox-full' });
    server.rule = accept;
    server.last.answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(server.payloads).toEqual(['in flight', 'newest']);
  });
});

test('as many waiting messages are given up for a new one as its size takes, and none when all are in flight', async () => {
  const { publish, clock, outbox } = scriptedOutbox({
    limits: { messages: 10, bytes: 100 },
    overflow: 'drop-oldest',
  });
  publish('in flight', { bytes: 40 });
  await clock.settle();
  const waiting = [1, 2, 3].map((n) => publish(n, { bytes: 20 }));
  const large = publish('large', { bytes: 40 });
  await clock.settle();
  expect(waiting.map(({ end }) => end !== undefined)).toEqual([true, true, false]);
  expect(large.end).toBeUndefined();
  const larger = publish('larger', { bytes: 61 });
  await clock.settle();
  expect(larger.end).toMatchObject({ code: 'outbox-full' });
  expect(outbox.pending.get().map(({ bytes }) => bytes)).toEqual([40]);
});
