import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8Length, utf8Text } from '../../src/support/utf8';
import { cpuTime } from '../setup/cpu-time';

/** Any UTF-16, halves of pairs included. */
const text = fc
  .array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.integer({ min: 0xd800, max: 0xdfff })), { maxLength: 40 })
  .map((units) => String.fromCharCode(...units));

test('counts the bytes that TextEncoder makes', () => {
  fc.assert(
    fc.property(text, (each) => {
      expect(utf8Length(each)).toBe(new TextEncoder().encode(each).length);
    }),
    { numRuns: 2_000 },
  );
});

test('ten megabytes are counted in no time', async () => {
  const took = await cpuTime(() => expect(utf8Length('ä'.repeat(5_000_000))).toBe(10_000_000));
  expect(took).toBeLessThan(5_000);
});

test('reads what TextEncoder wrote, and throws for what is no UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (each) => {
      const bytes = new TextEncoder().encode(each);
      expect(utf8Text(bytes)).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
    }),
  );
  expect(() => utf8Text(Uint8Array.of(0xc3))).toThrow();
});
