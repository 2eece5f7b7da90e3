import { describe, expect, test } from 'vitest';
import { Acknowledgements } from '../../src/outbox/acknowledgements';
import {
  askedToConfirm,
  askToConfirm,
  readConfirmation,
  requestLength,
  withoutRequest,
} from '../../src/support/confirmable';
import { storedMessage } from '../contract/outbox-storage';
import { ManualClock } from '../fakes/manual-clock';

function setup() {
  const clock = new ManualClock();
  const holds: string[] = [];
  const fates: string[] = [];
  const acknowledgements = new Acknowledgements({
    clock,
    hold: (channel) => {
      holds.push(channel);
      return () => void holds.splice(holds.indexOf(channel), 1);
    },
    stateOf: () => 'subscribed',
    onConfirmation: (fate) => fates.push(fate),
  });
  const ends: [string, number][] = [];
  const expectMessage = (id: string, channel = 'private-a') =>
    acknowledgements.expect(storedMessage(id, { channel }));
  const wait = (id: string, receivers = 1, timeout = 10_000) =>
    acknowledgements.await(
      storedMessage(id, { delivery: { receivers, timeout, accepted: { level: 'accepted', at: 0 } } }),
      (how) => ({ id, attempts: 1, acceptedAt: 0, latency: 0, ...how }),
      (end) => ends.push([id, end.receivers ?? Number.NaN]),
    );
  const confirm = (id: string, receiver = 'r', channel = 'private-a', sender = 'client-ack:') =>
    acknowledgements.confirm(channel, { ids: [id], receiver }, sender);
  return { clock, holds, fates, acknowledgements, ends, expectMessage, wait, confirm };
}

describe('waiting for receivers', () => {
  test('who is quicker than the server’s answer to us counts', () => {
    const { ends, expectMessage, wait, confirm } = setup();
    expectMessage('m1');
    confirm('m1', 'a');
    confirm('m1', 'b');
    expect(ends).toEqual([]);
    wait('m1');
    expect(ends).toEqual([['m1', 2]]);
  });

  test('the channel is held from the first moment to the last', async () => {
    const { clock, holds, expectMessage, wait, acknowledgements, ends } = setup();
    expectMessage('m1');
    expectMessage('m2');
    expect(holds).toEqual(['private-a', 'private-a']);
    wait('m1');
    await clock.advance(10_000);
    expect(ends).toEqual([['m1', 0]]);
    acknowledgements.forget('m2');
    expect(holds).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  test('each receiver counts once; on presence channels the server says who it is', () => {
    const { ends, fates, expectMessage, wait, confirm } = setup();
    expectMessage('m1');
    wait('m1', 3);
    confirm('m1', 'a');
    confirm('m1', 'a');
    confirm('m1', 'a', 'private-a', 'client-ack:ada');
    confirm('m1', '', 'private-a', 'ack:');
    expect(ends).toEqual([['m1', 3]]);
    expect(fates).toEqual(['confirmations', 'duplicateConfirmations', 'confirmations', 'confirmations']);
  });

  test('another channel’s word does not count; what is late is only counted, what is not ours not even that', async () => {
    const { clock, ends, fates, expectMessage, wait, confirm } = setup();
    expectMessage('m1');
    wait('m1');
    confirm('m1', 'a', 'private-b');
    confirm('foreign');
    expect(fates).toEqual([]);
    await clock.advance(10_000);
    confirm('m1');
    expect(ends).toEqual([['m1', 0]]);
    expect(fates).toEqual(['lateConfirmations']);
  });

  test('a machine that slept does not wait longer for it', async () => {
    const { clock, ends, expectMessage, wait } = setup();
    expectMessage('m1');
    wait('m1', 1, 60_000);
    await clock.advance(1_000);
    clock.jump(120_000);
    await clock.advance(5_000);
    expect(ends).toEqual([['m1', 0]]);
  });

  test('a thousand waits of different lengths take one timer, and each ends in its time', async () => {
    const { clock, ends, expectMessage, wait } = setup();
    for (let index = 0; index < 1_000; index += 1) {
      expectMessage(`m${index}`);
      wait(`m${index}`, 1, 1_000 * (10 - (index % 10)));
    }
    expect(clock.waiting).toBe(1);
    for (let second = 1; second <= 10; second += 1) {
      await clock.advance(999);
      expect(ends).toHaveLength(100 * (second - 1));
      await clock.advance(1);
      expect(ends).toHaveLength(100 * second);
    }
    expect(clock.waiting).toBe(0);
  });

  test('after its end nothing is left', async () => {
    const { clock, ends, holds, acknowledgements, expectMessage, wait } = setup();
    expectMessage('m1');
    wait('m1');
    acknowledgements.destroy();
    await clock.advance(60_000);
    expect([ends, holds, clock.waiting]).toEqual([[], [], 0]);
  });
});

describe('the request in the payload', () => {
  const place = { id: 'm1', channel: 'private-a', event: 'go' };

  test('goes on and comes off without a trace', () => {
    const payload = JSON.parse('{"a":1,"__proto__":{"b":2}}');
    const asking = askToConfirm(payload, place);
    expect(askedToConfirm(asking)).toBe('m1');
    expect(JSON.stringify(withoutRequest(asking))).toBe(JSON.stringify(payload));
    expect(Object.getPrototypeOf(withoutRequest(asking))).toBe(Object.prototype);
  });

  test.each([
    [{}, 'm1'],
    [{ a: 'ü' }, 'm1'],
    [{ a: { b: [1, 'x'] } }, 'with "quotes" and \\'],
  ])('adds as many bytes as are counted to %j', (payload, id) => {
    const length = (data: unknown) => Buffer.byteLength(JSON.stringify(data));
    const asking = askToConfirm(payload, { ...place, id });
    expect(requestLength(length(payload), id)).toBe(length(asking) - length(payload));
  });

  test.each([
    ['no object', 'text'],
    ['a list', ['surewire:confirm']],
    ['nothing', null],
    ['another type of id', { 'surewire:confirm': 7 }],
    ['an endless id', { 'surewire:confirm': 'x'.repeat(65) }],
    ['no id', { 'surewire:confirm': '' }],
    ['an inherited one', Object.create({ 'surewire:confirm': 'm1' })],
  ])('is not seen in %s', (_, data) => {
    expect(askedToConfirm(data)).toBeUndefined();
  });
});

test('of a confirmation only what can be an id is read', () => {
  const ids = ['a', 7, null, '', 'x'.repeat(65), '__proto__'];
  expect(readConfirmation('client-ack', { ids, receiver: 'r' })).toEqual({
    ids: ['a', '__proto__'],
    receiver: 'r',
  });
  expect(readConfirmation('ack', { id: 'a', receiver: 7 })).toEqual({ ids: ['a'], receiver: '' });
  expect(readConfirmation('client-ack', { id: 7 })).toBeUndefined();
  expect(readConfirmation('client-ack', ['a'])).toBeUndefined();
  expect(readConfirmation('client-acknowledged', { id: 'a' })).toBeUndefined();
});
