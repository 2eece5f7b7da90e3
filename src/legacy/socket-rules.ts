// What a `WebSocket` takes, and the exceptions that it throws for all else: code that comes back after a failure relies on them.

/** What a `WebSocket` takes for its address, or the exception that it throws. */
export function socketAddress(address: string | URL): URL {
  const url = absolute(address);
  if (url === undefined || !/^(http|ws)s?:$/.test(url.protocol) || url.hash !== '') {
    throw new DOMException('The address is not valid.', 'SyntaxError');
  }
  url.protocol = url.protocol.replace('http', 'ws');
  return url;
}

/** An address as a page or a worker understands it; undefined for what is none. */
export function absolute(address: unknown): URL | undefined {
  try {
    return new URL(`${address}`, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch {
    return undefined;
  }
}

/** The code and reason of the close event that follows `close(code, reason)`, or the exception that it throws. */
export function closeWords(
  code: number | undefined,
  reason = '',
): { readonly code: number; readonly reason: string } {
  if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
    throw new DOMException('The code must be 1000, or from 3000 to 4999.', 'InvalidAccessError');
  }
  if (byteLength(reason) > 123) throw new DOMException('The reason has more than 123 bytes.', 'SyntaxError');
  // A close frame without a code: 1005 says so.
  return { code: code ?? (reason === '' ? 1005 : 1000), reason };
}

/** How many bytes a text has on the wire. Counted without `TextEncoder`, which jsdom lacks; half a surrogate pair counts three. */
export function byteLength(text: string): number {
  // With `u` a pair is one character, so that only halves are left to find.
  const whole = text.replace(/[\ud800-\udfff]/gu, '\ufffd');
  // Each byte beyond ASCII is written as %XX.
  return encodeURIComponent(whole).replace(/%../g, '-').length;
}
