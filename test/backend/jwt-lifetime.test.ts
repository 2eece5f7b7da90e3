import { expect, it } from 'vitest';
import { jwtLifetime } from '../../src/backend/jwt-lifetime';

const now = Date.UTC(2026, 0, 1);
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: unknown): string => `${part({ alg: 'HS256' })}.${part(claims)}.signature`;

it('is the time between issue and end, whatever our clock says', () => {
  const token = jwt({ iat: 1_000, exp: 4_600, sub: 'ü' });
  expect(jwtLifetime(token, now)).toBe(3_600_000);
  expect(jwtLifetime(token, 0)).toBe(3_600_000);
});

it('is understood where times are written as texts', () => {
  expect(jwtLifetime(jwt({ iat: '1000', exp: '4600' }), now)).toBe(3_600_000);
});

it('goes beyond what a timer can hold', () => {
  expect(jwtLifetime(jwt({ iat: 0, exp: 253_402_300_799 }), now)).toBe(253_402_300_799_000);
});

it('counts from `nbf` when there is no `iat`, and from now when there is neither', () => {
  expect(jwtLifetime(jwt({ nbf: 1_000, exp: 1_900 }), now)).toBe(900_000);
  expect(jwtLifetime(jwt({ exp: now / 1000 + 900 }), now)).toBe(900_000);
});

it.each([
  ['an opaque token', 'a1b2c3'],
  ['no token at all', ''],
  ['no end', jwt({ iat: 1 })],
  ['an end before the beginning', jwt({ iat: 2, exp: 1 })],
  ['an end that is past by our clock, which may be wrong', jwt({ exp: 1 })],
  ['an end in words', jwt({ iat: 1, exp: 'tomorrow' })],
  ['claims that are none', jwt(null)],
  ['not JSON', `${part({})}.!!!.x`],
])('says nothing about %s', (_, token) => {
  expect(jwtLifetime(token, now)).toBeUndefined();
});
