import { describe, expect, test } from 'vitest';
import { SubscriptionError } from '../../src/errors';
import { ChannelsWorld } from '../fakes/channels-world';

describe('holding', () => {
  test('subscribe, unsubscribe and subscribe in one tick is one frame', async () => {
    const world = new ChannelsWorld();
    world.open();
    const news = world.channel('news');
    news.hold()();
    const stop = news.hold();
    world.confirm('news');
    await world.clock.advance(5_000);
    expect(world.wire).toEqual(['+news']);
    stop();
    await world.clock.advance(999);
    expect(news.subscription.get().state).toBe('subscribed');
    await world.clock.advance(1);
    expect(world.wire).toEqual(['+news', '-news']);
  });

  test('a remount within the linger starts the second anew', async () => {
    const world = new ChannelsWorld();
    world.open();
    const news = world.channel('news');
    const first = news.hold();
    world.confirm('news');
    first();
    await world.clock.advance(900);
    news.hold()();
    await world.clock.advance(900);
    expect(world.wire).toEqual(['+news']);
    await world.clock.advance(100);
    expect(world.wire).toEqual(['+news', '-news']);
  });

  test('a stop that is called twice lets go of one hold', async () => {
    const world = new ChannelsWorld();
    world.open();
    const news = world.channel('news');
    const stop = news.hold();
    news.hold();
    world.confirm('news');
    stop();
    stop();
    await world.clock.advance(5_000);
    expect(world.wire).toEqual(['+news']);
  });

  test('who lets go when it hears of the subscription leaves nothing behind', async () => {
    const world = new ChannelsWorld();
    world.open();
    const news = world.channel('news');
    const stop = news.hold();
    news.subscription.subscribe(() => stop());
    world.confirm('news');
    await world.clock.advance(1_000);
    expect(world.wire).toEqual(['+news', '-news']);
    expect(world.released).toEqual(['news']);
    expect(world.clock.waiting).toBe(0);
  });

  test('who holds again when it hears of the end is subscribed again', async () => {
    const world = new ChannelsWorld();
    world.open();
    const news = world.channel('news');
    const stop = news.hold();
    world.confirm('news');
    const unsubscribe = news.subscription.subscribe(({ state }) => {
      if (state === 'unsubscribed') news.hold();
    });
    stop();
    await world.clock.advance(1_000);
    unsubscribe();
    expect(world.wire).toEqual(['+news', '-news', '+news']);
    expect(world.released).toEqual([]);
  });

  test('a channel that was let go while its subscription was being tried again does not come back to life', async () => {
    const world = new ChannelsWorld();
    world.open();
    const stop = world.hold('private-a');
    await world.clock.settle();
    await world.clock.advance(9_500);
    stop();
    // 10 s without an answer: waits to ask again, and the earlier question may still be answered.
    await world.clock.advance(1_000);
    expect(world.wire).toEqual(['+private-a', '-private-a']);
    world.confirm('private-a');
    expect(world.wire.at(-1)).toBe('-private-a');
    await world.clock.advance(60_000);
    expect(world.wire.filter((each) => each.startsWith('+'))).toEqual(['+private-a']);
  });

  test('a stop after the end starts no timer', () => {
    const world = new ChannelsWorld();
    world.open();
    const news = world.channel('news');
    const early = news.hold();
    const late = news.hold();
    news.subscription.subscribe(() => early());
    world.channels.destroy();
    late();
    expect(news.subscription.get().state).toBe('unsubscribed');
    expect(world.clock.waiting).toBe(0);
  });

  test('10,000 channels are asked for in one go, and put right after a drop', () => {
    const world = new ChannelsWorld();
    world.open();
    const names = Array.from({ length: 10_000 }, (_, index) => `c-${index}`);
    for (const name of names) world.hold(name);
    for (const name of names) world.confirm(name);
    expect(world.wire).toHaveLength(10_000);
    world.close();
    world.open();
    expect(world.wire).toHaveLength(20_000);
  });

  test('names that look like integers keep their place in the order', () => {
    const world = new ChannelsWorld();
    for (const name of ['b', '7', '__proto__', 'constructor']) world.hold(name);
    world.open();
    expect(world.wire).toEqual(['+b', '+7', '+__proto__', '+constructor']);
  });
});

