import { describe, expect, test } from 'vitest';
import { RateLimitError } from '../../src/errors';
import type { OutboundMessage } from '../../src/ports';
import { busy, outboxWorld } from '../fakes/outbox-world';
import { scriptedOutbox } from '../fakes/scripted-outbox';
import { accept, refused, retryable } from '../fakes/scripted-publisher';

const down = async () => {
  throw retryable();
};
const slowly = (retryAfter: number) => new RateLimitError('slowly', { status: 429, retryAfter });

/** An outbox whose endpoint fails for everybody, with one message on each of these channels, all of which were tried once. */
async function troubled(channels: readonly string[], rule: () => Promise<never> = down) {
  const world = scriptedOutbox();
  const { server, publish, clock } = world;
  server.rule = rule;
  const published = channels.map((channel) => publish(`${channel}1`, { channel }));
  await clock.settle();
  expect(server.payloads).toEqual(channels.map((channel) => `${channel}1`));
  return { ...world, published, on: (channel: string, data: string) => publish(data, { channel }) };
}

/** An endpoint that breaks at whatever comes on these channels. */
const breaksOn =
  (...channels: readonly string[]) =>
  async ({ channel }: OutboundMessage) => {
    if (channels.includes(channel)) throw retryable();
    return accept();
  };

describe('an endpoint that fails for everybody', () => {
  test('is tried by one channel at a time, in turn, and not by each for itself', async () => {
    const { server, clock } = await troubled(['a', 'b', 'c']);
    const start = clock.now();
    const tried: string[] = [];
    server.rule = ({ channel }) => {
      tried.push(`${channel} after ${clock.now() - start}`);
      return down();
    };
    await clock.advance(16_000);
    expect(tried).toEqual(['a after 500', 'b after 1500', 'c after 3500', 'a after 7500', 'b after 15500']);
  });

  test('gets everything at once when it is back: one message shows it, and nobody waits out a time of its own', async () => {
    const { server, clock, published } = await troubled(['a', 'b', 'c', 'd']);
    await clock.advance(20_000);
    server.rule = accept;
    const before = server.offers.length;
    await clock.advance(11_499);
    expect(server.offers).toHaveLength(before);
    await clock.advance(1);
    expect(published.map(({ end }) => end)).toMatchObject(Array(4).fill({ level: 'accepted' }));
    expect(server.offers).toHaveLength(before + 4);
    expect(clock.waiting).toBe(0);
  });

  test('has those who come meanwhile wait with the others; the newcomer tries, for the others have failed', async () => {
    const { server, clock, on } = await troubled(['a', 'b']);
    const late = on('late', 'late1');
    await clock.advance(499);
    expect(server.offers).toHaveLength(2);
    server.rule = undefined;
    await clock.advance(1);
    expect(server.payloads.slice(2)).toEqual(['late1']);
    server.rule = accept;
    server.last.answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(late.end).toMatchObject({ attempts: 1 });
    expect(server.payloads.slice(3)).toEqual(['a1', 'b1']);
  });

  test('is there again when it says no to what is tried', async () => {
    const no = refused();
    const { server, clock, published } = await troubled(['a', 'b']);
    server.rule = undefined;
    await clock.advance(500);
    expect(server.payloads.slice(2)).toEqual(['a1']);
    server.rule = accept;
    server.last.answer.reject(no);
    await clock.settle();
    expect(published.map(({ end }) => end)).toMatchObject([no, { level: 'accepted' }]);
  });

  test('is tried by another channel when what tried is discarded', async () => {
    const { server, clock, outbox } = await troubled(['a', 'b', 'c']);
    server.rule = undefined;
    await clock.advance(500);
    expect(outbox.discard('m1')).toBe(true);
    await clock.settle();
    expect(server.payloads.slice(3)).toEqual(['a1', 'b1']);
  });

  test('does not count as back for an answer to what was under way before it failed', async () => {
    const { server, clock, on } = scriptedWithSlow();
    const slow = on('slow', 'slow1');
    await clock.settle();
    const answer = server.last.answer;
    server.rule = down;
    on('a', 'a1');
    on('b', 'b1');
    await clock.settle();
    answer.resolve({ level: 'accepted' });
    await clock.advance(499);
    expect(slow.end).toMatchObject({ level: 'accepted' });
    expect(server.payloads).toEqual(['slow1', 'a1', 'b1']);
    await clock.advance(1);
    expect(server.payloads.slice(3)).toEqual(['a1']);
  });

  test('leaves the peer route alone', async () => {
    const { peer, outbox, clock, publish } = await troubled(['a', 'b']);
    peer.rule = accept;
    outbox.setConfirmed('a', true);
    const moved = publish('moved', { route: 'peer' });
    await clock.settle();
    expect(moved.end).toMatchObject({ level: 'accepted' });
  });
});

