import type { MemoryTab } from './memory-tabs';
import { type TabHistory, tabHistory } from './tab-history';
import type { HistoryStep } from './tab-steps';

/** Lives through these steps, and tells everything that went wrong. Nothing, when all is well. */
export async function wrongsOf(
  steps: readonly HistoryStep[],
  kind: MemoryTab['kind'],
): Promise<readonly string[]> {
  const history = await tabHistory(steps, kind);
  const wrongs = [unfinished, mistreated, overtakenInOneTab, overtakenByLaterPages].flatMap((find) =>
    find(history),
  );
  await history.end();
  return wrongs;
}

/** What should be over, and is not. */
function unfinished({ tabs, onDisk, flushes, gone, wasBroken }: TabHistory): string[] {
  const wrongs: string[] = [];
  for (const { outbox, name } of tabs) {
    const left = outbox.pending.get().map(({ data: each, state }) => `${each} ${state}`);
    if (left.length > 0) wrongs.push(`pending in ${name}: ${left.join(', ')}`);
  }
  if (onDisk.length > 0 && !wasBroken)
    wrongs.push(`left on the disk: ${onDisk.map((each) => each.data).join(', ')}`);
  for (const { by, done } of flushes)
    if (!gone.has(by) && !done) wrongs.push(`flush() of ${by.name} never ended`);
  return wrongs;
}

/** Messages that were lost, or had an end or a sending that nobody can explain. */
function mistreated({ server, all, published, gone, stored, changes, wasBroken }: TabHistory): string[] {
  const wrongs: string[] = [];
  const arrived = new Set(server.arrived.values());
  for (const each of published) {
    const { by, end, unwantedAt, key } = each;
    const name = `${each.data} of ${by.name} (${each.lane})`;
    // Where the tab that published it lives, every promise has settled.
    if (!gone.has(by) && end === undefined) wrongs.push(`${name} never settled`);
    const isLost = stored.has(each.data) && !arrived.has(each.data) && !server.refused.has(each.data);
    const told = end !== undefined && !/^(stored|accepted)$/.test(end);
    if (isLost && !told && unwantedAt === undefined && !key && !each.isDoubtful && !wasBroken)
      wrongs.push(`${name} is lost`);
    if (end === 'accepted' && !key && !arrived.has(each.data)) wrongs.push(`${name} was accepted by nobody`);
    if (end === 'authentication' && by.as !== 'session over')
      wrongs.push(`${name} was refused for another's session`);
    if (end?.startsWith('strange')) wrongs.push(`${name}: ${end}`);
    const early = server.offered.filter(({ data: offered, at, tab: offering }) => {
      const sender = all.find(({ name: its }) => its === offering);
      if (offered !== each.data || !each.lane.startsWith('server') || at >= by.leftAt || by.wasFrozen)
        return false;
      // Whoever has just come, or was frozen, may not have heard of it.
      if (sender === undefined || sender.wasFrozen || at <= sender.openedAt + 3) return false;
      const networkAt = Math.max(...changes.filter((change) => change < at));
      return by.deaf.some(
        ({ channel: its, from, to }) =>
          its === each.channel && from + 2 < at && at < to && at < Math.max(from, networkAt) + 10_000,
      );
    });
    if (early.length > 0) wrongs.push(`${name} was sent before its tab heard its channel`);
    if (unwantedAt === undefined || wasBroken) continue;
    // Whoever was frozen meanwhile hears of it late, as whoever is just being told.
    const late = server.offered.filter(({ data: offered, at, tab: offering }) => {
      const { thawedAt = 0, openedAt = 0 } = all.find(({ name: its }) => its === offering) ?? {};
      if (offered !== each.data || at <= unwantedAt + 90 || thawedAt >= unwantedAt) return false;
      return each.isUnwritten !== true || openedAt < unwantedAt - 2;
    });
    if (late.length > 0) wrongs.push(`${name} was sent although nobody wanted it any more`);
  }
  return wrongs;
}

/** Messages of one tab that overtook another of their lane. */
function overtakenInOneTab({ server, all, published, wasBroken }: TabHistory): string[] {
  const wrongs: string[] = [];
  for (const by of all) {
    for (const lane of new Set(published.map((each) => each.lane))) {
      const mine = new Map(
        published
          .filter(
            (each) =>
              each.by === by &&
              each.lane === lane &&
              !each.key &&
              // What was given up has no place, also when its tab died before that was written.
              each.unwantedAt === undefined &&
              each.unwantedBy === undefined,
          )
          .map((each) => [each.data, each]),
      );
      const came = [...server.arrived.values()].filter((each) => mine.has(each) && !server.refused.has(each));
      const ordered = came.every((each, index) => index === 0 || each > (came[index - 1] ?? 0));
      if (!ordered && !wasBroken) wrongs.push(`out of order in ${lane} of ${by.name}: ${came.join(', ')}`);
    }
  }
  return wrongs;
}

/** Messages of a page that overtook what one before it had left, where no other tab was there in between. */
function overtakenByLaterPages({ server, all, published, wasBroken }: TabHistory): string[] {
  const wrongs: string[] = [];
  const order = [...server.arrived.values()].filter((each) => !server.refused.has(each));
  const plain = published.filter(
    ({ data: each, key, unwantedAt, isDoubtful, by }) =>
      !key && unwantedAt === undefined && !isDoubtful && by.as === 'usual' && order.includes(each),
  );
  for (const each of plain) {
    const { by, lane } = each;
    const before = plain.filter(
      (other) =>
        other.lane === lane &&
        other.by.leftAt + 90 < by.openedAt &&
        order.indexOf(other.data) > order.indexOf(each.data),
    );
    const alone = all.every(
      (other) => other === by || other.leftAt + 90 < by.openedAt || other.openedAt > by.openedAt,
    );
    if (alone && before.length > 0 && !wasBroken)
      wrongs.push(
        `${each.data} of ${by.name} (${lane}) came before ${before.map((other) => other.data).join(', ')}`,
      );
  }
  return wrongs;
}
