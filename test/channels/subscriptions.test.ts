import { describe, expect, test } from 'vitest';
import { Subscriptions } from '../../src/channels/subscriptions';
import { type RealtimeError, SubscriptionError } from '../../src/errors';
import { Store } from '../../src/support/store';
import type { SubscriptionStatus } from '../../src/types';
import { ManualClock } from '../fakes/manual-clock';

function setup(random: () => number = () => 0.5) {
  const clock = new ManualClock();
  const wire: string[] = [];
  const errors: RealtimeError[] = [];
  const released: string[] = [];
  const subscriptions = new Subscriptions({
    clock,
    random,
    batches: false,
    transport: {
      open: () => {},
      close: () => {},
      destroy: () => {},
      ping: () => {},
      send: () => true,
      subscribe: (channel) => void wire.push(`+${channel}`),
      unsubscribe: (channel) => void wire.push(`-${channel}`),
    },
    report: (error) => errors.push(error),
    released: (channel) => released.push(channel),
  });
  const thrown: unknown[] = [];
  const channel = (name: string) => ({
    name,
    subscription: new Store<SubscriptionStatus>({ state: 'unsubscribed' }, (error) => thrown.push(error)),
  });
  return {
    clock,
    wire,
    errors,
    released,
    thrown,
    subscriptions,
    channel,
    open: () => subscriptions.receive({ type: 'opened', socketId: '1.1', idleLimit: 120_000 }),
    close: () => subscriptions.receive({ type: 'closed' }),
    confirm: (name: string) => subscriptions.receive({ type: 'subscribed', channel: name }),
    refuse: (name: string, details = {}) =>
      subscriptions.receive({
        type: 'subscription-refused',
        channel: name,
        error: new SubscriptionError('no', { channel: name, ...details }),
      }),
    nameless: (code = 4009) =>
      subscriptions.receive({ type: 'server-error', code, message: 'Connection not authorized' }),
  };
}

describe('holding', () => {
  test('subscribe, unsubscribe and subscribe in one tick is one frame', async () => {
    const { subscriptions, channel, wire, open, confirm, clock } = setup();
    open();
    const news = channel('news');
    subscriptions.hold(news)();
    const stop = subscriptions.hold(news);
    confirm('news');
    await clock.advance(5_000);
    expect(wire).toEqual(['+news']);
    stop();
    await clock.advance(999);
    expect(news.subscription.get().state).toBe('subscribed');
    await clock.advance(1);
    expect(wire).toEqual(['+news', '-news']);
  });

  test('a remount within the linger starts the second anew', async () => {
    const { subscriptions, channel, wire, open, confirm, clock } = setup();
    open();
    const news = channel('news');
    const first = subscriptions.hold(news);
    confirm('news');
    first();
    await clock.advance(900);
    subscriptions.hold(news)();
    await clock.advance(900);
    expect(wire).toEqual(['+news']);
    await clock.advance(100);
    expect(wire).toEqual(['+news', '-news']);
  });

  test('a stop that is called twice lets go of one hold', async () => {
    const { subscriptions, channel, wire, open, confirm, clock } = setup();
    open();
    const news = channel('news');
    const stop = subscriptions.hold(news);
    subscriptions.hold(news);
    confirm('news');
    stop();
    stop();
    await clock.advance(5_000);
    expect(wire).toEqual(['+news']);
  });

  test('who lets go when it hears of the subscription leaves nothing behind', async () => {
    const { subscriptions, channel, wire, open, confirm, clock, released } = setup();
    open();
    const news = channel('news');
    const stop = subscriptions.hold(news);
    news.subscription.subscribe(() => stop());
    confirm('news');
    await clock.advance(1_000);
    expect(wire).toEqual(['+news', '-news']);
    expect(released).toEqual(['news']);
    expect(clock.waiting).toBe(0);
  });

  test('who holds again when it hears of the end is subscribed again', async () => {
    const { subscriptions, channel, wire, open, confirm, clock, released } = setup();
    open();
    const news = channel('news');
    const stop = subscriptions.hold(news);
    confirm('news');
    const unsubscribe = news.subscription.subscribe(({ state }) => {
      if (state === 'unsubscribed') subscriptions.hold(news);
    });
    stop();
    await clock.advance(1_000);
    unsubscribe();
    expect(wire).toEqual(['+news', '-news', '+news']);
    expect(released).toEqual([]);
  });

  test('a channel that was let go while its subscription was being tried again does not come back to life', async () => {
    const { subscriptions, channel, wire, open, clock, confirm } = setup();
    open();
    const stop = subscriptions.hold(channel('private-a'));
    await clock.advance(9_500);
    stop();
    // 10 s without an answer: waits to ask again, and the earlier question may still be answered.
    await clock.advance(1_000);
    expect(wire).toEqual(['+private-a', '-private-a']);
    confirm('private-a');
    expect(wire.at(-1)).toBe('-private-a');
    await clock.advance(60_000);
    expect(wire.filter((each) => each.startsWith('+'))).toEqual(['+private-a']);
  });

  test('a stop after the end starts no timer', () => {
    const { subscriptions, channel, open, clock } = setup();
    open();
    const news = channel('news');
    const early = subscriptions.hold(news);
    const late = subscriptions.hold(news);
    news.subscription.subscribe(() => early());
    subscriptions.destroy();
    late();
    expect(news.subscription.get().state).toBe('unsubscribed');
    expect(clock.waiting).toBe(0);
  });

  test('10,000 channels are asked for in one go, and put right after a drop', () => {
    const { subscriptions, channel, wire, open, close, confirm } = setup();
    open();
    const names = Array.from({ length: 10_000 }, (_, index) => `c-${index}`);
    for (const name of names) subscriptions.hold(channel(name));
    for (const name of names) confirm(name);
    expect(wire).toHaveLength(10_000);
    close();
    open();
    expect(wire).toHaveLength(20_000);
  });

  test('names that look like integers keep their place in the order', () => {
    const { subscriptions, channel, wire, open } = setup();
    for (const name of ['b', '7', '__proto__', 'constructor']) subscriptions.hold(channel(name));
    open();
    expect(wire).toEqual(['+b', '+7', '+__proto__', '+constructor']);
  });
});