describe('answers', () => {
  test('a hung subscription is asked for again, with backoff, and reported once', async () => {
    const world = new ChannelsWorld({ random: () => 1 });
    world.open();
    world.hold('news');
    await world.clock.advance(10_000);
    expect(world.errors).toMatchObject([{ name: 'SubscriptionError', channel: 'news', retryable: true }]);
    expect(world.wire).toEqual(['+news']);
    await world.clock.advance(1_000);
    expect(world.wire).toEqual(['+news', '-news', '+news']);
    await world.clock.advance(12_000);
    expect(world.wire.filter((each) => each === '+news')).toHaveLength(3);
    expect(world.errors).toHaveLength(1);
  });

  test('the server has its 10 s from when the application said yes', async () => {
    const world = new ChannelsWorld({ random: () => 0 });
    world.authorizes = false;
    world.open();
    world.hold('private-a');
    await world.clock.advance(25_000);
    expect(world.wire).toEqual([]);
    world.authorizes = true;
    world.requests[0]?.answer.resolve({ auth: 'key:1' });
    await world.clock.advance(9_999);
    expect(world.wire).toEqual(['+private-a']);
    await world.clock.advance(1);
    expect(world.wire).toEqual(['+private-a', '-private-a', '+private-a']);
  });

  test('Retry-After is honoured, and spread: the server said it to everybody', async () => {
    const world = new ChannelsWorld();
    world.open();
    world.hold('private-a');
    await world.clock.settle();
    world.refuse('private-a', { retryable: true, retryAfter: 40_000 });
    await world.clock.advance(40_000);
    expect(world.wire).toEqual(['+private-a']);
    await world.clock.advance(10_000);
    expect(world.wire).toEqual(['+private-a', '+private-a']);
  });

  test('a refused channel stays refused over a reconnect, until it is asked again', async () => {
    const world = new ChannelsWorld();
    world.open();
    const secret = world.channel('private-a');
    secret.hold();
    await world.clock.settle();
    world.refuse('private-a', { code: 403 });
    expect(secret.subscription.get()).toMatchObject({ state: 'refused', error: { status: 403 } });
    world.close();
    world.open();
    await world.clock.advance(120_000);
    expect(world.wire).toEqual(['+private-a']);
    expect(world.errors).toHaveLength(1);
    world.channels.retryRefused();
    await world.clock.settle();
    expect(world.wire).toEqual(['+private-a', '+private-a']);
    expect(secret.subscription.get()).toEqual({ state: 'subscribing' });
  });

  test('who lets go of a refused channel when it is tried again is obeyed', async () => {
    const world = new ChannelsWorld();
    world.open();
    const secret = world.channel('private-a');
    const stop = secret.hold();
    await world.clock.settle();
    world.refuse('private-a');
    secret.subscription.subscribe(() => stop());
    world.channels.retryRefused();
    await world.clock.settle();
    await world.clock.advance(1_000);
    expect(world.states('private-a')).toEqual(['unsubscribed']);
    expect(world.clock.waiting).toBe(0);
  });

  test('many channels that need authorization come back at once where the endpoint is quick', async () => {
    const world = new ChannelsWorld();
    for (let index = 0; index < 200; index++) world.hold(`private-${index}`);
    world.open();
    await world.clock.settle();
    world.close();
    world.wire.length = 0;
    world.open();
    await world.clock.settle();
    expect(new Set(world.wire).size).toBe(200);
  });

  test('an endpoint that says 429 is asked over time at the next reconnect, until it is quick again', async () => {
    let next = 0;
    const world = new ChannelsWorld({ random: () => (next++ % 20) / 20 });
    world.authorizes = false;
    for (let index = 0; index < 300; index++) world.hold(`private-${index}`);
    world.open();
    await world.clock.settle();
    const refusal = new SubscriptionError('Too many', { status: 429, retryAfter: 1_000, retryable: true });
    for (const { answer } of world.requests) answer.reject(refusal);
    await world.clock.settle();
    world.authorizes = true;
    world.close();
    world.open();
    await world.clock.settle();
    expect(world.wire.length).toBeLessThan(30);
    await world.clock.advance(1_500);
    expect(world.wire.length).toBeGreaterThan(100);
    expect(world.wire.length).toBeLessThan(200);
    await world.clock.advance(1_500);
    expect(world.wire).toHaveLength(300);
    for (const wire of world.wire) world.confirm(wire.slice(1));
    await world.clock.advance(20_000);
    const [one] = ['private-new'].map((name) => world.channel(name));
    one?.hold();
    await world.clock.settle();
    world.close();
    world.wire.length = 0;
    world.open();
    await world.clock.settle();
    expect(world.wire).toHaveLength(301);
  });
});

