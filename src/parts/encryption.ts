import { SealedMessages } from '../channels/sealed-messages';
import type { EncryptionSlot } from '../slots';

/**
 * Opens the messages of `private-encrypted-` channels: pass it as `encryption`. The cryptography comes from pusher-js, so import
 * Pusher from `pusher-js/with-encryption` and pass it as `Pusher`.
 */
export function encryption(): EncryptionSlot {
  return { slot: 'encryption', open: (parts) => new SealedMessages(parts) };
}
