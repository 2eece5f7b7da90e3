import { describe, expect, test } from 'vitest';
import {
  backendAuth,
  defineChannels,
  durable,
  event,
  memoryStorage,
  type OutboxStorage,
  type PendingMessage,
  UnconfirmedError,
} from '../../src/index';
import { confirmingWorld } from '../fakes/confirming-world';
import { watched } from '../fakes/watched';

describe('a message that receivers are to confirm', () => {
  test('is delivered when one client that listens has it, on both routes', async () => {
    const { clock, connect, listen } = confirmingWorld();
    const receiver = await listen('private-plugin-7');
    const sender = connect();
    for (const name of ['command', 'client-command']) {
      const published = watched(
        sender.publish('private-plugin-7', name, { run: 'build' }, { acknowledge: 'delivered' }),
      );
      await clock.advance(200);
      expect(published.end).toMatchObject({ level: 'delivered', receivers: 1, attempts: 1 });
    }
    expect(receiver.heard.map(({ data }) => data)).toEqual([{ run: 'build' }, { run: 'build' }]);
    expect(sender.outbox.pending.get()).toEqual([]);
    expect(sender.statistics.get()).toMatchObject({ confirmations: 2, sent: 2 });
    expect([...sender.errors, ...receiver.errors]).toEqual([]);
  });

  test('waits for as many receivers as were asked for, and says how many there were', async () => {
    const { clock, connect, listen } = confirmingWorld();
    await listen('presence-room');
    await listen('presence-room');
    const published = watched(
      connect().publish('presence-room', 'client-go', {}, { acknowledge: 'delivered', receivers: 3 }),
    );
    await clock.advance(5_000);
    expect(published.end).toBeUndefined();
    const third = watched(
      connect().publish('presence-room', 'client-go', {}, { acknowledge: 'delivered', receivers: 2 }),
    );
    await clock.advance(200);
    expect(third.end).toMatchObject({ level: 'delivered', receivers: 2 });
    await clock.advance(5_000);
    expect(published.end).toMatchObject({
      name: 'UnconfirmedError',
      code: 'unconfirmed',
      retryable: false,
      receivers: 2,
      acknowledgement: { level: 'written', attempts: 1 },
      message:
        '"client-go" on "presence-room" was written to the socket, but 2 of 3 receivers confirmed it within 10000 ms. It may have arrived all the same; it is not published again by itself.',
    });
  });

  test('is not confirmed where nobody listens for it: held, filtered out, of another event, or refused by a schema', async () => {
    const { clock, connect } = confirmingWorld();
    const channels = defineChannels({
      'private-plugin-{id}': {
        'client-go': {
          '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
        },
        other: event(),
      },
    });
    connect().channel('private-plugin-7').hold();
    connect()
      .channel('private-plugin-7')
      .on('other', () => {});
    connect()
      .channel('private-plugin-7')
      .on('client-go', () => {}, { filter: () => false });
    const strict = connect({ channels: channels as never });
    strict.channel('private-plugin-7').on('client-go', () => {});
    const all = connect();
    // Of the whole client: for people who look for a fault, no receiver.
    all.on('message', () => {});
    all.channel('private-plugin-7').hold();
    await clock.advance(100);
    const published = watched(
      connect().publish('private-plugin-7', 'client-go', { n: 1 }, { acknowledge: 'delivered' }),
    );
    await clock.advance(11_000);
    expect(published.end).toBeInstanceOf(UnconfirmedError);
    expect(published.end).toMatchObject({ receivers: 0 });
    expect(strict.errors).toMatchObject([{ code: 'validation' }]);
  });

  test('a listener that throws has got it all the same', async () => {
    const { clock, connect } = confirmingWorld();
    const receiver = connect();
    receiver.channel('private-plugin-7').on('client-go', () => {
      throw new Error('of the application');
    });
    await clock.advance(100);
    const published = watched(
      connect().publish('private-plugin-7', 'client-go', {}, { acknowledge: 'delivered' }),
    );
    await clock.advance(200);
    expect(published.end).toMatchObject({ level: 'delivered' });
    expect(receiver.errors).toMatchObject([{ code: 'listener' }]);
  });

  test('is never confirmed by who published it, also when it hears itself', async () => {
    const { clock, listen } = confirmingWorld();
    const sender = await listen('private-plugin-7');
    const published = watched(
      sender.publish('private-plugin-7', 'go', { n: 1 }, { acknowledge: 'delivered' }),
    );
    await clock.advance(11_000);
    expect(sender.heard).toMatchObject([{ event: 'go', data: { n: 1 } }]);
    expect(published.end).toMatchObject({ code: 'unconfirmed', acknowledgement: { level: 'accepted' } });
  });

  test('receivers see the payload as it was published, and the sender’s id', async () => {
    const { clock, server, connect, listen } = confirmingWorld();
    const receiver = await listen('private-plugin-7');
    const published = watched(
      connect().publish('private-plugin-7', 'go', { a: 1, nested: { b: 2 } }, { acknowledge: 'delivered' }),
    );
    await clock.advance(200);
    expect(published.end).toMatchObject({ level: 'delivered' });
    const { id } = published.end as { readonly id: string };
    expect(receiver.heard).toEqual([{ event: 'go', data: { a: 1, nested: { b: 2 } }, id }]);
    const [request] = server.requests.filter(({ path }) => path === '/realtime/trigger');
    expect(request?.body).toMatchObject({ id, data: { a: 1, nested: { b: 2 }, 'surewire:confirm': id } });
  });

  test('waits for the subscription before it is published, for who is quick would not be heard', async () => {
    const { clock, server, connect, listen } = confirmingWorld();
    await listen('private-plugin-7');
    const sender = connect();
    sender.disconnect();
    const published = watched(sender.publish('private-plugin-7', 'go', {}, { acknowledge: 'delivered' }));
    await clock.advance(60_000);
    expect(server.requests.filter(({ path }) => path === '/realtime/trigger')).toEqual([]);
    expect(sender.outbox.pending.get()).toMatchObject([{ state: 'waiting' }]);
    void sender.connect();
    await clock.advance(300);
    expect(published.end).toMatchObject({ level: 'delivered' });
    // The subscription was only for that.
    await clock.advance(2_000);
    expect(sender.channel('private-plugin-7').subscription.get().state).toBe('unsubscribed');
  });

  test('where we may publish but not listen it goes out, and ends without proof', async () => {
    const { clock, server, connect, listen } = confirmingWorld({
      authorize: ({ action, userId }) => action === 'publish' || userId !== 'mute',
    });
    const receiver = await listen('private-plugin-7');
    const sender = connect({
      auth: backendAuth({
        endpoint: server.endpoints.auth,
        token: () => server.issueToken({ userId: 'mute' }),
      }),
    });
    const published = watched(
      sender.publish('private-plugin-7', 'go', { n: 1 }, { acknowledge: 'delivered' }),
    );
    await clock.advance(12_000);
    expect(receiver.heard).toMatchObject([{ data: { n: 1 } }]);
    expect(published.end).toMatchObject({ code: 'unconfirmed', receivers: 0 });
  });

  test('a payload that is no object is refused before anything is queued, and the field counts towards its size', async () => {
    const { connect } = confirmingWorld();
    const sender = connect();
    for (const payload of ['text', 7, null, undefined, [1, 2], { 'surewire:confirm': 'mine' }]) {
      const published = sender.publish('private-plugin-7', 'go', payload, { acknowledge: 'delivered' });
      await expect(published).rejects.toMatchObject({ name: 'ValidationError' });
    }
    const text = 'x'.repeat(10_240 - JSON.stringify({ text: '' }).length);
    const large = sender.publish('private-plugin-7', 'go', { text }, { acknowledge: 'delivered' });
    await expect(large).rejects.toMatchObject({ code: 'payload-too-large', limit: 10_240 });
    for (const options of [{ timeout: 0 }, { timeout: Number.NaN }, { receivers: 0 }, { receivers: 1.5 }]) {
      const published = sender.publish(
        'private-plugin-7',
        'go',
        {},
        { acknowledge: 'delivered', ...options },
      );
      await expect(published).rejects.toMatchObject({ name: 'ConfigurationError' });
    }
    expect(sender.outbox.pending.get()).toEqual([]);
  });

  test('shows as unconfirmed meanwhile, does not hold up what comes after it, and can be let go', async () => {
    const { clock, connect } = confirmingWorld();
    const sender = connect();
    const controller = new AbortController();
    const rejected: [string, PendingMessage['state']][] = [];
    sender.on('rejected', ({ code }, { state }) => rejected.push([code, state]));
    const options = { acknowledge: 'delivered', timeout: 60_000 } as const;
    const first = watched(
      sender.publish('private-plugin-7', 'go', { n: 1 }, { ...options, signal: controller.signal }),
    );
    const second = watched(sender.publish('private-plugin-7', 'go', { n: 2 }, options));
    const third = watched(sender.publish('private-plugin-7', 'go', { n: 3 }));
    await clock.advance(500);
    expect(third.end).toMatchObject({ level: 'accepted' });
    expect(sender.outbox.pending.get()).toMatchObject([{ state: 'unconfirmed' }, { state: 'unconfirmed' }]);
    await sender.outbox.flush();
    controller.abort('left the page');
    await clock.settle();
    expect(first.end).toMatchObject({ code: 'aborted', cause: 'left the page' });
    const [pending] = sender.outbox.pending.get();
    expect(sender.outbox.discard(pending?.id ?? '')).toBe(true);
    await clock.settle();
    expect(second.end).toMatchObject({ code: 'aborted' });
    expect(rejected).toEqual([
      ['aborted', 'unconfirmed'],
      ['aborted', 'unconfirmed'],
    ]);
    expect(sender.outbox.pending.get()).toEqual([]);
  });
});

