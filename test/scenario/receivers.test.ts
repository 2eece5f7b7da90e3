import { describe, expect, onTestFinished, test } from 'vitest';
import { defineChannels, event, RealtimeClient, type UnconfirmedError } from '../../src/index';
import { confirmingWorld } from '../fakes/confirming-world';
import { watched } from '../fakes/watched';

describe('the backend’s word', () => {
  test('counts on channels of any kind, and its listeners hear it, too', async () => {
    const { clock, server, connect } = confirmingWorld();
    for (const channel of ['news', 'private-plugin-7', 'presence-room']) {
      const sender = connect();
      const heard: unknown[] = [];
      sender.channel(channel).on('ack', (payload) => heard.push(payload));
      const ids: string[] = [];
      sender.outbox.pending.subscribe((pending) => ids.push(...pending.map(({ id }) => id)));
      const published = watched(sender.publish(channel, 'go', {}, { acknowledge: 'delivered' }));
      await clock.advance(300);
      expect(published.end).toBeUndefined();
      server.trigger(channel, 'ack', { id: ids[0] });
      await clock.settle();
      expect(published.end).toMatchObject({ level: 'delivered', receivers: 1 });
      expect(heard).toEqual([{ id: ids[0] }]);
    }
  });

  test('is one receiver, however often it says so', async () => {
    const { clock, server, connect } = confirmingWorld();
    const sender = connect();
    const ids: string[] = [];
    sender.outbox.pending.subscribe((pending) => ids.push(...pending.map(({ id }) => id)));
    const published = watched(
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
    const { clock, server, connect } = confirmingWorld();
    const sender = connect();
    const ids: string[] = [];
    sender.outbox.pending.subscribe((pending) => ids.push(...pending.map(({ id }) => id)));
    sender.channel('other').hold();
    const published = watched(sender.publish('news', 'go', {}, { acknowledge: 'delivered', timeout: 5_000 }));
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
    const { clock, connect, listen } = confirmingWorld();
    const receiver = await listen('private-plugin-7');
    const sender = connect();
    const published = Array.from({ length: 50 }, (_, n) =>
      watched(sender.publish('private-plugin-7', 'go', { n }, { acknowledge: 'delivered' })),
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
    const { clock, connect, listen } = confirmingWorld();
    const receiver = await listen('private-plugin-7');
    const sender = connect();
    const cursors = Array.from({ length: 40 }, (_, n) =>
      receiver.publish('private-plugin-7', 'client-cursor', { n }),
    );
    await clock.settle();
    const published = Array.from({ length: 30 }, (_, n) =>
      watched(sender.publish('private-plugin-7', 'go', { n }, { acknowledge: 'delivered' })),
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
    const { clock, server, connect, listen, receipts } = confirmingWorld();
    const receiver = await listen('private-plugin-7');
    const deaf = connect();
    deaf.channel('private-plugin-7').hold();
    const sender = connect({ publish: receipts({ outbox: { keepRejected: true } }) });
    sender.channel('private-plugin-7').hold();
    await clock.advance(100);
    const published = watched(
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
    const { clock, connect, listen, receipts } = confirmingWorld();
    const receiver = await listen('private-plugin-7', { publish: receipts({ confirm: undefined }) });
    const sender = connect();
    const published = watched(sender.publish('private-plugin-7', 'go', {}, { acknowledge: 'delivered' }));
    await clock.advance(5_000);
    expect(published.end).toBeUndefined();
    await receiver.publish('private-plugin-7', 'client-ack', { id: receiver.heard[0]?.id });
    await clock.settle();
    expect(published.end).toMatchObject({ level: 'delivered' });
  });

  test('hear nothing of the answers: they are talk between clients', async () => {
    const { clock, connect, listen, receipts } = confirmingWorld();
    await listen('private-plugin-7');
    const bystander = await listen('private-plugin-7', { publish: receipts({ confirm: undefined }) });
    const all: string[] = [];
    bystander.on('message', ({ event: name }) => all.push(name));
    bystander.channel('private-plugin-7').on('client-ack', () => all.push('client-ack'));
    const published = watched(connect().publish('private-plugin-7', 'go', {}, { acknowledge: 'delivered' }));
    await clock.advance(300);
    expect(published.end).toMatchObject({ level: 'delivered' });
    expect(all).toEqual(['go']);
  });

  test('whose channels are described need not describe the answers', async () => {
    const { clock, server, connect } = confirmingWorld();
    const channels = defineChannels({ 'private-plugin-{id}': { 'client-go': event<{ n: number }>() } });
    const open = () => {
      const client = new RealtimeClient({ ...server.options, channels });
      onTestFinished(() => client.destroy());
      return client;
    };
    open()
      .channel('private-plugin-7')
      .on('client-go', () => {});
    await clock.advance(100);
    const published = watched(
      open().publish('private-plugin-7', 'client-go', { n: 1 }, { acknowledge: 'delivered' }),
    );
    await clock.advance(300);
    expect(published.end).toMatchObject({ level: 'delivered' });
    expect(connect().errors).toEqual([]);
  });

  test('answer when they are back, where their connection broke before they could', async () => {
    const { clock, server, connect, listen } = confirmingWorld();
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
    const published = watched(
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
    const { clock, server, connect, listen } = confirmingWorld({ apps: [{ clientEvents: false }] });
    const receiver = await listen('private-plugin-7');
    const warnings: string[] = [];
    receiver.on('log', ({ level, message }) => level === 'warn' && warnings.push(message));
    const sender = connect();
    for (const n of [1, 2, 3]) {
      const published = watched(
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
    const { clock, connect, listen } = confirmingWorld();
    const receiver = await listen('news');
    const published = watched(connect().publish('news', 'go', {}, { acknowledge: 'delivered' }));
    await clock.advance(11_000);
    expect(receiver.heard).toMatchObject([{ data: {} }]);
    expect(published.end).toMatchObject({ code: 'unconfirmed', receivers: 0 });
    expect(receiver.errors).toEqual([]);
  });
});
