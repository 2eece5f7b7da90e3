import type { Clock, RealtimeMessage, Stop } from '../index';
import { realtimeNews as news, type RealtimeAction } from './actions';

/** The most messages of one action: who reads an action must be able to hold it. */
const messagesPerAction = 100;

/** What is to be dispatched soon: the first thing after a quiet time at once, the rest together, once a window. */
export class Batch {
  readonly #clock: Clock;
  readonly #window: number;
  readonly #dispatch: (action: RealtimeAction) => void;
  #messages: RealtimeMessage[] = [];
  /** What *is*: of several values in one window only the last counts. */
  readonly #latest = new Map<string, () => RealtimeAction>();
  #stopTimer: Stop | undefined;
  #stopped = false;

  constructor(clock: Clock, window: number, dispatch: (action: RealtimeAction) => void) {
    this.#clock = clock;
    this.#window = window;
    this.#dispatch = dispatch;
  }

  /** A message came in. None is dropped, however many there are. */
  add(message: RealtimeMessage): void {
    this.#messages.push(message);
    if (this.#messages.length >= messagesPerAction) this.#dispatchMessages();
    this.#schedule();
  }

  /** Something has another value; `action` is made when it is dispatched. */
  replace(key: string, action: () => RealtimeAction): void {
    this.#latest.set(key, action);
    this.#schedule();
  }

  /** Something that must be told in its place among the others: dispatches what waits, then `action`. */
  tell(action: RealtimeAction): void {
    if (this.#stopped) return;
    this.flush();
    if (!this.#stopped) this.#dispatch(action);
  }

  /** Dispatches what waits. */
  flush(): void {
    this.#dispatchMessages();
    const latest = [...this.#latest.values()];
    this.#latest.clear();
    for (const action of latest) if (!this.#stopped) this.#dispatch(action());
  }

  /** Forgets what waits; nothing is dispatched any more. */
  stop(): void {
    this.#stopped = true;
    this.#stopTimer?.();
    this.#messages = [];
    this.#latest.clear();
  }

  #schedule(): void {
    if (this.#stopTimer !== undefined || this.#stopped) return;
    // Before the flush: what is dispatched may bring more.
    this.#stopTimer = this.#clock.after(this.#window, () => this.#windowEnds());
    this.flush();
  }

  #windowEnds(): void {
    this.#stopTimer = undefined;
    if (this.#messages.length > 0 || this.#latest.size > 0) this.#schedule();
  }

  #dispatchMessages(): void {
    const messages = this.#messages;
    this.#messages = [];
    if (messages.length > 0 && !this.#stopped) this.#dispatch(news.messagesReceived(messages));
  }
}