describe('answers', () => {
  test('a hung subscription is asked for again, with backoff, and reported once', async () => {
    const { subscriptions, channel, wire, open, clock, errors } = setup(() => 1);
    open();
    subscriptions.hold(channel('news'));
    await clock.advance(10_000);
    expect(errors).toMatchObject([{ name: 'SubscriptionError', channel: 'news', retryable: true }]);
    expect(wire).toEqual(['+news']);
    await clock.advance(1_000);
    expect(wire).toEqual(['+news', '+news']);
    await clock.advance(12_000);
    expect(wire).toEqual(['+news', '+news', '+news']);
    expect(errors).toHaveLength(1);
  });

  test('the server has its 10 s from when the application said yes', async () => {
    const { subscriptions, channel, wire, open, clock } = setup(() => 0);
    open();
    subscriptions.hold(channel('private-a'));
    subscriptions.authorizing('private-a');
    await clock.advance(25_000);
    expect(wire).toEqual(['+private-a']);
    subscriptions.authorized('private-a');
    await clock.advance(9_999);
    expect(wire).toEqual(['+private-a']);
    await clock.advance(1);
    expect(wire).toEqual(['+private-a', '+private-a']);
  });

  test('Retry-After is honoured', async () => {
    const { subscriptions, channel, wire, open, clock, refuse } = setup();
    open();
    subscriptions.hold(channel('private-a'));
    refuse('private-a', { retryable: true, retryAfter: 45_000 });
    await clock.advance(44_999);
    expect(wire).toEqual(['+private-a']);
    await clock.advance(1);
    expect(wire).toEqual(['+private-a', '+private-a']);
  });

  test('a refused channel stays refused over a reconnect, until it is asked again', async () => {
    const { subscriptions, channel, wire, open, close, refuse, clock, errors } = setup();
    open();
    const secret = channel('private-a');
    subscriptions.hold(secret);
    refuse('private-a', { status: 403 });
    expect(secret.subscription.get()).toMatchObject({ state: 'refused', error: { status: 403 } });
    close();
    open();
    await clock.advance(120_000);
    expect(wire).toEqual(['+private-a']);
    expect(errors).toHaveLength(1);
    subscriptions.retryRefused();
    expect(wire).toEqual(['+private-a', '+private-a']);
    expect(secret.subscription.get()).toEqual({ state: 'subscribing' });
  });

  test('who lets go of a refused channel when it is tried again is obeyed', async () => {
    const { subscriptions, channel, wire, open, refuse, clock } = setup();
    open();
    const secret = channel('private-a');
    const stop = subscriptions.hold(secret);
    refuse('private-a');
    secret.subscription.subscribe(() => stop());
    subscriptions.retryRefused();
    await clock.advance(1_000);
    expect(wire.at(-1)).toBe('-private-a');
    expect(clock.waiting).toBe(0);
  });

  test('more than ten channels that need authorization come back over two seconds, fewer at once', async () => {
    let next = 0;
    const { subscriptions, channel, wire, open, close, clock } = setup(() => (next++ % 20) / 20);
    for (let index = 0; index < 40; index++) subscriptions.hold(channel(`private-${index}`));
    subscriptions.hold(channel('news'));
    open();
    expect(wire).toHaveLength(41);
    close();
    wire.length = 0;
    open();
    expect(wire).toEqual(['+news']);
    await clock.advance(1_000);
    expect(wire.length).toBeGreaterThan(15);
    expect(wire.length).toBeLessThan(30);
    await clock.advance(1_000);
    expect(new Set(wire).size).toBe(41);
    expect(wire).toHaveLength(41);
  });
});

