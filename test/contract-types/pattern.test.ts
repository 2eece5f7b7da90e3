import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fillPattern, matchPattern, parsePattern } from '../../src/contract/pattern';

const piece = fc.string({ unit: fc.constantFrom('a', '-', '.'), maxLength: 3 });
const value = fc.string({ unit: fc.constantFrom('a', '-', '.'), minLength: 1, maxLength: 4 });

test('what is put into a pattern is what everybody reads out of the name, or is refused', () => {
  let filled = 0;
  let refused = 0;
  fc.assert(
    fc.property(fc.tuple(piece, value, piece, value, piece, value, piece), (parts) => {
      const [head, a, one, b, two, c, tail] = parts;
      const pattern = parsePattern(`x${head}{a}${one}{b}${two}{c}${tail}`);
      const name = `x${head}${a}${one}${b}${two}${c}${tail}`;
      const read = matchPattern(pattern, name);
      const isRead = read?.['a'] === a && read?.['b'] === b && read?.['c'] === c;
      try {
        const made = fillPattern(pattern, { a, b, c });
        expect({ name: made.name, params: { ...made.params } }).toEqual({ name, params: { a, b, c } });
        expect(isRead).toBe(true);
        filled += 1;
      } catch (error) {
        expect(String(error)).toContain('cannot be told apart');
        expect(isRead).toBe(false);
        refused += 1;
      }
    }),
    { numRuns: 5_000, seed: 7 },
  );
  expect(Math.min(filled, refused)).toBeGreaterThan(500);
});
