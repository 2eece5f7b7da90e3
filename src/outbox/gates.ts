import type { StoredMessage } from '../ports';

/** What must be there before a message can leave: a network, or the channel's subscription. */
export class OutboxGates {
  /** Whether the device has a network. Open at first. */
  online = true;
  readonly #confirmed = new Set<string>();
  readonly #hears: (channel: string) => boolean;

  /** `hears` says whether the confirmations of receivers on a channel would be heard. Default: once it is confirmed. */
  constructor(hears: ((channel: string) => boolean) | undefined) {
    this.#hears = hears ?? ((channel) => this.#confirmed.has(channel));
  }

  /** Whether the server has confirmed our subscription of the channel. */
  setConfirmed(channel: string, confirmed: boolean): void {
    if (confirmed) this.#confirmed.add(channel);
    else this.#confirmed.delete(channel);
  }

  /** Whether the message could leave now. */
  isOpen({ route, channel, delivery }: StoredMessage): boolean {
    if (route === 'peer') return this.#confirmed.has(channel);
    return this.online && (delivery === undefined || this.#hears(channel));
  }
}
