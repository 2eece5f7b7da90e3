import type { StoredMessage } from '../ports';
import type { OutboxChannels } from './surroundings';

/** What must be there before a message can leave: a network, or the channel's subscription. */
export class Gates {
  /** Whether the device has a network. Open at first. */
  online = true;
  /** Whether the message has to wait for another tab, which published it and does not hear it yet. */
  isUnheard: (record: StoredMessage) => boolean = () => false;
  readonly #confirmed = new Set<string>();
  readonly #channels: OutboxChannels | undefined;

  constructor(channels: OutboxChannels | undefined) {
    this.#channels = channels;
  }

  /** Whether the server has confirmed our subscription of the channel. */
  setConfirmed(channel: string, confirmed: boolean): void {
    if (confirmed) this.#confirmed.add(channel);
    else this.#confirmed.delete(channel);
  }

  /** Whether the message could leave now. */
  isOpen(record: StoredMessage): boolean {
    if (record.route === 'peer') return this.#confirmed.has(record.channel);
    return this.online && !this.holdsBack(record) && !this.isUnheard(record);
  }

  /** Whether the message waits for its channel, beyond what its route needs. */
  holdsBack(record: StoredMessage): boolean {
    return record.route === 'server' && this.#channels?.holdsBack(record) === true;
  }
}
