import { expect, test } from 'vitest';
import { PeerPublisher } from '../../src/outbox/peer-publisher';
import { SpareEvents } from '../../src/outbox/spare-events';
import type { Acceptance, OutboundMessage } from '../../src/ports';
import { ManualClock } from '../fakes/manual-clock';

interface Written {
  readonly id: unknown;
  readonly at: number;
}

function setup(eventsPerSecond = 10) {
  const clock = new ManualClock();
  const start = clock.now();
  const socket = { open: true };
  const written: Written[] = [];
  const waits = { count: 0 };
  const pings = { count: 0, answered: true };
  const publisher: PeerPublisher = new PeerPublisher({
    clock,
    eventsPerSecond,
    onWait: () => {
      waits.count += 1;
    },
    transport: {
      send: (_channel, _event, data) => {
        if (socket.open) written.push({ id: data, at: clock.now() - start });
        return socket.open;
      },
      ping: () => {
        pings.count += 1;
        if (pings.answered) publisher.ponged();
      },
    },
  });
  const publish = (id: number, signal = new AbortController().signal): Promise<Acceptance> =>
    publisher.publish(message(id), signal);
  const spares = new SpareEvents(publisher, clock);
  return { clock, socket, written, waits, pings, publisher, publish, spares };
}

function message(id: number): OutboundMessage {
  return { id: `m${id}`, channel: 'private-a', event: 'client-cursor', data: id };
}

/** The most events in any second that begins with an event. */
function busiestSecond(written: readonly Written[]): number {
  return Math.max(
    ...written.map(({ at }) => written.filter((other) => other.at >= at && other.at <= at + 1_000).length),
  );
}

test('a message is written at once, and no more than that is claimed', async () => {
  const { publish, written, clock } = setup();
  expect(await publish(1)).toEqual({ level: 'written' });
  expect(written).toEqual([{ id: 1, at: 0 }]);
  expect(clock.waiting).toBe(0);
});

test('what is too much for a second waits for its turn; nothing is dropped or reordered', async () => {
  const { publish, written, waits, clock, publisher } = setup();
  const all = Promise.all(Array.from({ length: 35 }, (_, index) => publish(index)));
  expect(written).toHaveLength(10);
  expect(publisher.waiting).toBe(25);
  expect(waits.count).toBe(25);
  await clock.advance(1_000);
  expect(written).toHaveLength(10);
  await clock.advance(3_000);
  await all;
  expect(written.map(({ id }) => id)).toEqual(Array.from({ length: 35 }, (_, index) => index));
  expect(busiestSecond(written)).toBe(10);
  expect(clock.waiting).toBe(0);
});

test('the next burst waits until the server has had the last one for a second, however late the link is', async () => {
  const { publish, written, clock, publisher, pings } = setup();
  pings.answered = false;
  const all = Promise.all(Array.from({ length: 25 }, (_, index) => publish(index)));
  expect(pings.count).toBe(1);
  await clock.advance(400);
  publisher.ponged();
  await clock.advance(1_049);
  expect(written).toHaveLength(10);
  await clock.advance(1);
  expect(written).toHaveLength(20);
  expect(pings.count).toBe(2);
  // The link may have died; it is not for us to find out.
  await clock.advance(5_000);
  await all;
  expect(written.map(({ id }) => id)).toEqual(Array.from({ length: 25 }, (_, index) => index));
  expect(clock.waiting).toBe(0);
});

test('a pong that nobody asked for here changes nothing', async () => {
  const { publish, written, clock, publisher } = setup();
  const first = Array.from({ length: 10 }, (_, index) => publish(index));
  await clock.advance(1_000);
  publisher.ponged();
  await clock.advance(50);
  await Promise.all([...first, publish(10)]);
  expect(written.at(-1)).toEqual({ id: 10, at: 1_050 });
});

test('a steady stream below the limit never waits', async () => {
  const { publish, written, clock, publisher } = setup();
  for (let index = 0; index < 40; index += 1) {
    await publish(index);
    await clock.advance(110);
  }
  expect(publisher.waiting).toBe(0);
  expect(written.at(-1)).toEqual({ id: 39, at: 39 * 110 });
});

