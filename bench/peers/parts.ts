import { percentile } from '../figures';
import { bytesPart } from './bytes';
import { pagePart } from './page-part';
import type { Cost, RoundTrips } from './peer-client';
import { startPart } from './start';
import { able, type Extent, type Figure, type Part, turns, withPair } from './turns';

interface Cell {
  readonly channels: number;
  readonly listeners: number;
  readonly bytes: number;
  readonly count: number;
  readonly warmUp: number;
}

const inboundCells: readonly Cell[] = [
  { channels: 1, listeners: 1, bytes: 200, count: 70_000, warmUp: 25_000 },
  { channels: 1, listeners: 20, bytes: 200, count: 70_000, warmUp: 25_000 },
  { channels: 500, listeners: 1, bytes: 200, count: 70_000, warmUp: 25_000 },
  { channels: 1, listeners: 1, bytes: 8_000, count: 5_000, warmUp: 1_500 },
];

/** Each part of the comparison by its name. */
export const parts: Readonly<Record<string, Part>> = {
  inbound: {
    about: 'CPU of the client process for each message that comes in, in Node',
    async measure(extent) {
      const rows = [];
      for (const cell of inboundCells) {
        const { channels, listeners, bytes, count, warmUp } = scaled(cell, extent.size);
        const situation = `${channels} channel${channels === 1 ? '' : 's'}, ${listeners} listener${listeners === 1 ? '' : 's'}, ${bytes} B`;
        rows.push(
          await turns(situation, comparable(extent), extent.rounds, (name) =>
            withPair(name, { channels, bytes, count }, async ({ client }) => {
              const order = { channels, listeners, count, warmUp };
              return [{ metric: 'CPU a message', unit: 'us', value: await client.ask('inbound', order) }];
            }),
          ),
        );
      }
      return rows.flat();
    },
  },

  page: pagePart,

  subscribe: {
    about: 'subscribing to 1,000 public and 200 private channels, and again after the connection was dropped',
    async measure(extent) {
      const { rounds } = extent;
      const publicly = await turns('1,000 public channels', able(extent, 'subscribe'), rounds, (name) =>
        subscribe(name, 1_000, 'public'),
      );
      const privately = await turns('200 private channels', able(extent, 'private'), rounds, (name) =>
        subscribe(name, 200, 'private'),
      );
      return [...publicly, ...privately];
    },
  },

  publish: {
    about: 'CPU of the client process for each client event that is published, twenty at a time',
    measure(extent) {
      const count = Math.round(20_000 * extent.size);
      return turns('client events', able(extent, 'publish'), extent.rounds, (name) =>
        withPair(name, undefined, async ({ server, client }) => {
          const from = await client.ask<Cost>('publish', count);
          await server.ask('published', count);
          const to = await client.ask<Cost>('now');
          return [{ metric: 'CPU a message', unit: 'us', value: (to.cpu - from.cpu) / count }];
        }),
      );
    },
  },

  request: {
    about: 'acknowledged round trips, one and a hundred in flight',
    async measure(extent) {
      const rows = [];
      for (const inFlight of [1, 100]) {
        const count = Math.round((inFlight === 1 ? 2_000 : 20_000) * extent.size);
        rows.push(
          await turns(`${inFlight} in flight`, able(extent, 'request'), extent.rounds, (name) =>
            withPair(name, undefined, async ({ client }) => {
              const { cpu, latencies } = await client.ask<RoundTrips>('request', { count, inFlight });
              return [
                { metric: 'CPU a round trip', unit: 'us', value: cpu / count },
                { metric: 'p50', unit: 'ms', value: percentile(latencies, 0.5) },
                { metric: 'p99', unit: 'ms', value: percentile(latencies, 0.99) },
              ];
            }),
          ),
        );
      }
      return rows.flat();
    },
  },

  heap: {
    about: 'heap for each channel with one listener: 5,000 channels less 1,000, after collecting garbage',
    measure(extent) {
      const [some, many] = [1_000, 5_000];
      const heap = (name: string, channels: number): Promise<number> =>
        withPair(name, undefined, ({ client }) => client.ask('heap', channels));
      return turns(
        'one listener each',
        able(extent, 'subscribe'),
        Math.min(extent.rounds, 3),
        async (name) => {
          const value = ((await heap(name, many)) - (await heap(name, some))) / (many - some);
          return [{ metric: 'heap a channel', unit: 'B', value }];
        },
      );
    },
  },

  leak: {
    about: 'heap that 500,000 messages leave behind, by the slope from the third tenth on',
    measure(extent) {
      const count = Math.round((500_000 * extent.size) / 10) * 10;
      const flood = { channels: 1, bytes: 200, count };
      return turns('500,000 messages', able(extent, 'subscribe'), Math.min(extent.rounds, 2), (name) =>
        withPair(name, flood, async ({ client }) => {
          const found = await client.ask<readonly number[]>('leak', { ...flood, listeners: 1, warmUp: 0 });
          return [
            { metric: 'heap a message', unit: 'B', value: slope(found.slice(2), count / 10), absolute: true },
          ];
        }),
      );
    },
  },

  start: startPart,
  bytes: bytesPart,
};

/** Everybody but those who only differ in authorizing. */
function comparable({ taking }: Extent): readonly string[] {
  return taking.filter((name) => !name.includes('batched'));
}

function scaled(cell: Cell, size: number): Cell {
  return { ...cell, count: Math.round(cell.count * size), warmUp: Math.round(cell.warmUp * size) };
}

function subscribe(name: string, channels: number, kind: 'public' | 'private'): Promise<readonly Figure[]> {
  return withPair(name, undefined, async ({ server, client }) => {
    const first = await client.ask<Cost>('subscribe', { channels, kind });
    const asked = await server.ask<number>('authorizations');
    // What lingers from subscribing is no part of what follows.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await client.ask('dropped');
    const from = await client.ask<Cost>('now');
    await server.ask('drop');
    const again = await client.ask<Cost>('resubscribed', { from });
    const askedAgain = (await server.ask<number>('authorizations')) - asked;
    return [
      { metric: 'CPU', unit: 'us', value: first.cpu },
      { metric: 'all live after', unit: 'ms', value: first.took },
      { metric: 'CPU after a drop', unit: 'us', value: again.cpu },
      { metric: 'all live after a drop', unit: 'ms', value: again.took },
      ...(kind === 'private'
        ? [
            { metric: 'requests', unit: '', value: asked, absolute: true },
            { metric: 'requests after a drop', unit: '', value: askedAgain, absolute: true },
          ]
        : []),
    ];
  });
}

/** The slope of the line through the values, by least squares. */
function slope(values: readonly number[], distance: number): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [above, below] = values.reduce(
    ([products, squares], value, index) => [
      products + (index - middle) * (value - mean),
      squares + (index - middle) ** 2,
    ],
    [0, 0],
  );
  return above / below / distance;
}
