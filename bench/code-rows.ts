import { setTimeout as wait } from 'node:timers/promises';
import { type FaultRow, spread, values } from './fault-row';
import { duration, median, most } from './figures';
import { howLong } from './world';

/** Our first wait is one to two minutes; raw clients, which never dial again, are watched as long. */
const overQuotaPatience = 130_000;

/** Close codes, and what a library makes of them. */
export const codeRows: readonly FaultRow[] = [
  {
    id: 'over-quota',
    fault: 'close 4004 (over quota)',
    must: 'dial again, after a minute or two',
    slow: true,
    async measure(world) {
      const contestant = world.client();
      contestant.listen('public', 'message', () => {});
      contestant.connect();
      await world.subscribed('public', 1);
      await wait(300);
      world.server.close(4004);
      const back = await howLong(() => world.proxy.dials.length > 1, overQuotaPatience);
      return { back: [back] };
    },
    tell: (samples) =>
      most(values(samples, 'back')) >= overQuotaPatience
        ? `no dial in ${duration(overQuotaPatience)}`
        : `dials after ${spread(values(samples, 'back'))}`,
    holds: (samples) => values(samples, 'back').every((time) => time >= 60_000 && time < overQuotaPatience),
  },
  {
    id: 'unauthorized',
    fault: 'close 4009 (unauthorized)',
    must: 'one token renewal, then back',
    async measure(world) {
      const reasons: string[] = [];
      const contestant = world.client((reason) => {
        reasons.push(reason);
        return world.token();
      });
      contestant.listen('public', 'message', () => {});
      contestant.listen('private-class-1', 'message', () => {});
      contestant.connect();
      await world.subscribed('private-class-1', 1);
      await wait(300);
      world.server.close(4009);
      await howLong(() => world.server.channels.length === 0, 5_000);
      const back = await howLong(() => world.server.channels.length === 2, 20_000);
      await wait(1_000);
      return { back: [back], renewals: [reasons.filter((reason) => reason === 'refused').length] };
    },
    tell: (samples) =>
      most(values(samples, 'back')) >= 20_000
        ? 'never dials again'
        : `back after ${spread(values(samples, 'back'))}, ${most(values(samples, 'renewals'))} renewal`,
    holds: (samples) =>
      most(values(samples, 'back')) < 20_000 && values(samples, 'renewals').every((count) => count === 1),
  },
  {
    id: 'storm',
    fault: 'close 4200 during each handshake',
    must: 'at most 4 dials a client in the first second',
    alone: true,
    async measure(world) {
      const count = world.name === 'raw' ? 1 : 20;
      world.server.refuse(4200);
      const contestants = Array.from({ length: count }, () => world.client());
      for (const contestant of contestants) {
        contestant.listen('public', 'message', () => {});
        contestant.connect();
      }
      await wait(1_000);
      return { dials: [world.proxy.dials.length / count] };
    },
    tell: (samples) => `${median(values(samples, 'dials'))} dials in the first second`,
    holds: (samples) => most(values(samples, 'dials')) <= 4,
  },
];
