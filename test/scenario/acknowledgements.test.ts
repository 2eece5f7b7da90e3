import { afterEach, describe, expect, test } from 'vitest';
import {
  backendAuth,
  defineChannels,
  deliveryConfirmations,
  durable,
  event,
  memoryStorage,
  type OutboxStorage,
  type PendingMessage,
  type PublishingOptions,
  publishing,
  RealtimeClient,
  type RealtimeClientOptions,
  type RealtimeError,
  UnconfirmedError,
  type UntypedChannels,
} from '../../src/index';
import { createManualClock, createTestServer, type TestServerOptions } from '../../src/testing/index';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A server, and clients of it that all go by one clock. */
function setup(options: Omit<TestServerOptions, 'clock'> = {}) {
  const clock = createManualClock();
  const server = createTestServer({ ids: 'sequential', ...options, clock });
  const connect = (own: Partial<RealtimeClientOptions<UntypedChannels>> = {}) => {
    const client = new RealtimeClient<UntypedChannels>({ ...server.options, ...own });
    const errors: RealtimeError[] = [];
    client.on('error', (error) => errors.push(error));
    ends.push(() => client.destroy());
    return Object.assign(client, { errors });
  };
  /** A client that listens to everything on the channel; what it heard is in `heard`. */
  const listen = async (channel: string, own: Partial<RealtimeClientOptions<UntypedChannels>> = {}) => {
    const client = connect(own);
    const heard: { readonly event: string; readonly data: unknown; readonly id: string | undefined }[] = [];
    client
      .channel(channel)
      .onAny((data, message) => heard.push({ event: message.event, data, id: message.id }));
    await clock.advance(100);
    return Object.assign(client, { heard });
  };
  /** The value for `publish` with something else in it. */
  const receipts = (own: PublishingOptions) =>
    publishing({ endpoint: server.endpoints.publish, confirm: deliveryConfirmations(), ...own });
  return { clock, server, connect, listen, receipts };
}

/** Keeps the end in view, so that no rejection goes unhandled while a test goes on. */
function watch<T>(promise: Promise<T>) {
  const watched: { end: T | RealtimeError | undefined } = { end: undefined };
  promise.then(
    (value) => {
      watched.end = value;
    },
    (error: RealtimeError) => {
      watched.end = error;
    },
  );
  return watched;
}

