/** A number from 0 to 7 that stays the same for a user: which of the page's colours is theirs. */
export function hueOf(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9_973;
  return sum % 8;
}
