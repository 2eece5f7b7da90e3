import { lookedUp } from './looked-up';

/**
 * A UUID, version 4. `crypto.randomUUID` is missing in pages that came over plain http, such as a device on the desk, and all of
 * `crypto` on React Native. An id names a message and guards nothing, so that any chance will do there.
 */
export function createMessageId(): string {
  // Not there everywhere, whatever the types say, and in some places it throws.
  const crypto = lookedUp(() => globalThis.crypto as Partial<Crypto> | undefined);
  const made = lookedUp(() => crypto?.randomUUID?.());
  if (made !== undefined) return made;
  const bytes =
    lookedUp(() => crypto?.getRandomValues?.(new Uint8Array(16))) ??
    Uint8Array.from({ length: 16 }, () => Math.floor(Math.random() * 256));
  // RFC 9562, section 5.4: version and variant.
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
