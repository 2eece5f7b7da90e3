import { setTimeout as wait } from 'node:timers/promises';
import { type FaultRow, spread, values } from './fault-row';
import { most, type Samples, total } from './figures';
import { howLong, type World } from './world';

const channel = 'private-class-1';
/** So long we look whether a subscription comes after all. */
const patience = 30_000;

interface Script {
  /** What the endpoint does. */
  readonly fault: (world: World) => void;
  /** Tokens the application hands out, the last one again and again. Default: a good one. */
  readonly tokens?: readonly string[];
  /** Whether the fault comes with a reconnect rather than at the start. */
  readonly atReconnect?: boolean;
}

/** Subscribes while the endpoint misbehaves; samples: time until subscribed, calls of the endpoint, tokens asked for. */
async function authorized(
  world: World,
  { fault, tokens = [], atReconnect = false }: Script,
): Promise<Samples> {
  const { server, proxy } = world;
  const reasons: string[] = [];
  const contestant = world.client((reason) => {
    reasons.push(reason);
    return tokens[reasons.length - 1] ?? world.token();
  });
  const there = (): boolean => server.channels.some(({ name }) => name === channel);
  if (!atReconnect) fault(world);
  contestant.listen(channel, 'message', () => {});
  contestant.connect();
  let before = 0;
  if (atReconnect) {
    await world.subscribed(channel, 1);
    await wait(500);
    before = world.authorizations;
    fault(world);
    proxy.reset();
    await howLong(() => !there(), patience);
  }
  const took = await howLong(there, patience);
  // Whoever hammers does so also now.
  await wait(2_000);
  return {
    took: [took],
    calls: [world.authorizations - before],
    renewals: [reasons.filter((reason) => reason === 'refused').length],
  };
}

const recovers: Pick<FaultRow, 'tell' | 'holds'> = {
  tell: (samples) => {
    const took = values(samples, 'took');
    const dead = took.filter((time) => time >= patience).length;
    const how = dead === 0 ? `subscribed after ${spread(took)}` : `${dead} of ${took.length} dead`;
    return `${how}, ${calls(samples)}`;
  },
  holds: (samples) => most(values(samples, 'took')) < 20_000,
};

const renews: Pick<FaultRow, 'tell' | 'holds'> = {
  tell: (samples) => `${recovers.tell(samples)}, ${total(values(samples, 'renewals'))} renewals`,
  holds: (samples) =>
    recovers.holds(samples) &&
    values(samples, 'renewals').every((count) => count === 1) &&
    values(samples, 'calls').every((count) => count === 2),
};

function calls(samples: Samples): string {
  const count = most(values(samples, 'calls'));
  return `${count} ${count === 1 ? 'call' : 'calls'}`;
}

/** What an authorization endpoint can do to us. */
export const authorizationRows: readonly FaultRow[] = [
  {
    id: 'auth-500',
    fault: 'auth endpoint answers 500 once',
    must: 'recover',
    measure: (world) => authorized(world, { fault: ({ server }) => server.rejectAuth(500) }),
    ...recovers,
  },
  {
    id: 'auth-503',
    fault: 'auth endpoint answers 503 three times',
    must: 'recover',
    measure: (world) => authorized(world, { fault: ({ server }) => server.rejectAuth(503, 3) }),
    ...recovers,
  },
  {
    id: 'auth-html',
    fault: 'auth endpoint answers with a page of HTML once',
    must: 'recover',
    measure: (world) =>
      authorized(world, {
        fault: ({ server }) =>
          server.rejectAuth(200, 1, { body: '<!doctype html><title>Please log in</title>' }),
      }),
    ...recovers,
  },
  {
    id: 'auth-hang',
    fault: 'auth endpoint never answers, once',
    must: 'recover',
    measure: (world) => authorized(world, { fault: ({ server }) => server.hangAuth() }),
    ...recovers,
  },
  {
    id: 'token-start',
    fault: 'token not good (401) at the start',
    must: 'one renewal, recover',
    measure: (world) => authorized(world, { fault: () => {}, tokens: ['stale'] }),
    ...renews,
  },
  {
    id: 'token-reconnect',
    fault: 'token not good (401) at a reconnect',
    must: 'one renewal, recover',
    measure: (world) =>
      authorized(world, { fault: ({ server }) => server.rejectAuth(401), atReconnect: true }),
    ...renews,
  },
  {
    id: 'forbidden',
    fault: '403 for good',
    must: 'one call, a clear refusal',
    async measure(world) {
      const contestant = world.client();
      contestant.listen(channel, 'message', () => {});
      contestant.connect();
      await wait(20_000);
      return { calls: [world.authorizations], told: [contestant.knowsRefusal(channel) ? 1 : 0] };
    },
    tell: (samples) =>
      `${calls(samples)} in 20 s, ${values(samples, 'told').every((told) => told === 1) ? 'refusal told' : 'nothing told'}`,
    holds: (samples) =>
      most(values(samples, 'calls')) === 1 && values(samples, 'told').every((told) => told === 1),
    world: { allows: () => false },
  },
];
