import type { MessageOpener, SealedChannel } from '../ports';
import { within } from '../support/deadline';
import type { MessageSignal } from '../transport-port';
import { ChannelCipher } from './channel-cipher';

/** A new key that takes longer is given up, in milliseconds: messages wait behind it. */
const renewalTimeout = 10_000;
/** So many messages wait for a new key at most; those after them are not opened. */
const mostWaiting = 1_000;

/** Opens the messages of one encrypted channel, in order, also while its key is being replaced. */
export class SealedMessages implements MessageOpener {
  readonly #parts: SealedChannel;
  #cipher: ChannelCipher;
  /** Servers of one application need not change to a new key at the same moment. */
  #previous: ChannelCipher | undefined;
  /** What came while a new key is fetched. */
  #waiting: { readonly message: MessageSignal; readonly receivedAt: number }[] | undefined;
  /** In a row. */
  #failures = 0;
  #nextRenewal = 1;

  constructor(parts: SealedChannel) {
    this.#parts = parts;
    this.#cipher = this.#cipherOf(parts.sharedSecret);
  }

  receive(message: MessageSignal, receivedAt: number): void {
    const { life, unopened } = this.#parts;
    if (life.aborted) return;
    if (this.#waiting !== undefined) {
      if (this.#waiting.length < mostWaiting) this.#waiting.push({ message, receivedAt });
      else unopened();
      return;
    }
    if (this.#open(message, receivedAt)) return;
    this.#failures += 1;
    if (this.#failures < this.#nextRenewal) {
      unopened();
      return;
    }
    // Fewer and fewer: whoever writes garbage must not make us ask the application for each of it.
    this.#nextRenewal = this.#failures * 2;
    this.#waiting = [{ message, receivedAt }];
    void this.#renew();
  }

  /** Never rejects. The messages go on as soon as it is clear whether there is another key. */
  async #renew(): Promise<void> {
    const { clock, life: signal, renew } = this.#parts;
    try {
      const cipher = this.#cipherOf(await within(renew, { clock, timeout: renewalTimeout, signal }));
      this.#previous = this.#cipher;
      this.#cipher = cipher;
    } catch {
      // The next message that does not open asks again, and is told as one that does not.
    }
    this.#flush();
  }

  #flush(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const { message, receivedAt } of waiting) {
      if (this.#parts.life.aborted) return;
      if (!this.#open(message, receivedAt)) this.#parts.unopened();
    }
  }

  #open(message: MessageSignal, receivedAt: number): boolean {
    const opened = this.#cipher.open(message.data) ?? this.#previous?.open(message.data);
    if (opened === undefined) return false;
    this.#failures = 0;
    this.#nextRenewal = 1;
    this.#parts.opened({ ...message, data: opened.payload }, receivedAt);
    return true;
  }

  #cipherOf(sharedSecret: string): ChannelCipher {
    const { cryptography, channel } = this.#parts;
    return new ChannelCipher(cryptography, sharedSecret, channel);
  }
}
