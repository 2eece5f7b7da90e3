import type { DeprecationNotice } from '../types';

/**
 * Reads `Deprecation` (RFC 9745's `@<seconds>`, an HTTP date, or the older `true`), `Sunset` (RFC 8594) and `Link` with
 * `rel="deprecation"` or `rel="sunset"`. Undefined when the answer says nothing, as most do.
 */
export function deprecationNotice(endpoint: string, headers: Headers): DeprecationNotice | undefined {
  const deprecation = headers.get('deprecation')?.trim();
  const sunsetText = headers.get('sunset');
  if ((deprecation === undefined || deprecation === 'false') && sunsetText === null) return undefined;
  const since = readTime(deprecation ?? '');
  const sunset = readTime(sunsetText ?? '');
  const link = readLink(headers.get('link') ?? '');
  return {
    endpoint,
    ...(since === undefined ? {} : { since }),
    ...(sunset === undefined ? {} : { sunset }),
    ...(link === undefined ? {} : { link }),
  };
}

function readTime(text: string): number | undefined {
  const seconds = /^@(-?\d+)$/.exec(text)?.[1];
  if (seconds !== undefined) return Number(seconds) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : date;
}

function readLink(text: string): string | undefined {
  for (const [, address, attributes] of text.matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/\brel\s*=\s*"?[^";]*\b(deprecation|sunset)\b/i.test(attributes ?? '')) return address;
  }
  return undefined;
}
