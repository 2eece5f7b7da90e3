import type { DeprecationNotice } from '../types';
import { shownAddress } from './address';
import { type AnswerHeaders, headerOf } from './answer';

const day = 86_400_000;
/** HTTP dates begin with a weekday; some write a plain date. JavaScript would find a date in any text with a number in it. */
const dateForm = /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? |\d{4}-\d\d-\d\d(?:T|$))/;

/**
 * Reads `Deprecation` (RFC 9745's `@<seconds>`, an HTTP date, or the older `true`), `Sunset` (RFC 8594) and `Link` with
 * `rel="deprecation"`, `"sunset"` or `"successor-version"`. Undefined when the answer says nothing, as most do. A date that cannot be
 * read is left out. `now` is what the days are counted from, in milliseconds since 1970.
 */
export function deprecationNotice(
  endpoint: string,
  headers: AnswerHeaders,
  now: number,
): DeprecationNotice | undefined {
  const deprecation = headerOf(headers, 'deprecation');
  const sunsetText = headerOf(headers, 'sunset');
  const live = deprecation === undefined || deprecation === 'false' || deprecation === '?0';
  if (live && sunsetText === undefined) return undefined;
  const links = headerOf(headers, 'link') ?? '';
  const since = readTime(deprecation ?? '');
  const sunset = readTime(sunsetText ?? '');
  const link = readLink(links, 'deprecation') ?? readLink(links, 'sunset');
  const successor = readLink(links, 'successor-version');
  return {
    endpoint,
    ...(since === undefined ? {} : { since }),
    ...(sunset === undefined ? {} : { sunset, daysLeft: Math.max(0, Math.ceil((sunset - now) / day)) }),
    ...(link === undefined ? {} : { link }),
    ...(successor === undefined ? {} : { successor }),
  };
}

function readTime(header: string): number | undefined {
  const text = header.trim();
  const seconds = /^@(-?\d+)(?:;|$)/.exec(text)?.[1];
  const time =
    seconds === undefined ? (dateForm.test(text) ? Date.parse(text) : Number.NaN) : Number(seconds) * 1000;
  // Past the ends of JavaScript's calendar it is no date either.
  return Number.isNaN(new Date(time).getTime()) ? undefined : time;
}

/** The address of the first link of that relation. */
function readLink(text: string, relation: string): string | undefined {
  for (const [, address, attributes = ''] of text.matchAll(/<([^>]*)>([^<]*)/g)) {
    const [, quoted, plain = ''] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]*))/i.exec(attributes) ?? [];
    if ((quoted ?? plain).toLowerCase().split(/\s+/).includes(relation)) return address;
  }
  return undefined;
}

/** What people are told who do not listen to notices. */
export function deprecationWarning({ endpoint, daysLeft, link, successor }: DeprecationNotice): string {
  const end = daysLeft === undefined ? '' : ` and will be gone in ${daysLeft} days`;
  const instead = successor === undefined ? '' : ` Use ${brief(successor)} instead.`;
  const more = link === undefined ? '' : ` See ${brief(link)}.`;
  return `surewire: ${shownAddress(endpoint)} is deprecated${end}.${instead}${more} Listen to the client's "deprecation" event to handle this yourself.`;
}

/** A server's own words may be as long as it likes. */
function brief(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
