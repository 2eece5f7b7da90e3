import { expect, test } from 'vitest';
import { PeerPublisher } from '../../src/outbox/peer-publisher';
import { SpareEvents } from '../../src/outbox/spare-events';
import { ManualClock } from '../fakes/manual-clock';

/** A publisher with an allowance of one event in a second, which is used up, and two messages that wait for theirs. */
function waitingTwo() {
  const clock = new ManualClock();
  const written: unknown[] = [];
  const publisher: PeerPublisher = new PeerPublisher({
    clock,
    eventsPerSecond: 1,
    onWait: () => {},
    transport: { send: (_channel, _event, data) => written.push(data) > 0, ping: () => publisher.ponged() },
  });
  const spares = new SpareEvents(publisher, clock);
  const life = new AbortController();
  const ends = [0, 1, 2].map((data) =>
    publisher
      .publish({ id: `m${data}`, channel: 'private-a', event: 'client-cursor', data }, life.signal)
      .then(
        () => 'written',
        () => 'withdrawn',
      ),
  );
  expect(written).toEqual([0]);
  return { clock, written, publisher, spares, life, ends };
}

// Timers of a busy page are late: what waits could have gone, and nobody has come by yet.
test.each([
  ['when all messages are given up at once', ({ life }: ReturnType<typeof waitingTwo>) => life.abort()],
  [
    'when the client is destroyed, and its messages are given up after that',
    ({ publisher, life }: ReturnType<typeof waitingTwo>) => {
      publisher.destroy();
      life.abort();
    },
  ],
])('nothing is written any more %s, although it could have gone', async (_, end) => {
  const world = waitingTwo();
  world.clock.jump(2_000);
  end(world);
  expect(await Promise.all(world.ends)).toEqual(['written', 'withdrawn', 'withdrawn']);
  expect(world.written).toEqual([0]);
  expect(world.clock.waiting).toBe(0);
});

test('an event of our own still gets the turn of a message that was given up', async () => {
  const { clock, written, spares, life } = waitingTwo();
  spares.add(() => ({ channel: 'private-a', event: 'client-ack', data: 'own' }));
  life.abort();
  await clock.advance(2_200);
  expect(written).toEqual([0, 'own']);
  expect(clock.waiting).toBe(0);
});
