import type { Clock, TabCoordinator, TabGroup, TokenSource } from '../ports';
import { aborted, within } from '../support/deadline';
import { pause } from '../support/pause';
import { readMessage, type TokenMessage } from './token-message';

/** What sharing a token takes. */
export interface SharedTokenSettings {
  /** Asked when no tab has a token. */
  readonly source: TokenSource;
  /** How long a token is good from its receipt, in milliseconds; undefined when it does not say. */
  readonly lifetime: (token: string, now: number) => number | undefined;
  /** The other tabs. */
  readonly tabs: TabCoordinator;
  /** Clients with this name may use each other's tokens: it must tell users apart, and applications. */
  readonly name: string;
  /** Time. */
  readonly clock: Clock;
  /** Chance, from 0 up to 1. */
  readonly random: () => number;
  /** How long the source may think, in milliseconds. */
  readonly timeout: number;
}

/** The newest token that any tab got. */
interface Latest {
  readonly token: string;
  readonly bornAt: number;
  /** In milliseconds; `null` when the token does not say. */
  readonly life: number | null;
}

// How long a tab that has just come listens for a token that others have, before it asks its own source.
const listening = 100;
// A tab whose turn it is and that gives no sign of life for so long is taken to hang.
const patience = 1_000;
// A token with less of its life left is not worth taking over.
const worthwhile = 0.25;

/**
 * One token for all tabs: a source around the application's own, which is asked by one tab at a time and only for what no
 * other tab can tell. Lives are told as lengths, so that tabs need not agree about the time.
 */
export class SharedToken {
  readonly #settings: SharedTokenSettings;
  #group: TabGroup | undefined;
  #joinedAt = 0;
  #latest: Latest | undefined;
  /** What we brought last: asked again, we owe another one. */
  #given: string | undefined;
  /** It is our turn, and the source is thinking. */
  #asking = false;
  /** Another tab said that it asks its source, and nothing came of it yet. */
  #othersAsk = false;
  /** Counts the signs of life of tabs that ask their source. */
  #signs = 0;
  /** Counts sign-outs anywhere: an answer from before is not passed on. */
  #era = 0;
  /** Aborts when another tab told a token that is worth taking over. */
  #news: AbortController | undefined;

  constructor(settings: SharedTokenSettings) {
    this.#settings = settings;
  }

  /** To be asked in place of the application's source. */
  readonly source: TokenSource = async ({ reason, signal }) => {
    this.join();
    const told = this.#told();
    if (told !== undefined) return this.#give(told);
    // Who still thinks it good must not be told so by us.
    if (reason === 'refused' && this.#latest?.token === this.#given) this.#latest = undefined;
    const token = await this.#inTurn(signal, () => this.#ask({ reason, signal }));
    return this.#give(token);
  };

  /** To be asked in place of `settings.lifetime`: a token that another tab got earlier has less to go. */
  lifetime(token: string, now: number): number | undefined {
    const latest = this.#latest;
    if (latest?.token !== token) return this.#settings.lifetime(token, now);
    return latest.life === null ? undefined : Math.max(0, latest.bornAt + latest.life - now);
  }

  /** Begins to hear the other tabs. Called ahead of need, it takes the wait for their answer out of the first request. */
  join(): void {
    if (this.#group !== undefined) return;
    const { tabs, name, clock } = this.#settings;
    this.#joinedAt = clock.now();
    this.#group = tabs.join(name, (message) => this.#receive(message));
    this.#post({ type: 'wanted' });
  }

  /**
   * Somebody signed out here: nothing that any tab knows until now is handed on any more. Tabs keep what they use
   * themselves: whether they are signed out, too, is the application's to say.
   */
  forget(): void {
    this.#post({ type: 'forgotten' });
    this.leave();
  }

  /** Hears and tells nothing any more, until it is asked again. */
  leave(): void {
    this.#group?.leave();
    this.#group = undefined;
    this.#begin();
    this.#given = undefined;
  }

  /** A new era: what was known does not count, and what is on its way is for us alone. */
  #begin(): void {
    this.#era++;
    this.#latest = undefined;
    this.#othersAsk = false;
  }

  #give(token: string): string {
    this.#given = token;
    return token;
  }

