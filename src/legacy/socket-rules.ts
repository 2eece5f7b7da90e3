/** Protocol names are what HTTP calls a token (RFC 9110, section 5.6.2). */
const token = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** What a `WebSocket` takes for its address, or the exception that it throws. */
export function socketAddress(address: string | URL): URL {
  const text = `${address}`;
  let url: URL;
  try {
    url = absolute(text);
  } catch {
    throw syntaxError(`The address is not valid.`);
  }
  if (/^https?:$/.test(url.protocol)) url.protocol = url.protocol.replace('http', 'ws');
  if (!/^wss?:$/.test(url.protocol)) throw syntaxError(`"${url.protocol}" is neither ws: nor wss:.`);
  if (url.href.includes('#')) throw syntaxError('The address has a fragment.');
  return url;
}

/** An address as a page or a worker understands it. Throws a `TypeError` for what is none. */
export function absolute(address: string): URL {
  return new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href);
}

/** What a `WebSocket` takes for its protocols, or the exception that it throws. */
export function socketProtocols(protocols: unknown): readonly string[] {
  const several = typeof protocols === 'object' && protocols !== null && Symbol.iterator in protocols;
  const names = several ? Array.from(protocols as Iterable<unknown>, text) : [text(protocols)];
  const distinct = new Set(names.map((name) => name.toLowerCase()));
  if (distinct.size < names.length || !names.every((name) => token.test(name))) {
    throw syntaxError('A protocol is not valid, or there twice.');
  }
  return names;
}

/** The code and reason of the close event that follows `close(code, reason)`, or the exception that it throws. */
export function closeWords(
  code: unknown,
  reason: unknown,
): { readonly code: number; readonly reason: string } {
  const number = code === undefined ? 1000 : nearest(Number(code));
  const { text, bytes } = onTheWire(reason === undefined ? '' : `${reason}`);
  if (number !== 1000 && !(number >= 3000 && number <= 4999)) {
    throw new DOMException('The code must be 1000, or from 3000 to 4999.', 'InvalidAccessError');
  }
  if (bytes > 123) throw syntaxError('The reason has more than 123 bytes.');
  // A close frame without a code: 1005 says so.
  return { code: code === undefined && text === '' ? 1005 : number, reason: text };
}

/** A text as it is on the wire, where half a surrogate pair has no place, and how many bytes it takes there. */
export function onTheWire(text: string): { readonly text: string; readonly bytes: number } {
  const sent = text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (found) =>
    found.length === 2 ? found : '\ufffd',
  );
  // Counted without `TextEncoder`, which jsdom lacks: each byte beyond ASCII is written as %XX.
  return { text: sent, bytes: encodeURIComponent(sent).replace(/%[\dA-F]{2}/g, '-').length };
}

/** The integer that the platform takes a number for: of two that are as near, the even one. */
function nearest(number: number): number {
  const above = Math.round(number);
  return above - number === 0.5 && above % 2 === 1 ? above - 1 : above;
}

/** As the platform makes it: `String` would take a symbol, too. */
function text(value: unknown): string {
  return `${value}`;
}

function syntaxError(message: string): DOMException {
  return new DOMException(message, 'SyntaxError');
}
