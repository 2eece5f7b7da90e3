import type { Gap, RealtimeMessage, RecoveredMessage } from '../../src/index';

/** A message as the backend has it. */
export interface Entry {
  readonly id: string;
  readonly event: string;
  readonly data: { readonly id: string; readonly n: number };
}

/** What was said on one channel, and what one listener heard of it. */
interface Story {
  readonly history: Entry[];
  readonly heard: string[];
  /** Messages that somebody has told to be lost: a recovery that failed. */
  reported: number;
}

/** A complete history of some channels, and the account of what their listeners heard. */
export class Chronicle {
  readonly #stories = new Map<string, Story>();

  constructor(channels: readonly string[]) {
    for (const channel of channels) this.#stories.set(channel, { history: [], heard: [], reported: 0 });
  }

  /** The next message of a channel, in its history from now on. */
  next(channel: string): Entry {
    const { history } = this.#of(channel);
    const n = history.length;
    const id = `${channel}#${n}`;
    const entry = { id, event: 'said', data: { id, n } };
    history.push(entry);
    return entry;
  }

  /** The ids of messages that may come next: what a stranger can guess. */
  guess(channel: string): string {
    return `${channel}#${this.#of(channel).history.length}`;
  }

  /** Everything after what was heard last, as a history of the backend's gives it. */
  missed({ channel, lastId }: Gap): readonly RecoveredMessage[] {
    const { history } = this.#of(channel);
    if (lastId === undefined) return history;
    const last = history.findIndex(({ id }) => id === lastId);
    if (last < 0) throw new Error(`Nobody ever said "${lastId}".`);
    return history.slice(last + 1);
  }

  heard({ channel, data }: Pick<RealtimeMessage, 'channel' | 'data'>): void {
    this.#of(channel).heard.push((data as Entry['data']).id);
  }

  /** A recovery failed, and said so: what it should have brought may be missing. */
  reported(channel: string): void {
    this.#of(channel).reported += 1;
  }

  /** What is wrong: something twice, out of order, made up, or lost without a word. */
  get faults(): string[] {
    return [...this.#stories].flatMap(([channel, story]) => faultsOf(channel, story));
  }

  get said(): number {
    return [...this.#stories.values()].reduce((sum, { history }) => sum + history.length, 0);
  }

  #of(channel: string): Story {
    const story = this.#stories.get(channel);
    if (story === undefined) throw new Error(`There is no story of "${channel}".`);
    return story;
  }
}

function faultsOf(channel: string, { history, heard, reported }: Story): string[] {
  const known = new Map(history.map(({ id }, place) => [id, place]));
  const places = heard.map((id) => known.get(id) ?? -1);
  const faults: string[] = [];
  for (const [index, place] of places.entries()) {
    const before = places[index - 1] ?? -1;
    if (place < 0) faults.push(`${channel}: heard what nobody said`);
    else if (place === before) faults.push(`${channel}: ${place} twice`);
    else if (place < before) faults.push(`${channel}: ${place} after ${before}`);
  }
  const reached = new Set(places);
  const lost = history.flatMap((_, place) => (reached.has(place) ? [] : [place]));
  if (lost.length > 0 && reported === 0) faults.push(`${channel}: ${lost.join()} lost without a word`);
  return faults;
}
