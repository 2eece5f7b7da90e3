import { setTimeout as wait } from 'node:timers/promises';
import type { Contestant } from './contestant';
import { type FaultRow, values } from './fault-row';
import { type Samples, total } from './figures';
import { Observer } from './observer';
import { until, type World } from './world';

const channel = 'private-plugin-7';
const event = 'client-step';
/** After the last heal, for whatever still wants to arrive: 50 events take 5 s at Pusher's limit, after a dial of up to 15 s. */
const patience = 35_000;

interface Scene {
  readonly world: World;
  readonly contestant: Contestant;
  /** Publishes the next so many, numbered. */
  readonly publish: (count: number) => void;
}

/** Publishes numbered client events around a fault; samples: lost ones, those out of order, those said to be sent. */
async function published(
  world: World,
  count: number,
  play: (scene: Scene) => void | Promise<void>,
): Promise<Samples> {
  const observer = await Observer.join(world.server, channel);
  const contestant = world.client();
  let next = 0;
  await play({
    world,
    contestant,
    publish: (some) => {
      for (let left = some; left > 0; left -= 1) {
        contestant.publish(channel, event, { number: next });
        next += 1;
      }
    },
  });
  if (next !== count) throw new Error(`The row published ${next} and not ${count}`);
  // What is lost comes as little after a few seconds as after many.
  const wanted = world.name === 'raw' ? Math.min(patience, 20_000) : patience;
  await until(() => observer.lost(count) === 0, wanted);
  await wait(300);
  return {
    lost: [observer.lost(count)],
    disorder: [observer.inOrder ? 0 : 1],
    claimed: [contestant.claimed()],
    count: [count],
  };
}

async function joined({ world, contestant }: Scene): Promise<void> {
  contestant.listen(channel, 'step', () => {});
  contestant.connect();
  await world.subscribed(channel, 2);
  await wait(500);
}

/** How rows that count published events are told and judged. */
export const judged: Pick<FaultRow, 'tell' | 'holds'> = {
  tell: (samples) => {
    const lost = total(values(samples, 'lost'));
    const count = total(values(samples, 'count'));
    const order = total(values(samples, 'disorder')) === 0 ? 'in order' : 'OUT OF ORDER';
    return `lost ${lost} of ${count}${lost < count ? `, ${order}` : ''}; said ${total(values(samples, 'claimed'))} were sent`;
  },
  holds: (samples) => total(values(samples, 'lost')) === 0 && total(values(samples, 'disorder')) === 0,
};

/** Client events that are published at bad moments. */
export const publishingRows: readonly FaultRow[] = [
  {
    id: 'before-connecting',
    fault: '5 client events published before connecting',
    must: 'lose 0',
    measure: (world) =>
      published(world, 5, ({ contestant, publish }) => {
        contestant.listen(channel, 'step', () => {});
        publish(5);
        contestant.connect();
      }),
    ...judged,
  },
  {
    id: 'before-subscribed',
    fault: '5 client events right after `subscribe()`, over a link that is 200 ms late',
    must: 'lose 0',
    measure: (world) =>
      published(world, 5, async ({ contestant, publish }) => {
        world.proxy.delay(200);
        contestant.listen('public', 'step', () => {});
        contestant.connect();
        await world.subscribed('public', 1);
        await wait(1_000);
        contestant.listen(channel, 'step', () => {});
        publish(5);
      }),
    ...judged,
  },
  {
    id: 'cut',
    fault: 'link reset and refused for 5 s, 50 client events around it',
    must: 'lose 0, in order',
    measure: (world) =>
      published(world, 50, async (scene) => {
        await joined(scene);
        scene.publish(5);
        await wait(500);
        world.proxy.refuse();
        world.proxy.reset();
        for (let step = 0; step < 40; step += 1) {
          // The first within the second in which pusher-js still says `connected`.
          await wait(125);
          scene.publish(1);
        }
        await world.proxy.listen();
        scene.publish(5);
      }),
    ...judged,
  },
  {
    id: 'cut-tick',
    fault: '5 client events in the very tick in which the link is reset',
    must: 'told only: the protocol confirms no client event',
    measure: (world) =>
      published(world, 5, async (scene) => {
        await joined(scene);
        world.proxy.reset();
        scene.publish(5);
      }),
    tell: judged.tell,
    holds: () => true,
  },
  {
    id: 'bunched',
    fault: '50 client events at once, over a link that is late by 20 ms and by 250 ms in turns',
    must: 'lose 0, in order',
    measure: (world) =>
      published(world, 50, async (scene) => {
        await joined(scene);
        scene.publish(50);
        for (let turn = 0; turn < 20; turn += 1) {
          world.proxy.delay(turn % 2 === 0 ? 250 : 20);
          await wait(350);
        }
      }),
    ...judged,
  },
  {
    id: 'wifi',
    fault: 'Wi-Fi lost for 5 s with `offline` and `online`, 50 published meanwhile',
    must: 'lose 0, in order',
    measure: (world) =>
      published(world, 50, async (scene) => {
        await joined(scene);
        const heal = world.proxy.blackhole();
        scene.contestant.network('offline');
        for (let step = 0; step < 50; step += 1) {
          scene.publish(1);
          await wait(100);
        }
        heal();
        scene.contestant.network('online');
      }),
    ...judged,
  },
];
