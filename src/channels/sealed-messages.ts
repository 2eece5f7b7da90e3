import type { PusherFrame } from '../link/frames';
import type { ChannelCipher } from './channel-cipher';

/** What the messages of an encrypted channel are opened with. */
export interface SealedMessagesParts {
  /** The key as it was when we subscribed. */
  readonly cipher: ChannelCipher;
  /** Fetches the key as it is now. */
  readonly renew: () => Promise<ChannelCipher>;
  /** Aborts when nobody wants the channel any more. */
  readonly life: AbortSignal;
  readonly opened: (frame: PusherFrame, payload: unknown, bytes: number) => void;
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
  #waiting: { readonly frame: PusherFrame; readonly bytes: number }[] | undefined;
  /** In a row. */
  #failures = 0;
  #nextRenewal = 1;

  constructor(parts: SealedMessagesParts) {
    this.#parts = parts;
    this.#cipher = parts.cipher;
  }

  receive(frame: PusherFrame, bytes: number): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push({ frame, bytes });
      return;
    }
    if (this.#open(frame, bytes)) return;
    this.#failures += 1;
    if (this.#failures < this.#nextRenewal) {
      this.#parts.unopened(bytes);
      return;
    }
    // Fewer and fewer: whoever writes garbage must not make us ask the application for each of it.
    this.#nextRenewal = this.#failures * 2;
    this.#waiting = [{ frame, bytes }];
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
    for (const { frame, bytes } of waiting) {
      if (this.#parts.life.aborted) return;
      if (!this.#open(frame, bytes)) this.#parts.unopened(bytes);
    }
  }

  #open(frame: PusherFrame, bytes: number): boolean {
    const opened = this.#cipher.open(frame.data) ?? this.#previous?.open(frame.data);
    if (opened === undefined) return false;
    this.#failures = 0;
    this.#nextRenewal = 1;
    this.#parts.opened(frame, opened.payload, bytes);
    return true;
  }
}
