import { describe, expect, test } from 'vitest';
import { PublishError } from '../../src/errors';
import { memoryStorage } from '../../src/outbox/memory-storage';
import type { OutboxOutcome } from '../../src/outbox/surroundings';
import { ManualClock } from '../fakes/manual-clock';
import { type OpenOutboxSettings, openOutbox } from '../fakes/open-outbox';
import { accept, ScriptedPublisher } from '../fakes/scripted-publisher';

const refuse = async (): Promise<never> => {
  throw new PublishError('The server does not want it.', { status: 422 });
};

function setup(overrides: Partial<OpenOutboxSettings> = {}) {
  const clock = new ManualClock();
  const server = new ScriptedPublisher();
  const storage = memoryStorage();
  const ended: string[] = [];
  let ids = 0;
  const open = () =>
    openOutbox({
      clock,
      random: () => 1,
      createId: () => `m${++ids}`,
      storage,
      publishers: { server },
      limits: { messages: 200, bytes: 10_000 },
      expiresIn: 60_000,
      keepRejected: true,
      report: () => {},
      onSettled: (outcome: OutboxOutcome) => ended.push(`${outcome.message.id} ${outcome.type}`),
      ...overrides,
    });
  const outbox = open();
  const publish = (data: unknown, options = {}) =>
    outbox
      .publish({ channel: 'a', event: 'e', route: 'server', bytes: 10, data }, options)
      .catch((error) => error.code);
  const rejectedIds = (of: typeof outbox = outbox) => of.rejected.get().map(({ id }) => id);
  return { clock, server, storage, ended, open, outbox, publish, rejectedIds };
}