describe('a reload while receivers are awaited', () => {
  /** Two pages that share what is stored; `first` is closed without a word. */
  function reload() {
    const world = confirmingWorld();
    const storage = memoryStorage();
    const open = (stored: OutboxStorage = storage) =>
      world.connect({ publish: world.receipts({ outbox: durable({ storage: stored }) }) });
    return { ...world, storage, open };
  }

  test('the next page waits again, and the end is an event', async () => {
    const { clock, server, storage, open } = reload();
    const first = open();
    const published = watched(first.publish('news', 'go', { n: 1 }, { acknowledge: 'delivered' }));
    await clock.advance(300);
    const [stored] = await storage.load();
    expect(stored?.delivery).toMatchObject({ receivers: 1, accepted: { level: 'accepted' } });
    first.destroy();
    await clock.settle();
    expect(published.end).toMatchObject({ code: 'aborted' });
    await clock.advance(2_000);
    const second = open();
    const acknowledged: unknown[] = [];
    second.on('acknowledged', ({ id, level, receivers }) => acknowledged.push([id, level, receivers]));
    await second.connect().catch(() => {});
    await clock.advance(300);
    expect(second.outbox.pending.get()).toMatchObject([{ state: 'unconfirmed' }]);
    server.trigger('news', 'ack', { id: stored?.id });
    await clock.settle();
    expect(acknowledged).toEqual([[stored?.id, 'delivered', 1]]);
    expect(await storage.load()).toEqual([]);
    // It was not published again.
    expect(server.requests.filter(({ path }) => path === '/realtime/trigger')).toHaveLength(1);
  });

  test('where nobody answers any more, it is rejected with what is known', async () => {
    const { clock, storage, open } = reload();
    const first = open();
    watched(first.publish('private-plugin-7', 'client-go', {}, { acknowledge: 'delivered' }));
    await clock.advance(300);
    first.destroy();
    const second = open();
    const rejected: unknown[] = [];
    second.on('rejected', (error) => rejected.push(error));
    void second.connect();
    await clock.advance(11_000);
    expect(rejected).toMatchObject([{ code: 'unconfirmed', acknowledgement: { level: 'written' } }]);
    expect(await storage.load()).toEqual([]);
    expect(second.outbox.pending.get()).toEqual([]);
  });

  test('one that was not accepted yet is published, and then waits for receivers as it would have', async () => {
    const { clock, server, open, listen } = reload();
    await listen('private-plugin-7');
    const heal = server.rejectTrigger(503, Number.POSITIVE_INFINITY);
    const first = open();
    watched(first.publish('private-plugin-7', 'go', {}, { acknowledge: 'delivered' }));
    await clock.advance(120);
    first.destroy();
    heal();
    const second = open();
    const levels: string[] = [];
    second.on('acknowledged', ({ level }) => levels.push(level));
    void second.connect();
    await clock.advance(2_000);
    expect(levels).toEqual(['delivered']);
  });
});

test('a destroyed client leaves no timer, whatever it waited for', async () => {
  const { clock, connect, listen } = confirmingWorld();
  const receiver = await listen('private-plugin-7');
  const sender = connect();
  const published = watched(
    sender.publish('private-plugin-7', 'client-go', {}, { acknowledge: 'delivered', receivers: 2 }),
  );
  await clock.advance(110);
  sender.destroy();
  receiver.destroy();
  await clock.settle();
  expect(published.end).toMatchObject({ code: 'aborted' });
  expect(clock.pending).toBe(0);
});

test('what was too old is told as expired, and as nothing else', async () => {
  const { clock, connect } = confirmingWorld();
  const sender = connect();
  const told: string[] = [];
  sender.on('rejected', ({ code }) => told.push(`rejected ${code}`));
  sender.on('expired', ({ code }, { event: name }) => told.push(`expired ${code} ${name}`));
  sender.disconnect();
  const published = watched(sender.publish('private-plugin-7', 'client-go', {}, { expiresIn: 1_000 }));
  await clock.advance(1_500);
  expect(published.end).toMatchObject({ code: 'message-expired' });
  expect(told).toEqual(['expired message-expired client-go']);
});
