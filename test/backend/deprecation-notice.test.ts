import { describe, expect, it, test } from 'vitest';
import { deprecationNotice } from '../../src/backend/deprecation-notice';

const endpoint = '/pusher/auth';
const now = Date.UTC(2025, 4, 22, 12);
const day = 86_400_000;

function read(headers: Readonly<Record<string, string>>) {
  return deprecationNotice(endpoint, new Headers(headers), now);
}

describe('a deprecation notice', () => {
  it('is read as the platform writes it', () => {
    const headers = {
      deprecation: 'true',
      sunset: '2025-06-01',
      link: '</docs/migrating>; rel="deprecation", </realtime/auth>; rel="successor-version"',
    };
    expect(read(headers)).toEqual({
      endpoint,
      sunset: Date.UTC(2025, 5, 1),
      daysLeft: 10,
      link: '/docs/migrating',
      successor: '/realtime/auth',
    });
  });

  it.each([
    ['@1735689600', Date.UTC(2025, 0, 1)],
    ['@1735689600;note="x"', Date.UTC(2025, 0, 1)],
    ['@-1', -1000],
    [' @0 ', 0],
    ['Wed, 01 Jan 2025 00:00:00 GMT', Date.UTC(2025, 0, 1)],
    ['Wednesday, 01-Jan-25 00:00:00 GMT', Date.UTC(2025, 0, 1)],
    ['2025-01-01', Date.UTC(2025, 0, 1)],
    ['2025-01-01T00:00:00Z', Date.UTC(2025, 0, 1)],
  ])('knows since when: %s', (deprecation, since) => {
    expect(read({ deprecation })).toEqual({ endpoint, since });
  });

  it.each([
    'true',
    '?1',
    '',
    'soon',
    '@',
    '@soon',
    '@1e3',
    '@99999999999999999',
    'version 1',
    'v2',
    '1',
    '2025',
    '2025-13-45',
  ])('counts although its date is none: "%s"', (text) => {
    expect(read({ deprecation: text })).toEqual({ endpoint });
    expect(read({ sunset: text })).toEqual({ endpoint });
  });

  it.each([
    [now + 10 * day, 10],
    [now + 1, 1],
    [now, 0],
    [now - 100 * day, 0],
  ])('counts the days until %i', (sunset, daysLeft) => {
    expect(read({ sunset: new Date(sunset).toISOString() })).toEqual({ endpoint, sunset, daysLeft });
  });

  test.each([
    ['</a>; rel=deprecation', { link: '/a' }],
    ['</a>; type="text/html"; REL="DEPRECATION"', { link: '/a' }],
    ['</a>; rel="sunset"', { link: '/a' }],
    ['</a>; rel="sunset", </b>; rel="deprecation"', { link: '/b' }],
    ['</a>; rel="next deprecation successor-version"', { link: '/a', successor: '/a' }],
    ['<https://x.example/a,b;c>; rel="deprecation"', { link: 'https://x.example/a,b;c' }],
    ['</a>; rel="x-deprecation"', {}],
    ['</a>; title="rel=deprecation"; rel="next"', {}],
    ['</style.css>; rel=preload; as=style', {}],
    ['</a; rel="deprecation"', {}],
    ['<<<<<>>>>>', {}],
  ])('finds its links in %s', (link, found) => {
    expect(read({ deprecation: 'true', link })).toEqual({ endpoint, ...found });
  });

  it('is none without either header, whatever is linked, or when the endpoint says no', () => {
    expect(read({ link: '</a>; rel="deprecation"' })).toBeUndefined();
    expect(read({ deprecation: 'false' })).toBeUndefined();
    expect(read({ deprecation: '?0' })).toBeUndefined();
  });
});