  /** A token from another tab that is worth taking over. */
  #told(): string | undefined {
    const latest = this.#worthwhile();
    return latest?.token === this.#given ? undefined : latest?.token;
  }

  #worthwhile(): Latest | undefined {
    const latest = this.#latest;
    if (latest === undefined || latest.life === null) return latest;
    const left = latest.bornAt + latest.life - this.#settings.clock.now();
    return left > latest.life * worthwhile ? latest : undefined;
  }

  async #ask(request: Parameters<TokenSource>[0]): Promise<string> {
    const { source, clock, timeout } = this.#settings;
    const { signal } = request;
    this.#asking = true;
    this.#post({ type: 'asking' });
    try {
      // The turn may come before the message of who had it: locks and messages travel apart.
      const left = this.#othersAsk ? listening : this.#joinedAt + listening - clock.now();
      this.#othersAsk = false;
      if (left > 0) await this.#listen(Math.min(left, listening), signal);
      const told = this.#told();
      if (told !== undefined) return told;
      const era = this.#era;
      const token = await within((ends) => source({ ...request, signal: ends }), { clock, timeout, signal });
      // Anything but a text is for the lease to complain about.
      if (era === this.#era && typeof token === 'string' && token !== '') this.#remember(token);
      return token;
    } finally {
      this.#asking = false;
    }
  }

  #remember(token: string): void {
    // The source had it before: its life does not begin again.
    if (this.#latest?.token === token) return;
    const now = this.#settings.clock.now();
    this.#latest = { token, bornAt: now, life: this.#settings.lifetime(token, now) ?? null };
    this.#tell();
  }

  #tell(): void {
    const latest = this.#worthwhile();
    if (latest === undefined) return;
    const { token, bornAt, life } = latest;
    this.#post({ type: 'token', token, age: this.#settings.clock.now() - bornAt, life });
  }

  #post(message: TokenMessage): void {
    this.#group?.post(message);
  }

  #receive(received: unknown): void {
    const message = readMessage(received);
    switch (message?.type) {
      case undefined:
        return;
      case 'wanted':
        if (this.#asking) this.#post({ type: 'asking' });
        else this.#tell();
        return;
      case 'asking':
        this.#othersAsk = true;
        this.#signs++;
        return;
      case 'forgotten':
        this.#begin();
        return;
      case 'token': {
        const { token, age, life } = message;
        const bornAt = this.#settings.clock.now() - age;
        const known = this.#latest;
        this.#othersAsk = false;
        // Told again it seems younger, by the time that the message took: a frozen tab hears it hours later.
        if (known === undefined || (token !== known.token && bornAt >= known.bornAt))
          this.#latest = { token, bornAt, life };
        if (this.#told() === undefined) return;
        this.#news?.abort();
        this.#news = undefined;
        return;
      }
      default:
        message satisfies never;
    }
  }

  /** Resolves when another tab told a token, after so many milliseconds, or when `signal` aborts. */
  #listen(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.#news ??= new AbortController();
    return pause(this.#settings.clock, milliseconds, [signal, this.#news.signal]);
  }

  /**
   * Runs `work` when it is our turn; a token that is told meanwhile ends the wait, and so does a tab that has the turn and
   * hangs: frozen, or in an endless loop.
   */
  async #inTurn(signal: AbortSignal, work: () => Promise<string>): Promise<string> {
    const { tabs, name } = this.#settings;
    const queue = new AbortController();
    const watch = new AbortController();
    let begun = false;
    const leave = (): void => {
      if (!begun) queue.abort();
    };
    signal.addEventListener('abort', leave);
    void this.#nothingToWaitFor(watch.signal).then(leave);
    try {
      return await tabs.exclusive(name, { signal: queue.signal }, () => {
        begun = true;
        watch.abort();
        return work();
      });
    } catch (error) {
      if (begun) throw error;
      if (signal.aborted) throw aborted();
    } finally {
      watch.abort();
      signal.removeEventListener('abort', leave);
    }
    return this.#told() ?? this.#robTurn(signal, work);
  }

  /** A turn that is stolen comes at once, or the platform does not keep its promise: then each tab is on its own. */
  async #robTurn(signal: AbortSignal, work: () => Promise<string>): Promise<string> {
    const { tabs, name, clock } = this.#settings;
    const given = new AbortController();
    let working: Promise<string> | undefined;
    const once = (): Promise<string> => {
      given.abort();
      working ??= work();
      return working;
    };
    const stolen = tabs.exclusive(name, { signal, steal: true }, once);
    stolen.catch(() => given.abort());
    await pause(clock, patience, [signal, given.signal]);
    if (working === undefined && !signal.aborted && !given.signal.aborted) return once();
    return working ?? stolen;
  }

  /** Resolves when a token was told, when nobody gives a sign of life, or when `signal` aborts. */
  async #nothingToWaitFor(signal: AbortSignal): Promise<void> {
    let signs: number;
    do {
      signs = this.#signs;
      this.#post({ type: 'wanted' });
      // Spread, so that not all who wait take the turn from one another.
      await this.#listen(patience * (1 + 0.5 * this.#settings.random()), signal);
    } while (!signal.aborted && this.#told() === undefined && this.#signs > signs);
  }
}
