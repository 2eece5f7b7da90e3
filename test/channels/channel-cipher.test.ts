import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { ChannelCipher } from '../../src/channels/channel-cipher';

interface Nacl {
  readonly secretbox: {
    (message: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array;
    open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null;
  };
}

// The build for Node has the cryptography of `pusher-js/with-encryption` in it.
const Pusher = createRequire(import.meta.url)('pusher-js');
const pusher = new Pusher('key', { cluster: '' });
pusher.disconnect();
const nacl = pusher.config.nacl as Nacl;
const channel = 'private-encrypted-a';
const key = Uint8Array.from({ length: 32 }, (_, index) => index);
const secret = btoa(String.fromCharCode(...key));
const nonce = Uint8Array.from({ length: 24 }, (_, index) => 255 - index);
const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

function seal(text: string, sealingKey = key): { readonly ciphertext: string; readonly nonce: string } {
  const box = nacl.secretbox(new TextEncoder().encode(text), nonce, sealingKey);
  return { ciphertext: toBase64(box), nonce: toBase64(nonce) };
}

describe('a payload opens', () => {
  test.each<[string, unknown]>([
    ['{"progress":40}', { progress: 40 }],
    ['"text"', 'text'],
    ['no JSON', 'no JSON'],
    ['null', null],
    ['{"name":"Zoë 😀"}', { name: 'Zoë 😀' }],
    ['', ''],
  ])('%s', (text, payload) => {
    expect(new ChannelCipher(nacl, secret, channel).open(seal(text))).toEqual({ payload });
  });
});

describe('what a stranger may have sent does not open, and throws nothing', () => {
  const sealed = seal('{"progress":40}');
  test.each<[string, unknown]>([
    ['sealed with another key', seal('{}', new Uint8Array(32))],
    ['no object', 'text'],
    ['null', null],
    ['undefined', undefined],
    ['without a nonce', { ciphertext: sealed.ciphertext }],
    ['a nonce that is too short', { ...sealed, nonce: btoa('short') }],
    ['no base64', { ...sealed, ciphertext: '%%%' }],
    ['an empty ciphertext', { ...sealed, ciphertext: '' }],
    ['one byte changed', { ...sealed, ciphertext: `A${sealed.ciphertext.slice(1)}` }],
    ['numbers for texts', { ciphertext: 1, nonce: 2 }],
  ])('%s', (_, data) => {
    expect(new ChannelCipher(nacl, secret, channel).open(data)).toBeUndefined();
  });
});

describe('what cannot decrypt says so', () => {
  test.each([undefined, null, {}, { secretbox: {} }])('a build without cryptography (%o)', (cryptography) => {
    expect(() => new ChannelCipher(cryptography, secret, channel)).toThrow(
      expect.objectContaining({
        code: 'subscription',
        retryable: false,
        channel,
        message: expect.stringContaining("'pusher-js/with-encryption'"),
      }),
    );
  });

  test.each([
    ['', /has 0 bytes/],
    [btoa('short'), /has 5 bytes, it must have 32/],
    ['not base64!', /not base64/],
  ])('a key that is none: "%s"', (sharedSecret, message) => {
    expect(() => new ChannelCipher(nacl, sharedSecret, channel)).toThrow(
      expect.objectContaining({ code: 'subscription', channel, message: expect.stringMatching(message) }),
    );
  });

  test('no error has the key in it', () => {
    const almost = btoa('0123456789abcdef0123456789abcde');
    try {
      new ChannelCipher(nacl, almost, channel);
      expect.unreachable();
    } catch (error) {
      expect(`${error} ${JSON.stringify(error)} ${(error as Error).stack}`).not.toContain(almost);
    }
  });
});