describe('a refusal without a name', () => {
  test('is about the only channel that is unanswered', async () => {
    const world = new ChannelsWorld();
    world.open();
    const [good, bad] = [world.channel('private-good'), world.channel('private-bad')];
    good.hold();
    bad.hold();
    await world.clock.settle();
    world.confirm('private-good');
    world.nameless();
    expect(bad.subscription.get()).toMatchObject({
      state: 'refused',
      error: { status: 4009, retryable: false },
    });
    expect(good.subscription.get()).toEqual({ state: 'subscribed' });
  });

  test('finds its channel among several as soon as the others are confirmed; nobody is asked again', async () => {
    const world = new ChannelsWorld();
    world.open();
    const all = ['private-a', 'private-b', 'private-c', 'private-d', 'news'].map((name) =>
      world.channel(name),
    );
    for (const each of all) each.hold();
    await world.clock.settle();
    world.confirm('private-a');
    world.nameless();
    world.nameless();
    world.confirm('news');
    expect(all.map(({ subscription }) => subscription.get().state)).toEqual([
      'subscribed',
      'subscribing',
      'subscribing',
      'subscribing',
      'subscribed',
    ]);
    world.confirm('private-d');
    expect(all.map(({ subscription }) => subscription.get().state)).toEqual([
      'subscribed',
      'refused',
      'refused',
      'subscribed',
      'subscribed',
    ]);
    await world.clock.advance(120_000);
    expect(world.wire.filter((each) => each.startsWith('+'))).toHaveLength(5);
  });

  test('that is about what was let go meanwhile blames nobody else', async () => {
    const world = new ChannelsWorld();
    world.open();
    const stop = world.hold('private-gone');
    await world.clock.settle();
    stop();
    await world.clock.advance(1_000);
    const late = world.channel('private-late');
    late.hold();
    await world.clock.settle();
    world.nameless();
    expect(late.subscription.get().state).toBe('subscribing');
    world.confirm('private-late');
    expect(late.subscription.get().state).toBe('subscribed');
  });

  test('does not touch a public channel when it is about a signature', () => {
    const world = new ChannelsWorld();
    world.open();
    const news = world.channel('news');
    news.hold();
    world.nameless();
    expect(news.subscription.get().state).toBe('subscribing');
    world.nameless('subscription-refused');
    expect(news.subscription.get()).toMatchObject({ state: 'refused', error: { status: 4300 } });
  });

  test('does not touch a channel whose authorization is still out', async () => {
    const world = new ChannelsWorld();
    world.open();
    const [out, asked] = [world.channel('private-out'), world.channel('private-asked')];
    world.authorizes = false;
    out.hold();
    world.authorizes = true;
    asked.hold();
    await world.clock.settle();
    world.nameless();
    expect([out, asked].map(({ subscription }) => subscription.get().state)).toEqual([
      'subscribing',
      'refused',
    ]);
  });

  test('of an earlier connection is forgotten', async () => {
    const world = new ChannelsWorld();
    world.open();
    const all = ['private-a', 'private-b'].map((name) => world.channel(name));
    for (const each of all) each.hold();
    await world.clock.settle();
    world.nameless();
    world.close();
    world.open();
    await world.clock.settle();
    world.confirm('private-a');
    expect(all.map(({ subscription }) => subscription.get().state)).toEqual(['subscribed', 'subscribing']);
  });
});
