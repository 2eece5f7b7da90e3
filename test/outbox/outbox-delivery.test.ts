import { describe, expect, test } from 'vitest';
import { UnconfirmedError } from '../../src/errors';
import { memoryStorage } from '../../src/outbox/memory-storage';
import type { OutboxStorage, StoredMessage } from '../../src/ports';
import { isStoredMessage } from '../../src/support/stored-message';
import type { PublishOptions } from '../../src/types';
import { storedMessage } from '../contract/outbox-storage';
import type { OpenOutboxSettings } from '../fakes/open-outbox';
import { scriptedOutbox } from '../fakes/scripted-outbox';
import { accept } from '../fakes/scripted-publisher';

const delivered: PublishOptions = { acknowledge: 'delivered' };

function setup(overrides: Partial<OpenOutboxSettings> = {}) {
  const { outbox, publish: offer, ...world } = scriptedOutbox({ hears: () => true, ...overrides });
  const publish = (options: PublishOptions, data: unknown = {}) => offer(data, {}, options);
  const confirm = (id: string, receiver = 'r'): void =>
    outbox.acknowledgements.confirm('a', { ids: [id], receiver }, 'client-ack:');
  return { ...world, outbox, publish, confirm };
}

describe('a message in the outbox that receivers are to confirm', () => {
  test('is stored, sent, stored as accepted, removed, and only then settled', async () => {
    const steps: string[] = [];
    const storage: OutboxStorage = {
      load: async () => [],
      put: async (messages) => {
        for (const { delivery } of messages) steps.push(delivery?.accepted ? 'stored as accepted' : 'stored');
      },
      remove: async () => void steps.push('removed'),
    };
    const { clock, server, publish, confirm, outbox } = setup({ storage });
    server.rule = async () => {
      steps.push('sent');
      return { level: 'accepted', eventId: 'e-1' };
    };
    const start = clock.now();
    const published = publish(delivered);
    await clock.advance(700);
    expect(outbox.depth).toMatchObject({ messages: 1 });
    confirm('m1');
    await clock.settle();
    steps.push('settled');
    expect(steps).toEqual(['stored', 'sent', 'stored as accepted', 'removed', 'settled']);
    expect(published.end).toEqual({
      id: 'm1',
      level: 'delivered',
      receivers: 1,
      eventId: 'e-1',
      acceptedAt: start + 700,
      attempts: 1,
      latency: 700,
    });
    expect(outbox.depth.messages).toBe(0);
  });

  test('is accepted first: receivers who are quicker than a lost answer end nothing', async () => {
    const { clock, server, publish, confirm } = setup();
    const published = publish(delivered);
    await clock.settle();
    confirm('m1');
    await clock.advance(10_000);
    expect(published.end).toBeUndefined();
    server.rule = accept;
    await clock.advance(1_000);
    expect(published.end).toMatchObject({ level: 'delivered', attempts: 2 });
  });

  test('of a publisher that knows more than we do is not waited for', async () => {
    const { clock, server, publish } = setup();
    server.rule = async () => ({ level: 'delivered' });
    const published = publish(delivered);
    await clock.settle();
    expect(published.end).toMatchObject({ level: 'delivered' });
    expect(clock.waiting).toBe(0);
  });

  test('that waits cannot be replaced by a newer one, nor expire: it has been sent', async () => {
    const { clock, server, outbox, publish, confirm } = setup();
    server.rule = accept;
    const first = publish({ ...delivered, replaces: 'key', expiresIn: 1_000, timeout: 5_000 });
    await clock.settle();
    const second = publish({ replaces: 'key' });
    await clock.advance(2_000);
    expect(second.end).toMatchObject({ id: 'm2', level: 'accepted' });
    expect(outbox.pending.get()).toMatchObject([{ id: 'm1', state: 'unconfirmed' }]);
    confirm('m1');
    await clock.settle();
    expect(first.end).toMatchObject({ id: 'm1', level: 'delivered' });
  });

  test('whose signal aborted in flight is not waited for either, once it is accepted', async () => {
    const { clock, server, publish, outcomes, outbox } = setup();
    const controller = new AbortController();
    const published = publish({ ...delivered, signal: controller.signal });
    await clock.settle();
    controller.abort();
    await clock.settle();
    expect(published.end).toMatchObject({ code: 'aborted' });
    server.last.answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(outcomes).toMatchObject([{ type: 'acknowledged', acknowledgement: { level: 'accepted' } }]);
    expect(outbox.pending.get()).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  test('is kept when nobody confirmed it, over a reload as well, and can be repeated under its id', async () => {
    const storage = memoryStorage();
    const first = setup({ storage, keepRejected: true });
    first.server.rule = accept;
    const published = first.publish({ ...delivered, timeout: 3_000 });
    await first.clock.advance(3_000);
    expect(published.end).toBeInstanceOf(UnconfirmedError);
    first.outbox.destroy();
    const second = setup({ storage, keepRejected: true });
    second.server.rule = accept;
    await second.outbox.load();
    expect(second.outbox.rejected.get()).toMatchObject([{ id: 'm1', error: { code: 'unconfirmed' } }]);
    expect(second.outbox.retry('m1')).toBe(true);
    await second.clock.settle();
    expect(second.server.offers.map(({ message }) => message.id)).toEqual(['m1']);
    second.confirm('m1');
    await second.clock.settle();
    expect(second.outcomes).toMatchObject([
      { type: 'acknowledged', acknowledgement: { id: 'm1', level: 'delivered' } },
    ]);
    expect(await storage.load()).toEqual([]);
  });

  test('of an earlier page does not stand in the way of what is sent now', async () => {
    const storage = memoryStorage();
    const waiting = { receivers: 1, timeout: 10_000, accepted: { level: 'accepted', at: 0 } } as const;
    await storage.put([
      storedMessage('old', { channel: 'a', delivery: waiting, expiresAt: Number.MAX_SAFE_INTEGER }),
    ]);
    const { clock, server, outbox, outcomes, publish, confirm } = setup({ storage });
    server.rule = accept;
    void outbox.load();
    const published = publish({});
    await clock.settle();
    expect(published.end).toMatchObject({ id: 'm1', level: 'accepted' });
    expect(server.offers).toHaveLength(1);
    confirm('old');
    await clock.settle();
    expect(outcomes.map(({ message }) => message.id)).toEqual(['m1', 'old']);
    expect(clock.waiting).toBe(0);
  });

  test('keeps its channel, until its end, and its lane shut until we would hear', async () => {
    const held: string[] = [];
    let hears = false;
    const { clock, server, outbox, publish, confirm } = setup({
      hears: () => hears,
      hold: (channel) => {
        held.push(`+${channel}`);
        return () => held.push(`-${channel}`);
      },
    });
    server.rule = accept;
    const first = publish(delivered);
    const second = publish({});
    await clock.advance(1_000);
    expect([first.end, second.end, held]).toEqual([undefined, undefined, ['+a']]);
    hears = true;
    outbox.setConfirmed('a', true);
    await clock.settle();
    expect(second.end).toMatchObject({ level: 'accepted' });
    confirm('m1');
    await clock.settle();
    expect(first.end).toMatchObject({ level: 'delivered' });
    expect(held).toEqual(['+a', '-a']);
  });
});

test.each([
  ['receivers that are no number', { receivers: '1', timeout: 1 }],
  ['a fraction of a receiver', { receivers: 0.5, timeout: 1 }],
  ['a timeout without end', { receivers: 1, timeout: Number.POSITIVE_INFINITY }],
  ['no acceptance', { receivers: 1, timeout: 1, accepted: {} }],
  ['a text', 'delivered'],
])('a stored record whose delivery has %s is no message', (_, delivery) => {
  const record = storedMessage('a') as StoredMessage & { readonly delivery?: unknown };
  expect(isStoredMessage(record)).toBe(true);
  expect(isStoredMessage({ ...record, delivery })).toBe(false);
});