describe('rejected messages that are kept', () => {
  test('tell their other subscribers when one of these throws, and that is reported', async () => {
    const reports: unknown[] = [];
    const { server, publish, outbox } = setup({ report: (error) => reports.push(error) });
    server.rule = refuse;
    const seen: number[] = [];
    outbox.rejected.subscribe(() => {
      throw new Error('a listener of the application');
    });
    outbox.rejected.subscribe(({ length }) => seen.push(length));
    await publish('x');
    expect(seen).toEqual([1]);
    expect(reports).toMatchObject([{ code: 'listener', message: 'A subscriber of outbox.rejected threw.' }]);
  });

  test('can be looked at after a refusal, with the reason, and are not pending', async () => {
    const { clock, server, publish, outbox } = setup();
    server.rule = refuse;
    expect(await publish({ private: 'payload' })).toBe('publish');
    expect(outbox.pending.get()).toEqual([]);
    expect(outbox.depth.messages).toBe(0);
    expect(outbox.rejected.get()).toEqual([
      expect.objectContaining({
        id: 'm1',
        channel: 'a',
        attempts: 1,
        rejectedAt: clock.now(),
        error: expect.objectContaining({ code: 'publish', status: 422 }),
      }),
    ]);
    expect(outbox.rejected.get()[0]?.data).toEqual({ private: 'payload' });
  });

  test('are those that expired, too, and not those that somebody gave up', async () => {
    const { clock, outbox, publish, rejectedIds } = setup();
    outbox.setOnline(false);
    const controller = new AbortController();
    const ends = Promise.all([
      publish(1, { expiresIn: 1_000 }),
      publish(2),
      publish(3, { signal: controller.signal }),
    ]);
    await clock.settle();
    outbox.discard('m2');
    controller.abort();
    await clock.advance(1_000);
    expect(await ends).toEqual(['message-expired', 'aborted', 'aborted']);
    expect(rejectedIds()).toEqual(['m1']);
  });

  test('are not kept unless somebody asked for it', async () => {
    const { server, publish, outbox, storage } = setup({ keepRejected: false });
    server.rule = refuse;
    await publish(1);
    expect(outbox.rejected.get()).toEqual([]);
    expect(await storage.load()).toEqual([]);
  });

  test('are there after a reload, with code, status and text, and are not sent', async () => {
    const { clock, server, publish, outbox, open } = setup();
    server.rule = refuse;
    await publish(1);
    const before = outbox.rejected.get();
    outbox.destroy();
    server.rule = accept;
    const next = open();
    await next.load();
    await clock.advance(100_000);
    expect(next.rejected.get()).toMatchObject([
      { ...before[0], error: { code: 'publish', status: 422, message: 'The server does not want it.' } },
    ]);
    expect(server.payloads).toEqual([1]);
  });

  test('go away with a page that does not keep them', async () => {
    const { server, storage, publish, outbox } = setup();
    server.rule = refuse;
    await publish(1);
    outbox.destroy();
    const other = setup({ storage, keepRejected: false });
    await other.outbox.load();
    await other.clock.settle();
    expect(await storage.load()).toEqual([]);
  });

  test('are published again by retry(), under their id, as long as a new message would wait; the end is an event', async () => {
    const { clock, server, storage, publish, outbox, ended, rejectedIds } = setup();
    server.rule = refuse;
    await publish(1);
    await clock.advance(50_000);
    outbox.setOnline(false);
    expect(outbox.retry('m1')).toBe(true);
    await clock.advance(59_000);
    expect(rejectedIds()).toEqual([]);
    expect(outbox.pending.get()).toMatchObject([{ id: 'm1', state: 'waiting', attempts: 0 }]);
    server.rule = accept;
    outbox.setOnline(true);
    await clock.settle();
    expect(server.offers.map(({ message }) => message.id)).toEqual(['m1', 'm1']);
    expect(ended).toEqual(['m1 rejected', 'm1 acknowledged']);
    expect(await storage.load()).toEqual([]);
    expect(outbox.retry('m1')).toBe(false);
  });

  test('do not take the place of what was published since', async () => {
    const { clock, server, publish, outbox } = setup();
    server.rule = refuse;
    await publish('old', { replaces: 'key' });
    server.rule = accept;
    outbox.setOnline(false);
    const newer = publish('new', { replaces: 'key' });
    await clock.settle();
    outbox.retry('m1');
    outbox.setOnline(true);
    await newer;
    await clock.settle();
    expect(server.payloads).toEqual(['old', 'new', 'old']);
  });

  test('stay where they are when there is no room to retry them', async () => {
    const { clock, server, publish, outbox, rejectedIds } = setup({ limits: { messages: 1, bytes: 10_000 } });
    server.rule = refuse;
    await publish(1);
    outbox.setOnline(false);
    void publish(2);
    await clock.settle();
    expect(outbox.retry('m1')).toBe(false);
    expect(rejectedIds()).toEqual(['m1']);
  });

  test('are forgotten by discard() and by clear(), on the disk too', async () => {
    const { clock, server, storage, publish, outbox, rejectedIds } = setup();
    server.rule = refuse;
    await Promise.all([publish(1), publish(2)]);
    expect(outbox.discard('m1')).toBe(true);
    expect(outbox.discard('m1')).toBe(false);
    await clock.settle();
    expect((await storage.load()).map(({ id }) => id)).toEqual(['m2']);
    await outbox.clear();
    expect(rejectedIds()).toEqual([]);
    expect(await storage.load()).toEqual([]);
  });

  test('are the last hundred', async () => {
    const { clock, server, storage, publish, rejectedIds } = setup();
    server.rule = refuse;
    await Promise.all(Array.from({ length: 103 }, (_, n) => publish(n)));
    await clock.settle();
    expect([rejectedIds().length, rejectedIds()[0], rejectedIds().at(-1)]).toEqual([100, 'm4', 'm103']);
    expect(await storage.load()).toHaveLength(100);
  });

  test('are told to subscribers once for many', async () => {
    const { clock, server, publish, outbox } = setup();
    const told: number[] = [];
    outbox.rejected.subscribe((rejected) => told.push(rejected.length));
    server.rule = refuse;
    await publish(1);
    await clock.settle();
    outbox.discard('m1');
    await clock.settle();
    expect(told).toEqual([1, 0]);
  });
});
