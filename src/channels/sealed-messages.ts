import type { TransportSignal } from '../ports';
import type { ChannelCipher } from './channel-cipher';

/** A message as it came in. */
export type MessageSignal = Extract<TransportSignal, { readonly type: 'message' }>;

/** What the messages of an encrypted channel are opened with. */
export interface SealedMessagesParts {
  /** The key as it was when we subscribed. */
  readonly cipher: ChannelCipher;
  /** Fetches the key as it is now. */
  readonly renew: () => Promise<ChannelCipher>;
  /** Aborts when nobody wants the channel any more. */
  readonly life: AbortSignal;
  readonly opened: (message: MessageSignal) => void;
  /** Gets the size of a message that does not open with any key there is. */
  readonly unopened: (bytes: number) => void;
}

/** Opens the messages of one encrypted channel, in order, also while its key is being replaced. */
export class SealedMessages {
  readonly #parts: SealedMessagesParts;
  #cipher: ChannelCipher;
  /** Servers of one application need not change to a new key at the same moment. */
  #previous: ChannelCipher | undefined;
  /** What came while a new key is fetched. */
  #waiting: MessageSignal[] | undefined;
  /** In a row. */
  #failures = 0;
  #nextRenewal = 1;

  constructor(parts: SealedMessagesParts) {
    this.#parts = parts;
    this.#cipher = parts.cipher;
  }

  receive(message: MessageSignal): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(message);
      return;
    }
    if (this.#open(message)) return;
    this.#failures += 1;
    if (this.#failures < this.#nextRenewal) {
      this.#parts.unopened(message.bytes);
      return;
    }
    // Fewer and fewer: whoever writes garbage must not make us ask the application for each of it.
    this.#nextRenewal = this.#failures * 2;
    this.#waiting = [message];
    this.#parts.renew().then(
      (cipher) => {
        this.#previous = this.#cipher;
        this.#cipher = cipher;
        this.#flush();
      },
      () => this.#flush(),
    );
  }

  #flush(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const message of waiting) {
      if (this.#parts.life.aborted) return;
      if (!this.#open(message)) this.#parts.unopened(message.bytes);
    }
  }

  #open(message: MessageSignal): boolean {
    const opened = this.#cipher.open(message.data) ?? this.#previous?.open(message.data);
    if (opened === undefined) return false;
    this.#failures = 0;
    this.#nextRenewal = 1;
    this.#parts.opened({ ...message, data: opened.payload });
    return true;
  }
}