/** An outbox whose endpoint is slow at first. */
function scriptedWithSlow() {
  const world = scriptedOutbox();
  return { ...world, on: (channel: string, data: string) => world.publish(data, { channel }) };
}

describe('an endpoint that asks for time', () => {
  test('gets it from all, although only one heard it, and then one attempt', async () => {
    const { server, clock, on } = await troubled(['a'], async () => {
      throw slowly(7_000);
    });
    on('b', 'b1');
    on('c', 'c1');
    await clock.advance(10_499);
    expect(server.payloads).toEqual(['a1']);
    server.rule = undefined;
    await clock.advance(1);
    expect(server.payloads).toEqual(['a1', 'b1']);
  });

  test('gets it also when the network comes and goes, and when it said so while all waited', async () => {
    const { server, clock, outbox, publish } = scriptedOutbox();
    for (const channel of ['a', 'b', 'c']) publish(channel, { channel });
    await clock.settle();
    for (const [index, error] of [retryable(), retryable(), slowly(7_000)].entries())
      server.offers[index]?.answer.reject(error);
    await clock.settle();
    outbox.setOnline(false);
    outbox.setOnline(true);
    await clock.advance(10_499);
    expect(server.offers).toHaveLength(3);
    await clock.advance(1);
    expect(server.offers).toHaveLength(4);
  });
});

describe('a message that its endpoint breaks at each time', () => {
  test('holds up no other channel, from the first attempt on', async () => {
    const { server, clock, publish } = scriptedOutbox();
    server.rule = breaksOn('poisoned');
    publish('x', { channel: 'poisoned' });
    for (let minute = 0; minute < 60; minute += 1) {
      const healthy = publish(minute, { channel: 'healthy' });
      await clock.settle();
      expect(healthy.end).toMatchObject({ level: 'accepted', attempts: 1 });
      await clock.advance(60_000);
    }
  });

  test('waits on a curve of its own: others that get through are no reason to try it again', async () => {
    const { server, clock, publish } = scriptedOutbox();
    server.rule = breaksOn('poisoned');
    publish('x', { channel: 'poisoned' });
    for (let second = 0; second < 600; second += 1) {
      publish(second, { channel: 'healthy' });
      await clock.advance(1_000);
    }
    const tries = server.payloads.filter((payload) => payload === 'x').length;
    // 0.5, 1, 2, 4, 8, 16 s, and then 30 s each: about 25 in ten minutes.
    expect(tries).toBeGreaterThan(15);
    expect(tries).toBeLessThan(30);
  });

  test('in company looks like an outage for one wait, and never again', async () => {
    const { server, clock, publish } = scriptedOutbox();
    server.rule = breaksOn('bad', 'worse', 'worst');
    for (const channel of ['bad', 'worse', 'worst']) publish('x', { channel });
    await clock.settle();
    const delays: number[] = [];
    for (let minute = 0; minute < 30; minute += 1) {
      const healthy = publish(minute, { channel: 'healthy' });
      await clock.advance(59_999);
      delays.push(healthy.end && 'latency' in healthy.end ? healthy.end.latency : Number.NaN);
    }
    expect(delays).toEqual([500, ...Array(29).fill(0)]);
    const tries = server.payloads.filter((payload) => payload === 'x').length;
    expect(tries).toBeLessThan(3 * 70);
  });

  test('does not keep the others from seeing that an outage is over', async () => {
    const { server, clock, published } = await troubled(['poisoned', 'a', 'b']);
    server.rule = breaksOn('poisoned');
    // The poisoned one tries first, and fails; the next one does not.
    await clock.advance(1_500);
    expect(published.map(({ end }) => end)).toMatchObject([
      undefined,
      { level: 'accepted' },
      { level: 'accepted' },
    ]);
  });

  test('is a channel like any other once it got through', async () => {
    const { server, clock, on } = await troubled(['poisoned', 'a']);
    server.rule = breaksOn('poisoned');
    await clock.advance(10_000);
    server.rule = accept;
    await clock.advance(30_000);
    server.rule = down;
    on('poisoned', 'again');
    on('a', 'again');
    await clock.settle();
    const before = server.offers.length;
    await clock.advance(500);
    expect(server.offers).toHaveLength(before + 1);
  });
});

