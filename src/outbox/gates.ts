import type { StoredMessage } from '../ports';
import type { Acknowledgements } from './acknowledgements';
import { EchoGate } from './echo-gate';
import type { OutboxSettings } from './surroundings';

/** What must be there before a message can leave: a network, or the channel's subscription, and whoever is to hear it. */
export class Gates {
  /** Whether the message has to wait for another tab, which published it and does not hear it yet. */
  isUnheard: (record: StoredMessage) => boolean = () => false;
  readonly #acknowledgements: Acknowledgements | undefined;
  readonly #confirmed = new Set<string>();
  /** The channels on which we do not hear yet what we publish. */
  readonly #echo: EchoGate;

  /** `opened` is called when a channel was waited for long enough. */
  constructor(
    { clock, channels, acknowledgements }: Pick<OutboxSettings, 'clock' | 'channels' | 'acknowledgements'>,
    opened: () => void,
  ) {
    this.#acknowledgements = acknowledgements;
    this.#echo = new EchoGate(clock, (channel) => channels?.isAwaited(channel) === true, opened);
  }

  /** Whether the device has a network. Open at first. */
  get online(): boolean {
    return this.#echo.online;
  }

  /** The device has a network, or has none; leaves no timer then. */
  setOnline(online: boolean): void {
    this.#echo.setOnline(online);
  }

  /** The network is not back yet: what waits for its channel waits on. */
  restart(): void {
    this.#echo.restart();
  }

  /** Whether the server has confirmed our subscription of the channel. */
  setConfirmed(channel: string, confirmed: boolean): void {
    this.#echo.changed(channel);
    if (confirmed) this.#confirmed.add(channel);
    else this.#confirmed.delete(channel);
  }

  /** Whether the message could leave now. */
  isOpen(record: StoredMessage): boolean {
    if (record.route === 'peer') return this.#confirmed.has(record.channel);
    return this.online && !this.holdsBack(record) && !this.isUnheard(record);
  }

  /** Whether the message waits for its channel, beyond what its route needs. */
  holdsBack({ route, channel, delivery, immediate }: StoredMessage): boolean {
    if (route === 'peer') return false;
    if (delivery !== undefined && this.#acknowledgements?.isDeaf(channel)) return true;
    return immediate === undefined && this.#echo.isShut(channel);
  }
}
