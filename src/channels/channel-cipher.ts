import { SubscriptionError } from '../errors';
import { fieldsOf, parseData } from '../support/json';
import { utf8Text } from '../support/utf8';

/** The one function of NaCl that is needed, as `pusher-js/with-encryption` carries it. */
interface SecretBox {
  readonly secretbox: { open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null };
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/**
 * Opens the payloads of one encrypted channel (NaCl secretbox, key from the authorization endpoint).
 * Source: Pusher Channels, "Encrypted channels".
 */
export class ChannelCipher {
  readonly #box: SecretBox;
  readonly #key: Uint8Array;

  /** Throws a `SubscriptionError` when there is no cryptography or the key is not 32 bytes in base64. */
  constructor(cryptography: unknown, sharedSecret: string, channel: string) {
    if (typeof (cryptography as SecretBox | undefined)?.secretbox?.open !== 'function') {
      throw new SubscriptionError(
        `"${channel}" is encrypted, and this build of pusher-js cannot decrypt. Import Pusher from 'pusher-js/with-encryption' and pass it as the option \`Pusher\`.`,
        { channel },
      );
    }
    this.#box = cryptography as SecretBox;
    try {
      this.#key = fromBase64(sharedSecret);
    } catch (cause) {
      throw new SubscriptionError(`The shared_secret for "${channel}" is not base64`, { channel, cause });
    }
    if (this.#key.length !== 32) {
      throw new SubscriptionError(
        `The shared_secret for "${channel}" has ${this.#key.length} bytes, it must have 32`,
        { channel },
      );
    }
  }

  /** The payload inside, or undefined when it does not open with this key. */
  open(data: unknown): { readonly payload: unknown } | undefined {
    const { ciphertext, nonce } = fieldsOf(data);
    if (typeof ciphertext !== 'string' || typeof nonce !== 'string') return undefined;
    try {
      const bytes = this.#box.secretbox.open(fromBase64(ciphertext), fromBase64(nonce), this.#key);
      return bytes === null ? undefined : { payload: parseData(utf8Text(bytes)) };
    } catch {
      // Not base64, or a nonce of the wrong length: the library throws for what a stranger may have sent.
      return undefined;
    }
  }
}