describe('a message that receivers are to confirm', () => {
  test('is delivered when one client that listens has it, on both routes', async () => {
    const { clock, connect, listen } = setup();
    const receiver = await listen('private-plugin-7');
    const sender = connect();
    for (const name of ['command', 'client-command']) {
      const published = watch(
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
    const { clock, connect, listen } = setup();
    await listen('presence-room');
    await listen('presence-room');
    const published = watch(
      connect().publish('presence-room', 'client-go', {}, { acknowledge: 'delivered', receivers: 3 }),
    );
    await clock.advance(5_000);
    expect(published.end).toBeUndefined();
    const third = watch(
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
    const { clock, connect } = setup();
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
    const published = watch(
      connect().publish('private-plugin-7', 'client-go', { n: 1 }, { acknowledge: 'delivered' }),
    );
    await clock.advance(11_000);
    expect(published.end).toBeInstanceOf(UnconfirmedError);
    expect(published.end).toMatchObject({ receivers: 0 });
    expect(strict.errors).toMatchObject([{ code: 'validation' }]);
  });

  test('a listener that throws has got it all the same', async () => {
    const { clock, connect } = setup();
    const receiver = connect();
    receiver.channel('private-plugin-7').on('client-go', () => {
      throw new Error('of the application');
    });
    await clock.advance(100);
    const published = watch(
      connect().publish('private-plugin-7', 'client-go', {}, { acknowledge: 'delivered' }),
    );
    await clock.advance(200);
    expect(published.end).toMatchObject({ level: 'delivered' });
    expect(receiver.errors).toMatchObject([{ code: 'listener' }]);
  });

  test('is never confirmed by who published it, also when it hears itself', async () => {
    const { clock, listen } = setup();
    const sender = await listen('private-plugin-7');
    const published = watch(sender.publish('private-plugin-7', 'go', { n: 1 }, { acknowledge: 'delivered' }));
    await clock.advance(11_000);
    expect(sender.heard).toMatchObject([{ event: 'go', data: { n: 1 } }]);
    expect(published.end).toMatchObject({ code: 'unconfirmed', acknowledgement: { level: 'accepted' } });
  });

  test('receivers see the payload as it was published, and the sender’s id', async () => {
    const { clock, server, connect, listen } = setup();
    const receiver = await listen('private-plugin-7');
    const published = watch(
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
    const { clock, server, connect, listen } = setup();
    await listen('private-plugin-7');
    const sender = connect();
    sender.disconnect();
    const published = watch(sender.publish('private-plugin-7', 'go', {}, { acknowledge: 'delivered' }));
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
    const { clock, server, connect, listen } = setup({
      authorize: ({ action, userId }) => action === 'publish' || userId !== 'mute',
    });
    const receiver = await listen('private-plugin-7');
    const sender = connect({
      auth: backendAuth({
        endpoint: server.endpoints.auth,
        token: () => server.issueToken({ userId: 'mute' }),
      }),
    });
    const published = watch(sender.publish('private-plugin-7', 'go', { n: 1 }, { acknowledge: 'delivered' }));
    await clock.advance(12_000);
    expect(receiver.heard).toMatchObject([{ data: { n: 1 } }]);
    expect(published.end).toMatchObject({ code: 'unconfirmed', receivers: 0 });
  });

  test('a payload that is no object is refused before anything is queued, and the field counts towards its size', async () => {
    const { connect } = setup();
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
    const { clock, connect } = setup();
    const sender = connect();
    const controller = new AbortController();
    const rejected: [string, PendingMessage['state']][] = [];
    sender.on('rejected', ({ code }, { state }) => rejected.push([code, state]));
    const options = { acknowledge: 'delivered', timeout: 60_000 } as const;
    const first = watch(
      sender.publish('private-plugin-7', 'go', { n: 1 }, { ...options, signal: controller.signal }),
    );
    const second = watch(sender.publish('private-plugin-7', 'go', { n: 2 }, options));
    const third = watch(sender.publish('private-plugin-7', 'go', { n: 3 }));
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

describe('the backend’s word', () => {
  test('counts on channels of any kind, and its listeners hear it, too', async () => {
    const { clock, server, connect } = setup();
    for (const channel of ['news', 'private-plugin-7', 'presence-room']) {
      const sender = connect();
      const heard: unknown[] = [];
      sender.channel(channel).on('ack', (payload) => heard.push(payload));
      const ids: string[] = [];
      sender.outbox.pending.subscribe((pending) => ids.push(...pending.map(({ id }) => id)));
      const published = watch(sender.publish(channel, 'go', {}, { acknowledge: 'delivered' }));
      await clock.advance(300);
      expect(published.end).toBeUndefined();
      server.trigger(channel, 'ack', { id: ids[0] });
      await clock.settle();
      expect(published.end).toMatchObject({ level: 'delivered', receivers: 1 });
      expect(heard).toEqual([{ id: ids[0] }]);
    }
  });

  test('is one receiver, however often it says so', async () => {
    const { clock, server, connect } = setup();
    const sender = connect();
    const ids: string[] = [];
    sender.outbox.pending.subscribe((pending) => ids.push(...pending.map(({ id }) => id)));
    const published = watch(
      sender.publish('news', 'go', {}, { acknowledge: 'delivered', receivers: 2, timeout: 1_000 }),
    );
    await clock.advance(300);
    for (const _ of [1, 2, 3]) server.trigger('news', 'ack', { id: ids[0] });
    await clock.advance(1_000);
    expect(published.end).toMatchObject({ code: 'unconfirmed', receivers: 1 });
    server.trigger('news', 'ack', { id: ids[0] });
    sender.channel('news').hold();
    await clock.advance(100);
    server.trigger('news', 'ack', { id: ids[0] });
    await clock.settle();
    expect(sender.statistics.get()).toMatchObject({
      confirmations: 1,
      duplicateConfirmations: 2,
      lateConfirmations: 2,
    });
  });

  test('about messages that nobody knows, on another channel, or in a shape that makes no sense changes nothing', async () => {
    const { clock, server, connect } = setup();
    const sender = connect();
    const ids: string[] = [];
    sender.outbox.pending.subscribe((pending) => ids.push(...pending.map(({ id }) => id)));
    sender.channel('other').hold();
    const published = watch(sender.publish('news', 'go', {}, { acknowledge: 'delivered', timeout: 5_000 }));
    await clock.advance(300);
    server.trigger('other', 'ack', { id: ids[0] });
    const hostile = [
      { id: 'nobody-knows' },
      { id: 7 },
      { ids: 'text' },
      { ids: [null, {}, 7, '__proto__', 'constructor'] },
      { id: { toString: 'x' } },
      { id: 'x'.repeat(5_000) },
      [ids[0]],
      ids[0],
      null,
      { __proto__: { id: ids[0] } },
      {},
    ];
    for (const data of hostile) server.trigger('news', 'ack', data);
    await clock.advance(1_000);
    expect(published.end).toBeUndefined();
    expect(sender.errors).toEqual([]);
    expect(sender.statistics.get()).toMatchObject({ confirmations: 0, lateConfirmations: 0 });
  });
});

describe('receivers', () => {
  test('answer a burst with a few events, and every message is confirmed', async () => {
    const { clock, connect, listen } = setup();
    const receiver = await listen('private-plugin-7');
    const sender = connect();
    const published = Array.from({ length: 50 }, (_, n) =>
      watch(sender.publish('private-plugin-7', 'go', { n }, { acknowledge: 'delivered' })),
    );
    await clock.advance(3_000);
    expect(published.map(({ end }) => (end as { readonly level?: string }).level)).toEqual(
      Array.from({ length: 50 }, () => 'delivered'),
    );
    expect(receiver.heard).toHaveLength(50);
    expect(sender.statistics.get().confirmations).toBe(50);
    // Each answer is one frame that the sender got besides its own 50 messages.
    expect(sender.statistics.get().received - 50).toBeLessThanOrEqual(15);
    expect([...sender.errors, ...receiver.errors]).toEqual([]);
  });

  test('have the application’s own client events go first, and answer all the same', async () => {
    const { clock, connect, listen } = setup();
    const receiver = await listen('private-plugin-7');
    const sender = connect();
    const cursors = Array.from({ length: 40 }, (_, n) =>
      receiver.publish('private-plugin-7', 'client-cursor', { n }),
    );
    await clock.settle();
    const published = Array.from({ length: 30 }, (_, n) =>
      watch(sender.publish('private-plugin-7', 'go', { n }, { acknowledge: 'delivered' })),
    );
    const start = clock.now();
    const all = Promise.all(cursors).then(() => clock.now() - start);
    await clock.advance(6_000);
    // 40 events, and one of the receiver's own in each second of them.
    expect(await all).toBeLessThanOrEqual(4 * 1_050 + 100);
    expect(published.map(({ end }) => (end as { readonly level?: string }).level)).toEqual(
      Array.from({ length: 30 }, () => 'delivered'),
    );
    expect(receiver.errors).toEqual([]);
  });

  test('confirm a repeat again, without hearing it twice, and one that nobody heard not even then', async () => {
    const { clock, server, connect, listen, receipts } = setup();
    const receiver = await listen('private-plugin-7');
    const deaf = connect();
    deaf.channel('private-plugin-7').hold();
    const sender = connect({ publish: receipts({ outbox: { keepRejected: true } }) });
    sender.channel('private-plugin-7').hold();
    await clock.advance(100);
    const published = watch(
      sender.publish(
        'private-plugin-7',
        'client-go',
        { n: 1 },
        { acknowledge: 'delivered', receivers: 2, timeout: 1_000 },
      ),
    );
    await clock.advance(1_500);
    expect(published.end).toMatchObject({ code: 'unconfirmed', receivers: 1 });
    // The application's decision; the id is kept.
    const [kept] = sender.outbox.rejected.get();
    expect(kept?.error.code).toBe('unconfirmed');
    const acknowledged: unknown[] = [];
    sender.on('rejected', (error) => acknowledged.push([error.code, (error as UnconfirmedError).receivers]));
    expect(sender.outbox.retry(kept?.id ?? '')).toBe(true);
    await clock.advance(1_500);
    expect(acknowledged).toEqual([['unconfirmed', 1]]);
    expect(receiver.heard).toHaveLength(1);
    expect(receiver.statistics.get().duplicates).toBe(1);
    expect(deaf.statistics.get().duplicates).toBe(1);
    expect(server.connections).toHaveLength(3);
  });

  test('that were told not to answer do not; the application can do it when it has done the work', async () => {
    const { clock, connect, listen, receipts } = setup();
    const receiver = await listen('private-plugin-7', { publish: receipts({ confirm: undefined }) });
    const sender = connect();
    const published = watch(sender.publish('private-plugin-7', 'go', {}, { acknowledge: 'delivered' }));
    await clock.advance(5_000);
    expect(published.end).toBeUndefined();
    await receiver.publish('private-plugin-7', 'client-ack', { id: receiver.heard[0]?.id });
    await clock.settle();
    expect(published.end).toMatchObject({ level: 'delivered' });
  });

  test('hear nothing of the answers: they are talk between clients', async () => {
    const { clock, connect, listen, receipts } = setup();
    await listen('private-plugin-7');
    const bystander = await listen('private-plugin-7', { publish: receipts({ confirm: undefined }) });
    const all: string[] = [];
    bystander.on('message', ({ event: name }) => all.push(name));
    bystander.channel('private-plugin-7').on('client-ack', () => all.push('client-ack'));
    const published = watch(connect().publish('private-plugin-7', 'go', {}, { acknowledge: 'delivered' }));
    await clock.advance(300);
    expect(published.end).toMatchObject({ level: 'delivered' });
    expect(all).toEqual(['go']);
  });

  test('whose channels are described need not describe the answers', async () => {
    const { clock, server, connect } = setup();
    const channels = defineChannels({ 'private-plugin-{id}': { 'client-go': event<{ n: number }>() } });
    const open = () => {
      const client = new RealtimeClient({ ...server.options, channels });
      ends.push(() => client.destroy());
      return client;
    };
    open()
      .channel('private-plugin-7')
      .on('client-go', () => {});
    await clock.advance(100);
    const published = watch(
      open().publish('private-plugin-7', 'client-go', { n: 1 }, { acknowledge: 'delivered' }),
    );
    await clock.advance(300);
    expect(published.end).toMatchObject({ level: 'delivered' });
    expect(connect().errors).toEqual([]);
  });

  test('answer when they are back, where their connection broke before they could', async () => {
    const { clock, server, connect, listen } = setup();
    let online = true;
    let tell: (change: 'online' | 'offline') => void = () => {};
    const receiver = await listen('private-plugin-7', {
      network: {
        online: () => online,
        watch: (listener) => {
          tell = listener;
          return () => {};
        },
      },
    });
    const switchTo = (value: boolean): void => {
      online = value;
      tell(value ? 'online' : 'offline');
    };
    receiver.channel('private-plugin-7').on('client-go', () => {
      switchTo(false);
      server.connections.find(({ socketId }) => socketId === receiver.socketId)?.close(4200);
      stopRefusing = server.refuse('tcp');
    });
    let stopRefusing = (): void => {};
    const published = watch(
      connect().publish('private-plugin-7', 'client-go', {}, { acknowledge: 'delivered' }),
    );
    await clock.advance(4_000);
    expect(receiver.status.get().state).toBe('offline');
    expect(published.end).toBeUndefined();
    stopRefusing();
    switchTo(true);
    await clock.advance(2_000);
    expect(published.end).toMatchObject({ level: 'delivered' });
  });

  test('of an app that takes no client events say so once, in the log, and are not slowed down', async () => {
    const { clock, server, connect, listen } = setup({ apps: [{ clientEvents: false }] });
    const receiver = await listen('private-plugin-7');
    const warnings: string[] = [];
    receiver.on('log', ({ level, message }) => level === 'warn' && warnings.push(message));
    const sender = connect();
    for (const n of [1, 2, 3]) {
      const published = watch(
        sender.publish('private-plugin-7', 'go', { n }, { acknowledge: 'delivered', timeout: 1_000 }),
      );
      await clock.advance(2_000);
      expect(published.end).toMatchObject({ code: 'unconfirmed' });
    }
    expect(receiver.heard).toHaveLength(3);
    expect(receiver.errors).toEqual([]);
    expect(warnings).toHaveLength(1);
    expect(server.connections).not.toEqual([]);
  });

  test('on public and encrypted channels say nothing: no server would pass it on', async () => {
    const { clock, connect, listen } = setup();
    const receiver = await listen('news');
    const published = watch(connect().publish('news', 'go', {}, { acknowledge: 'delivered' }));
    await clock.advance(11_000);
    expect(receiver.heard).toMatchObject([{ data: {} }]);
    expect(published.end).toMatchObject({ code: 'unconfirmed', receivers: 0 });
    expect(receiver.errors).toEqual([]);
  });
});

describe('a reload while receivers are awaited', () => {
  /** Two pages that share what is stored; `first` is closed without a word. */
  function reload() {
    const world = setup();
    const storage = memoryStorage();
    const open = (stored: OutboxStorage = storage) =>
      world.connect({ publish: world.receipts({ outbox: durable({ storage: stored }) }) });
    return { ...world, storage, open };
  }

  test('the next page waits again, and the end is an event', async () => {
    const { clock, server, storage, open } = reload();
    const first = open();
    const published = watch(first.publish('news', 'go', { n: 1 }, { acknowledge: 'delivered' }));
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
    watch(first.publish('private-plugin-7', 'client-go', {}, { acknowledge: 'delivered' }));
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
    watch(first.publish('private-plugin-7', 'go', {}, { acknowledge: 'delivered' }));
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
  const { clock, connect, listen } = setup();
  const receiver = await listen('private-plugin-7');
  const sender = connect();
  const published = watch(
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
  const { clock, connect } = setup();
  const sender = connect();
  const told: string[] = [];
  sender.on('rejected', ({ code }) => told.push(`rejected ${code}`));
  sender.on('expired', ({ code }, { event: name }) => told.push(`expired ${code} ${name}`));
  sender.disconnect();
  const published = watch(sender.publish('private-plugin-7', 'client-go', {}, { expiresIn: 1_000 }));
  await clock.advance(1_500);
  expect(published.end).toMatchObject({ code: 'message-expired' });
  expect(told).toEqual(['expired message-expired client-go']);
});
