import type { Achievement, Score } from 'surewire/toolbox';
import type { Leaderboard } from './channels.ts';

/** What is worth points, and how many. */
const worth = {
  chat: 5,
  'client-whiteboard-stroke': 3,
  'client-document-edit': 2,
  'hand-raised': 1,
  complete: 20,
};

/** What people get for doing something for the first time. */
const firsts: Readonly<Record<string, Omit<Achievement, 'userId'>>> = {
  chat: { achievementId: 'first-words', title: 'First words' },
  'client-whiteboard-stroke': { achievementId: 'artist', title: 'First stroke on the board' },
  'client-document-edit': { achievementId: 'scribe', title: 'Took a note' },
  'hand-raised': { achievementId: 'curious', title: 'Raised a hand' },
  complete: { achievementId: 'author', title: 'Wrote a lesson' },
};

/** What follows from something that somebody did. */
export interface Award {
  readonly score: Score;
  readonly leaderboard: Leaderboard;
  readonly achievement?: Achievement;
}

/** The points of a class. */
export class Scoreboard {
  readonly #points = new Map<string, { readonly name: string; readonly score: number }>();
  readonly #done = new Set<string>();

  /** Counts something that somebody did; undefined when it is worth nothing. */
  count(userId: string, name: string, deed: string): Award | undefined {
    if (!isWorthwhile(deed)) return undefined;
    const delta = worth[deed];
    const score = (this.#points.get(userId)?.score ?? 0) + delta;
    this.#points.set(userId, { name, score });
    const first = `${userId} ${deed}`;
    const isFirst = !this.#done.has(first);
    this.#done.add(first);
    const achievement = isFirst ? firsts[deed] : undefined;
    return {
      score: { userId, score, delta, reason: deed },
      leaderboard: this.#leaderboard(),
      ...(achievement === undefined ? {} : { achievement: { userId, ...achievement } }),
    };
  }

  #leaderboard(): Leaderboard {
    const best = [...this.#points].sort(([, a], [, b]) => b.score - a.score).slice(0, 8);
    return { entries: best.map(([userId, points], index) => ({ userId, ...points, rank: index + 1 })) };
  }
}

function isWorthwhile(deed: string): deed is keyof typeof worth {
  return Object.hasOwn(worth, deed);
}
