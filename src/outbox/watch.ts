import type { Stop } from '../types';
import type { TabSurroundings } from './settings';
import type { OutboxTalk } from './talk';
import { type OutboxTurn, patience } from './turn';
import { wakefulTimer } from './wakeful-timer';

/** Tabs wait up to so many milliseconds longer, so that not all of them take the turn at once. */
const spread = 250;

/** Looks after the tab that sends, for as long as anything waits for it: one that hangs is robbed of its turn. */
export class OutboxWatch {
  readonly #surroundings: TabSurroundings;
  readonly #talk: OutboxTalk;
  readonly #turn: OutboxTurn;
  readonly #waits: () => boolean;
  #sign = false;
  #stop: Stop | undefined;

  /** `waits` says whether anything that could leave waits for another tab. */
  constructor(surroundings: TabSurroundings, talk: OutboxTalk, turn: OutboxTurn, waits: () => boolean) {
    this.#surroundings = surroundings;
    this.#talk = talk;
    this.#turn = turn;
    this.#waits = waits;
  }

  /** Begins, if there is anything to wait for; ends by itself. */
  begin(): void {
    if (this.#stop !== undefined || !this.#needed()) return;
    const { clock, random } = this.#surroundings;
    this.#sign = false;
    this.#talk.post({ type: 'asked' });
    this.#stop = wakefulTimer(clock, patience + spread * random(), () => {
      this.#stop = undefined;
      if (this.#sign) this.begin();
      else if (this.#needed()) this.#rob();
    });
  }

  /** The tab that sends is alive. */
  sign(): void {
    this.#sign = true;
  }

  /** Leaves no timer. */
  end(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #needed(): boolean {
    return this.#turn.awaited && this.#waits();
  }

  #rob(): void {
    // Whoever hangs is somebody to tell when it is back.
    this.#talk.expectCompany();
    this.#turn.steal();
    this.#stop = this.#surroundings.clock.after(patience, () => {
      this.#stop = undefined;
      // Nobody can have it, then: the platform does not keep its promise.
      if (this.#needed()) this.#turn.goAlone();
    });
  }
}
