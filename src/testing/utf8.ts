/** The bytes of `text` in UTF-8. By hand, because jsdom has no `TextEncoder`; half a pair becomes the replacement character. */
export function utf8Bytes(text: string): Uint8Array {
  // With `u` a pair is one character, so that only halves are left to find.
  const whole = text.replace(/[\ud800-\udfff]/gu, '\ufffd');
  // Each byte beyond ASCII is escaped as %XX, and so is the percent sign itself.
  const escaped = encodeURIComponent(whole);
  const bytes = new Uint8Array(escaped.length);
  let length = 0;
  for (let index = 0; index < escaped.length; index += 1) {
    const isEscape = escaped.charCodeAt(index) === 0x25;
    bytes[length] = isEscape
      ? Number.parseInt(escaped.slice(index + 1, index + 3), 16)
      : escaped.charCodeAt(index);
    if (isEscape) index += 2;
    length += 1;
  }
  return bytes.subarray(0, length);
}

/** The text in `bytes`; `undefined` when they are no UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  let escaped = '';
  for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, '0')}`;
  try {
    return decodeURIComponent(escaped);
  } catch {
    return undefined;
  }
}

/** The size of `text` in UTF-8 bytes, which is what the documented limits count. */
export function utf8Length(text: string): number {
  return utf8Bytes(text).length;
}
