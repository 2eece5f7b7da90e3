import { type Encryption, SealedMessages } from '../channels/sealed-messages';

/** A value for `encryption`: opens the messages of `private-encrypted-` channels. Made by `encryption()`. */
export interface EncryptionSlot extends Encryption {
  /** Which slot it is for. */
  readonly slot: 'encryption';
}

/**
 * Opens the messages of `private-encrypted-` channels: pass it as `encryption`. The cryptography comes from pusher-js, so import
 * Pusher from `pusher-js/with-encryption` and pass it as `Pusher`.
 */
export function encryption(): EncryptionSlot {
  return { slot: 'encryption', open: (parts) => new SealedMessages(parts) };
}