test('on a connection that is not open the message comes back for another attempt, and costs no allowance', async () => {
  const { publish, socket, written } = setup();
  socket.open = false;
  for (let index = 0; index < 20; index += 1) {
    await expect(publish(index)).rejects.toMatchObject({
      code: 'publish',
      retryable: true,
      channel: 'private-a',
    });
  }
  socket.open = true;
  await Promise.all(Array.from({ length: 10 }, (_, index) => publish(index)));
  expect(written).toHaveLength(10);
});

test('a message that is withdrawn while it waits is not written, and leaves no timer', async () => {
  const { publish, written, clock, publisher } = setup(1);
  await publish(1);
  const controller = new AbortController();
  const second = publish(2, controller.signal);
  expect(publisher.waiting).toBe(1);
  controller.abort();
  await expect(second).rejects.toMatchObject({ code: 'aborted' });
  expect(clock.waiting).toBe(0);
  await clock.advance(5_000);
  expect(written.map(({ id }) => id)).toEqual([1]);
  await expect(publish(3, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  expect(written).toHaveLength(1);
});

test('after a rejection for the rate we pause a second and go at half the rate for a minute', async () => {
  const { publish, written, clock, publisher } = setup();
  const all: Promise<Acceptance>[] = [publish(0)];
  publisher.slowDown();
  // The server rejects each message of a burst: that is one reason to slow down, not three.
  publisher.slowDown();
  publisher.slowDown();
  for (let index = 1; index < 400; index += 1) all.push(publish(index));
  await clock.advance(999);
  expect(written).toHaveLength(1);
  await clock.advance(58_000);
  expect(busiestSecond(written)).toBe(5);
  await clock.advance(60_000);
  await Promise.all(all);
  expect(busiestSecond(written.filter(({ at }) => at < 60_000))).toBe(5);
  expect(busiestSecond(written)).toBe(10);
});

test('however often the server objects, one message a second still gets through', async () => {
  const { publish, written, clock, publisher } = setup();
  const object = (): void => publisher.slowDown();
  for (let index = 0; index < 8; index += 1) {
    object();
    await clock.advance(1_000);
  }
  const all = Promise.all([publish(1), publish(2), publish(3)]);
  await clock.advance(3_000);
  await all;
  expect(busiestSecond(written)).toBe(1);
});

test('a new connection has a new allowance', async () => {
  const { publish, written, publisher } = setup();
  const all = Promise.all(Array.from({ length: 20 }, (_, index) => publish(index)));
  publisher.renew();
  await all;
  expect(written).toHaveLength(20);
});

test('a clock that is set back makes nobody wait for it to catch up', async () => {
  const { publish, written, clock, publisher } = setup();
  const all: Promise<Acceptance>[] = Array.from({ length: 12 }, (_, index) => publish(index));
  publisher.slowDown();
  clock.jump(-3_600_000);
  await clock.advance(2_200);
  await Promise.all(all);
  expect(written).toHaveLength(12);
});

test('what the transport throws reaches the caller, and the next message is written', async () => {
  const clock = new ManualClock();
  let broken = true;
  const publisher = new PeerPublisher({
    clock,
    eventsPerSecond: 10,
    onWait: () => {},
    transport: {
      send: () => {
        if (broken) throw new TypeError('circular');
        return true;
      },
      ping: () => {},
    },
  });
  await expect(publisher.publish(message(1), new AbortController().signal)).rejects.toThrow('circular');
  broken = false;
  expect(await publisher.publish(message(2), new AbortController().signal)).toEqual({ level: 'written' });
});

/** So many events of our own as there are ids, one after the other; `data` tells them from messages. */
function spare(spares: SpareEvents, ids: readonly string[]): void {
  for (const id of ids) spares.add(() => ({ channel: 'private-a', event: 'client-ack', data: id }));
}
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `spare-${index}`);
const isSpare = ({ id }: Written): boolean => typeof id === 'string';

test('what is not the application’s takes half of the allowance, and leaves the other half', async () => {
  const { publish, written, clock, spares } = setup();
  spare(spares, names(20));
  expect(written).toHaveLength(5);
  await clock.advance(500);
  for (const id of [1, 2, 3, 4, 5]) void publish(id);
  expect(written.filter((each) => !isSpare(each))).toHaveLength(5);
  await clock.advance(10_000);
  expect(written.filter(isSpare)).toHaveLength(20);
  expect(busiestSecond(written)).toBeLessThanOrEqual(10);
  expect(clock.waiting).toBe(0);
});

test('while the application publishes all the time, the rest gets one event a second', async () => {
  const { publish, written, clock, spares } = setup();
  const all = Promise.all(Array.from({ length: 60 }, (_, index) => publish(index)));
  spare(spares, names(6));
  await clock.advance(6 * 1_050);
  await all;
  const times = written.filter(isSpare).map(({ at }) => at);
  expect(times).toHaveLength(6);
  for (const [index, at] of times.slice(1).entries()) expect(at - (times[index] ?? 0)).toBeGreaterThan(1_000);
  expect(busiestSecond(written)).toBeLessThanOrEqual(10);
});

test('where only a few events are allowed, the application’s go first', async () => {
  const { publish, written, clock, spares } = setup(2);
  void Promise.all([1, 2, 3, 4].map((id) => publish(id)));
  spare(spares, names(1));
  await clock.advance(5_000);
  expect(written.map(({ id }) => id)).toEqual([1, 2, 3, 4, 'spare-0']);
});

test('what turns out to be needless takes no turn, and what a closed socket does not take is dropped', async () => {
  const { publish, written, socket, clock, spares } = setup();
  spares.add(() => undefined);
  socket.open = false;
  spare(spares, names(1));
  socket.open = true;
  for (let id = 0; id < 10; id++) void publish(id);
  expect(written).toHaveLength(10);
  await clock.advance(2_000);
  expect(written).toHaveLength(10);
});

test('a server that counts nothing is not counted for, until it complains', async () => {
  const { publisher, publish, written, clock } = setup(Number.POSITIVE_INFINITY);
  for (let id = 0; id < 500; id++) void publish(id);
  expect(written).toHaveLength(500);
  publisher.slowDown();
  for (let id = 0; id < 30; id++) void publish(id);
  await clock.advance(1_000);
  expect(written).toHaveLength(510);
});

test('a complaint is about us alone only when the application wrote nothing lately', async () => {
  const { publish, clock, spares } = setup();
  expect(spares.areToBlame).toBe(false);
  spare(spares, names(1));
  expect(spares.areToBlame).toBe(true);
  await publish(1);
  expect(spares.areToBlame).toBe(false);
  await clock.advance(5_000);
  spare(spares, names(1));
  expect(spares.areToBlame).toBe(true);
  await clock.advance(5_000);
  expect(spares.areToBlame).toBe(false);
});

test('nothing is left when it is destroyed', async () => {
  const { publisher, written, clock, spares } = setup();
  spare(spares, names(9));
  publisher.destroy();
  await clock.advance(5_000);
  expect(written).toHaveLength(5);
  expect(clock.waiting).toBe(0);
});

test('nothing is written to a link in doubt; its answer lets go what waited, in order, and so does another link', async () => {
  for (const end of ['ponged', 'renew'] as const) {
    const { publish, written, waits, clock, publisher, spares } = setup();
    await publish(1);
    publisher.doubt();
    expect(publisher.immediately(message(2))).toBeUndefined();
    const waiting = [publish(2), publish(3)];
    let spare = 0;
    spares.add(() => {
      spare += 1;
      return undefined;
    });
    await clock.advance(4_000);
    expect(written).toHaveLength(1);
    expect([spare, waits.count, clock.waiting]).toEqual([0, 0, 0]);
    publisher[end]();
    await Promise.all(waiting);
    expect(written.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(spare).toBe(1);
  }
});

test('who withdraws what waits for a link in doubt gets it back, and it is not written', async () => {
  const { publish, written, publisher } = setup();
  const controller = new AbortController();
  publisher.doubt();
  const withdrawn = publish(1, controller.signal);
  controller.abort();
  await expect(withdrawn).rejects.toMatchObject({ code: 'aborted' });
  publisher.ponged();
  expect(written).toEqual([]);
});