describe('those who do not want to wait', () => {
  test('`retry` tries the channel of that message, and its success is for all', async () => {
    const { server, clock, outbox, published } = await troubled(['a', 'b', 'c']);
    server.rule = undefined;
    expect(outbox.retry('m2')).toBe(true);
    expect(server.payloads.slice(3)).toEqual(['b1']);
    server.rule = accept;
    server.last.answer.resolve({ level: 'accepted' });
    await clock.settle();
    expect(published.map(({ end }) => end)).toMatchObject(Array(3).fill({ level: 'accepted' }));
  });

  test('`retry` in vain has all wait on', async () => {
    const { server, clock, outbox } = await troubled(['a', 'b']);
    outbox.retry('m2');
    await clock.settle();
    expect(server.payloads.slice(2)).toEqual(['b1']);
    await clock.advance(999);
    expect(server.offers).toHaveLength(3);
    await clock.advance(1);
    expect(server.payloads.slice(3)).toEqual(['a1']);
  });

  test('`retry` of a channel that cannot send now changes nothing for the others', async () => {
    const { server, clock, outbox, publish } = scriptedOutbox({ awaits: (channel) => channel === 'shut' });
    server.rule = down;
    publish('a1', { channel: 'a' });
    publish('b1', { channel: 'b' });
    publish('shut1', { channel: 'shut' });
    await clock.settle();
    outbox.retry('m3');
    server.rule = accept;
    await clock.advance(500);
    expect(server.payloads.slice(2)).toEqual(['a1', 'b1']);
  });

  test('`flush` tries all once, and resolves when none can go on', async () => {
    const { server, clock, outbox } = await troubled(['a', 'b', 'c']);
    await clock.advance(4_000);
    const before = server.offers.length;
    await outbox.flush();
    expect(server.offers).toHaveLength(before + 3);
    server.rule = accept;
    await clock.advance(500);
    expect(outbox.pending.get()).toEqual([]);
  });

  test('a network that comes back is a reason for all to try, and the waits begin anew', async () => {
    const { server, clock, outbox } = await troubled(['a', 'b']);
    await clock.advance(20_000);
    outbox.setOnline(false);
    const before = server.offers.length;
    outbox.setOnline(true);
    await clock.settle();
    expect(server.offers).toHaveLength(before + 2);
    await clock.advance(500);
    expect(server.offers).toHaveLength(before + 3);
  });

  test('a sign-out ends the outage with the messages: no timer is left, and what comes next goes at once', async () => {
    const { server, clock, outbox, on, published } = await troubled(['a', 'b']);
    await outbox.empty();
    expect(published.map(({ end }) => end)).toMatchObject(Array(2).fill({ code: 'aborted' }));
    expect(clock.waiting).toBe(0);
    server.rule = accept;
    const fresh = on('a', 'fresh');
    await clock.settle();
    expect(fresh.end).toMatchObject({ attempts: 1 });
  });

  test('the end leaves no timer', async () => {
    const { clock, outbox } = await troubled(['a', 'b']);
    outbox.destroy();
    await clock.settle();
    expect(clock.waiting).toBe(0);
  });
});

describe('tabs', () => {
  test('what another tab publishes meanwhile waits with the others of the tab that sends', async () => {
    const { clock, open, shared, arrivals, data } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = busy;
    one.publish('a1', { channel: 'a' });
    one.publish('b1', { channel: 'b' });
    await clock.advance(20);
    const theirs = two.publish('c1', { channel: 'c' });
    await clock.advance(100);
    expect(data()).toEqual(['a1', 'b1']);
    shared.rule = undefined;
    await clock.advance(150);
    expect(data().slice(2)).toEqual(['c1', 'a1', 'b1']);
    expect(theirs.end).toMatchObject({ level: 'accepted' });
    expect(arrivals.every(({ tab }) => tab === one.name)).toBe(true);
  });

  test('who takes the lead in the middle of an outage has all messages sent when it is over', async () => {
    const { clock, open, shared, data } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = busy;
    const theirs = ['a', 'b', 'c'].map((channel) => two.publish(channel, { channel }));
    await clock.advance(1_000);
    one.tab.kill();
    await clock.advance(5_000);
    shared.rule = undefined;
    await clock.advance(30_000);
    expect(theirs.map(({ end }) => end)).toMatchObject(Array(3).fill({ level: 'accepted' }));
    expect(new Set(data().slice(-3))).toEqual(new Set(['a', 'b', 'c']));
    expect(two.outbox.pending.get()).toEqual([]);
  });
});
