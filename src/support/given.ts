import { ConfigurationError } from '../errors';
import { recordIn } from './json';

// Options as they were given, read at the door: each function returns the value, or throws a `ConfigurationError` that says what to
// write. Beyond the door nothing is checked again. Callers without types pass texts, NaN and misspelt words.

function wrong(name: string, wants: string, value: unknown): ConfigurationError {
  return new ConfigurationError(`\`${name}\` must be ${wants}; got ${shown(value)}.`);
}

/** How a wrong value is quoted; never long, and never a token that stands where it should not. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 20 ? 'a long text' : JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (value !== null && typeof value === 'object') return Array.isArray(value) ? 'a list' : 'an object';
  return String(value);
}

/** `true` or `false`. */
export function flag(value: unknown, name: string, initially: boolean): boolean {
  if (value === undefined) return initially;
  if (typeof value === 'boolean') return value;
  throw wrong(name, 'true or false', value);
}

/** One of these words. */
export function word<Word extends string>(
  value: unknown,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  if (value === undefined) return words[0];
  const found = words.find((each) => each === value);
  if (found !== undefined) return found;
  throw wrong(name, words.map((each) => `"${each}"`).join(' or '), value);
}

/** A whole number of things, at least one; `Number.POSITIVE_INFINITY` where `unlimited` says that there may be no limit. */
export function count(value: unknown, name: string, initially: number, unlimited = false): number {
  if (value === undefined) return initially;
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  if (unlimited && value === Number.POSITIVE_INFINITY) return value;
  throw wrong(name, unlimited ? 'a positive integer or Infinity' : 'a positive integer', value);
}

/** A length of time: a finite number of milliseconds above 0, or from 0 where `zero` says so. */
export function milliseconds(value: unknown, name: string, initially: number, zero = false): number {
  if (value === undefined) return initially;
  if (Number.isFinite(value) && ((value as number) > 0 || (zero && value === 0))) return value as number;
  throw wrong(name, `a finite number of milliseconds ${zero ? 'from' : 'above'} 0`, value);
}

/** @hidden A text with something in it. */
export function text(value: unknown, name: string, wants = 'a non-empty string'): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw wrong(name, wants, value);
}

/** A function, or nothing. */
export function optionalFunction<Given>(value: Given, name: string): Given {
  if (value === undefined || typeof value === 'function') return value;
  throw wrong(name, 'a function', value);
}

/** @hidden The function that a call cannot do without; `call` shows how it is written. */
export function neededFunction<Given>(value: Given, call: string): Given {
  if (typeof value === 'function') return value;
  throw new ConfigurationError(`\`${call}\` needs a function; got ${shown(value)}.`);
}

/** Fields to add to a request: an object, or a function that is asked for one. */
export function requestFields(value: unknown, name: string): void {
  if (value === undefined || typeof value === 'function' || recordIn(value) !== undefined) return;
  throw wrong(name, 'an object, or a function that returns one', value);
}

/** A value for a slot, or nothing; `call` is what makes one. */
export function slotValue(value: unknown, slot: string, name: string, call: string): void {
  if (value === undefined) return;
  if ((value as { readonly slot?: unknown } | null)?.slot !== slot)
    throw wrong(name, `made by ${call}`, value);
}

/** A part of the platform, or something that stands for it: an object with these functions, or nothing. */
export function platform<Given>(value: Given, name: string, functions: readonly string[]): Given {
  return value === undefined ? value : needed(value, name, functions);
}

/** @hidden An object with these functions, such as a store or a client. */
export function needed<Given>(value: Given, name: string, functions: readonly string[]): Given {
  if (functions.every((each) => typeof (value as Record<string, unknown> | null)?.[each] === 'function'))
    return value;
  throw wrong(name, `an object with the functions ${functions.join(' and ')}`, value);
}

/** @hidden The one object that a call takes. */
export function object<Given>(value: Given, call: string): Given {
  if (recordIn(value) !== undefined) return value;
  throw new ConfigurationError(`\`${call}\` takes one object with options; got ${shown(value)}.`);
}

/**
 * The error about an option that nobody reads, such as a misspelt one; to be reported and not thrown, because options may come from
 * a backend that knows more names than this version.
 */
export function unknownOption(
  options: object,
  call: string,
  known: string,
  hint = '',
): ConfigurationError | undefined {
  const names = known.split(' ');
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || names.includes(name)) continue;
    return new ConfigurationError(
      `\`${call}\` has no option \`${name}\`. It takes ${names.join(', ')}.${hint}`,
    );
  }
  return undefined;
}