describe('a refusal without a name', () => {
  test('is about the only channel that is unanswered', () => {
    const { subscriptions, channel, open, confirm, nameless } = setup();
    open();
    const [good, bad] = [channel('private-good'), channel('private-bad')];
    subscriptions.hold(good);
    subscriptions.hold(bad);
    confirm('private-good');
    nameless();
    expect(bad.subscription.get()).toMatchObject({
      state: 'refused',
      error: { status: 4009, retryable: false },
    });
    expect(good.subscription.get()).toEqual({ state: 'subscribed' });
  });

  test('finds its channel among several as soon as the others are confirmed; nobody is asked again', async () => {
    const { subscriptions, channel, wire, open, confirm, nameless, clock } = setup();
    open();
    const all = ['private-a', 'private-b', 'private-c', 'private-d', 'news'].map(channel);
    for (const each of all) subscriptions.hold(each);
    confirm('private-a');
    nameless();
    nameless();
    confirm('news');
    expect(all.map(({ subscription }) => subscription.get().state)).toEqual([
      'subscribed',
      'subscribing',
      'subscribing',
      'subscribing',
      'subscribed',
    ]);
    confirm('private-d');
    expect(all.map(({ subscription }) => subscription.get().state)).toEqual([
      'subscribed',
      'refused',
      'refused',
      'subscribed',
      'subscribed',
    ]);
    await clock.advance(120_000);
    expect(wire.filter((each) => each.startsWith('+'))).toHaveLength(5);
  });

  test('that is about what was let go meanwhile blames nobody else', async () => {
    const { subscriptions, channel, open, confirm, nameless, clock } = setup();
    open();
    const stop = subscriptions.hold(channel('private-gone'));
    stop();
    await clock.advance(1_000);
    const late = channel('private-late');
    subscriptions.hold(late);
    nameless();
    expect(late.subscription.get().state).toBe('subscribing');
    confirm('private-late');
    expect(late.subscription.get().state).toBe('subscribed');
  });

  test('does not touch a public channel when it is about a signature', () => {
    const { subscriptions, channel, open, nameless } = setup();
    open();
    const news = channel('news');
    subscriptions.hold(news);
    nameless();
    expect(news.subscription.get().state).toBe('subscribing');
    nameless(4300);
    expect(news.subscription.get()).toMatchObject({ state: 'refused', error: { status: 4300 } });
  });

  test('does not touch a channel whose authorization is still out', () => {
    const { subscriptions, channel, open, nameless } = setup();
    open();
    const [out, asked] = [channel('private-out'), channel('private-asked')];
    subscriptions.hold(out);
    subscriptions.hold(asked);
    for (const name of ['private-out', 'private-asked']) subscriptions.authorizing(name);
    subscriptions.authorized('private-asked');
    nameless();
    expect([out, asked].map(({ subscription }) => subscription.get().state)).toEqual([
      'subscribing',
      'refused',
    ]);
  });

  test('of an earlier connection is forgotten', () => {
    const { subscriptions, channel, open, close, confirm, nameless } = setup();
    open();
    const all = ['private-a', 'private-b'].map(channel);
    for (const each of all) subscriptions.hold(each);
    nameless();
    close();
    open();
    confirm('private-a');
    expect(all.map(({ subscription }) => subscription.get().state)).toEqual(['subscribed', 'subscribing']);
  });
});
