import { afterEach, expect, it, vi } from 'vitest';
import { createMessageId } from '../../src/support/message-id';

afterEach(() => vi.unstubAllGlobals());

const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const insecure = (): never => {
  throw new DOMException('Not here', 'SecurityError');
};

it.each<[string, unknown]>([
  ['is what it is today', globalThis.crypto],
  ['is missing, as on React Native', undefined],
  ['has nothing in it', {}],
  ['makes no ids, as on pages without TLS', { getRandomValues: (bytes: Uint8Array) => bytes.fill(7) }],
  ['throws at every call', { randomUUID: insecure, getRandomValues: insecure }],
])('messages have ids where `crypto` %s', (_, crypto) => {
  vi.stubGlobal('crypto', crypto);
  expect(createMessageId()).toMatch(uuid);
});

it('messages have ids where looking for `crypto` is forbidden', () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
  Object.defineProperty(globalThis, 'crypto', { configurable: true, get: insecure });
  const id = createMessageId();
  if (before !== undefined) Object.defineProperty(globalThis, 'crypto', before);
  expect(id).toMatch(uuid);
});
