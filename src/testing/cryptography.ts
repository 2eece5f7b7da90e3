import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { hmac } from '@noble/hashes/hmac.js';
import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import { utf8Bytes } from './utf8';

/** HMAC-SHA256 of `text`, as bytes. */
export function hmacSha256(secret: string, text: string): Uint8Array {
  return hmac(sha256, utf8Bytes(secret), utf8Bytes(text));
}

/** HMAC-SHA256 of `text`, in lower-case hex. */
export function hmacSha256Hex(secret: string, text: string): string {
  return bytesToHex(hmacSha256(secret, text));
}

/** MD5 of `text`, in lower-case hex. Pusher's `body_md5` asks for it; it protects nothing by itself. */
export function md5Hex(text: string): string {
  return bytesToHex(md5(utf8Bytes(text)));
}

/** The key of one encrypted channel, derived from the app's master key. */
export function channelKey(masterKey: string, channel: string): Uint8Array {
  return sha256(concatBytes(utf8Bytes(channel), decodeBase64(masterKey)));
}

/** Encrypts the data of an event as Pusher's server libraries do: a NaCl secret box, written as JSON. */
export function encryptPayload(key: Uint8Array, text: string): string {
  const nonce = crypto.getRandomValues(new Uint8Array(24));
  const ciphertext = xsalsa20poly1305(key, nonce).encrypt(utf8Bytes(text));
  return JSON.stringify({ nonce: encodeBase64(nonce), ciphertext: encodeBase64(ciphertext) });
}

/** Opens a NaCl secret box; null when the key does not fit. Throws for what cannot be one, as NaCl does. */
export function openSecretBox(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null {
  const cipher = xsalsa20poly1305(key, nonce);
  try {
    return cipher.decrypt(box);
  } catch {
    return null;
  }
}

/** Compares two texts in a time that does not tell where they differ. */
export function equalTexts(left: string, right: string): boolean {
  let difference = left.length ^ right.length;
  for (let index = 0; index < left.length; index += 1) {
    difference |= left.charCodeAt(index) ^ right.charCodeAt(index % Math.max(right.length, 1));
  }
  return difference === 0;
}

/** Bytes as base64. */
export function encodeBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** Base64 as bytes. */
export function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
