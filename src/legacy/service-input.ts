import { ConfigurationError } from '../index';

/**
 * The one door for what callers of the old service hand over: their code has no types, and what is wrong would otherwise fail
 * somewhere else, later, or not at all. Each throws a `ConfigurationError` that says what to write.
 */
export function checkInput(holds: boolean, where: string, wanted: string, value: unknown): void {
  if (!holds) throw new ConfigurationError(`${where} needs ${wanted}; this is ${described(value)}.`);
}

/** Throws for what is no function. */
export function checkFunction(value: unknown, where: string): void {
  checkInput(typeof value === 'function', where, 'a function', value);
}

/** Throws for what is no text, or an empty one. */
export function checkText(value: unknown, where: string, wanted = 'a text that is not empty'): void {
  checkInput(typeof value === 'string' && value !== '', where, wanted, value);
}

/** Whether a value is an object with these functions. */
export function hasFunctions(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'function')
  );
}

// The kind alone of most: it may be a token or a payload.
function described(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === '') return 'empty';
  return Array.isArray(value)
    ? 'an array'
    : typeof value === 'object'
      ? 'an object'
      : typeof value === 'string'
        ? 'a text'
        : typeof value;
}
