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
    if (this.#messages.length >= messagesPerAction) this.#dispatchAll(this.#takeMessages());
    this.#schedule();
  }

  /** Something has another value; `action` is made when it is dispatched. */
  replace(key: string, action: () => RealtimeAction): void {
    this.#latest.set(key, action);
    this.#schedule();
  }

  /** Something that must be told in its place among the others: dispatches what waits, then `action`. */
  tell(action: RealtimeAction): void {
    this.#dispatchAll([...this.#takeAll(), () => action]);
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
    this.#dispatchAll(this.#takeAll());
  }

  #windowEnds(): void {
    this.#stopTimer = undefined;
    if (this.#messages.length === 0 && this.#latest.size === 0) return;
    try {
      this.#schedule();
    } catch (error) {
      // Out of a timer it would end a process of Node.
      console.error(error);
    }
  }

  #takeAll(): (() => RealtimeAction)[] {
    const latest = [...this.#latest.values()];
    this.#latest.clear();
    return [...this.#takeMessages(), ...latest];
  }

  #takeMessages(): (() => RealtimeAction)[] {
    const messages = this.#messages;
    this.#messages = [];
    return messages.length === 0 ? [] : [() => news.messagesReceived(messages)];
  }

  /** A reducer or a subscriber that throws keeps nobody from the rest. What the first one threw is thrown at the end. */
  #dispatchAll(makers: readonly (() => RealtimeAction)[]): void {
    const thrown: unknown[] = [];
    for (const make of makers) {
      // Each may be the last: who hears of it may stop us.
      if (this.#stopped) break;
      try {
        this.#dispatch(make());
      } catch (error) {
        thrown.push(error);
      }
    }
    if (thrown.length > 0) throw thrown[0];
  }
}
