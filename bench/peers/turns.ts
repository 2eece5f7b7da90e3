import { Child } from '../child';
import type { Row } from '../results';
import { contestants } from './contestants';
import type { Flood } from './flood';
import type { Ability } from './peer';
import type { PeerClientSettings } from './peer-client';

/** How much is measured, and of whom. */
export interface Extent {
  readonly rounds: number;
  /** A factor for the number of messages. */
  readonly size: number;
  /** The names of the contestants; raw pusher-js comes first. */
  readonly taking: readonly string[];
}

/** A part of the comparison. */
export interface Part {
  readonly about: string;
  measure(extent: Extent): Promise<readonly Row[]>;
}

/** One figure of a contestant in one round. */
export interface Figure {
  readonly metric: string;
  readonly unit: string;
  readonly value: number;
  /** Left out: it is also told as a multiple of raw pusher-js's. */
  readonly absolute?: boolean;
}

/** A server and a client, each in a fresh process. */
export interface Pair {
  readonly server: Child;
  readonly client: Child;
}

/** Those who take part and can do it. */
export function able({ taking }: Extent, ability: Ability): readonly string[] {
  return taking.filter((name) => contestants[name]?.can.includes(ability));
}

/** Lets the contestants take turns in one case, and puts their figures together. */
export async function turns(
  situation: string,
  names: readonly string[],
  rounds: number,
  measure: (contestant: string) => Promise<readonly Figure[]>,
): Promise<Row[]> {
  const rows = new Map<string, { row: Omit<Row, 'samples'>; samples: number[] }>();
  const add = (row: Omit<Row, 'samples'>, value: number): void => {
    const key = JSON.stringify([row.contestant, row.metric, row.unit]);
    const known = rows.get(key) ?? { row, samples: [] };
    rows.set(key, known);
    known.samples.push(value);
  };
  for (let round = 0; round < rounds; round += 1) {
    const found = new Map<string, readonly Figure[]>();
    // Each round begins with another one, so that none is always first.
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round) % names.length];
      if (name !== undefined) found.set(name, await attempted(name, situation, measure));
    }
    const raw = found.get('raw') ?? [];
    for (const name of names) {
      for (const { metric, unit, value, absolute = false } of found.get(name) ?? []) {
        const row = { case: situation, contestant: name, metric };
        add({ ...row, unit }, value);
        const base = raw.find((figure) => figure.metric === metric)?.value;
        if (!absolute && base !== undefined && name !== 'raw') add({ ...row, unit: 'x raw' }, value / base);
      }
    }
    console.error(`${situation}: round ${round + 1} of ${rounds}`);
  }
  return Array.from(rows.values(), ({ row, samples }) => ({ ...row, samples }));
}

/** One contestant that fails is missing from the table, and does not take the others with it. */
async function attempted(
  name: string,
  situation: string,
  measure: (contestant: string) => Promise<readonly Figure[]>,
): Promise<readonly Figure[]> {
  try {
    return await measure(name);
  } catch (error) {
    console.error(
      `${name} failed at "${situation}": ${error instanceof Error ? error.message : String(error)}`,
    );
    return [];
  }
}

/** Does something with a fresh server and a fresh client, which end afterwards. */
export async function withPair<T>(
  contestant: string,
  flood: Flood | undefined,
  work: (pair: Pair) => Promise<T>,
): Promise<T> {
  const server = new Child('server', { wire: contestants[contestant]?.wire, flood });
  try {
    const port = await server.ask<number>('open');
    const client = new Child('client', { contestant, port } satisfies PeerClientSettings);
    try {
      return await inTime(work({ server, client }));
    } finally {
      await client.end();
    }
  } finally {
    await server.end();
  }
}

/** Nothing here takes so long, in milliseconds. */
const deadline = 60_000;

function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('It did not end in time')), deadline);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
