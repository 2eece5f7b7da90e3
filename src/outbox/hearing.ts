import type { Clock } from '../ports';
import type { Dispatcher } from './dispatcher';
import { EchoGate } from './echo-gate';
import type { TabTalk } from './tab-talk';

/**
 * Which tabs do not hear yet, and where: what they publish there waits, whoever sends it. Each says so of itself, as soon as it has
 * a message to wait with.
 */
export class Hearing {
  readonly #dispatcher: Dispatcher;
  readonly #talk: TabTalk;
  readonly #tab: string;
  /** Where we do not hear, as we told. */
  readonly #own = new Set<string>();
  /** By tab and channel: where others do not. */
  readonly #others = new Set<string>();
  readonly #gate: EchoGate;

  /** `tab` is our own name. */
  constructor(
    dispatcher: Dispatcher,
    talk: TabTalk,
    { clock, tab: own }: { readonly clock: Clock; readonly tab: string },
  ) {
    this.#dispatcher = dispatcher;
    this.#talk = talk;
    this.#tab = own;
    this.#gate = new EchoGate(
      clock,
      (key) => this.#others.has(key),
      () => dispatcher.advance(),
    );
    this.#gate.setOnline(dispatcher.gates.online);
    dispatcher.gates.isUnheard = ({ tab, channel }) =>
      tab !== undefined && this.#gate.isShut(keyOf(tab, channel));
  }

  /** Whether our messages wait for this channel may have changed. */
  listened(channel: string): void {
    const isWaiting = this.#waits(channel);
    if (this.#own.has(channel) === isWaiting) return;
    if (isWaiting) this.#own.add(channel);
    else this.#own.delete(channel);
    this.#tell();
  }

  /** Somebody came who cannot know. */
  repeat(): void {
    if (this.#own.size > 0) this.#tell();
  }

  /** Another tab waits on these channels, and on no others. */
  told(tab: string, channels: readonly string[]): void {
    const before = [...this.#others].filter((key) => key.startsWith(keyOf(tab, '')));
    for (const key of before) this.#others.delete(key);
    for (const channel of channels) this.#others.add(keyOf(tab, channel));
    for (const key of before) this.#gate.changed(key);
    this.#dispatcher.advance();
  }

  /** Whether there is a network: the time that other tabs are waited for counts from when there is. Without one no timer is left. */
  setOnline(online: boolean): void {
    this.#gate.setOnline(online);
  }

  /** The network is not back yet: all waits for other tabs begin anew. */
  restart(): void {
    this.#gate.restart();
  }

  /** Whether a message of ours waits for the channel. Thousands may: mostly the first one tells. */
  #waits(channel: string): boolean {
    const { queue, gates } = this.#dispatcher;
    for (const { from, message } of queue.lane('server', channel)?.entries() ?? [])
      if (from === undefined && gates.holdsBack(message.record)) return true;
    return false;
  }

  #tell(): void {
    this.#talk.post({ type: 'deaf', tab: this.#tab, channels: [...this.#own] });
  }
}

/** Names of tabs have no blanks. */
function keyOf(tab: string, channel: string): string {
  return `${tab} ${channel}`;
}
