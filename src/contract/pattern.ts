import { ConfigurationError } from '../errors';
import { channelKind, checkChannelName, checkCharacters } from './name';

/** The names that a pattern stands for: `'user-{id}'` becomes `` `user-${string}` ``. */
export type NameOf<Pattern extends string> = Pattern extends `${infer Head}{${string}}${infer Tail}`
  ? `${Head}${string}${NameOf<Tail>}`
  : Pattern;

/** The names of a pattern's parameters. */
export type ParameterName<Pattern extends string> = Pattern extends `${string}{${infer Name}}${infer Tail}`
  ? Name | ParameterName<Tail>
  : never;

/** The values that a pattern asks for: `'user-{id}'` takes `{ id: string | number }`, nothing less and nothing more. */
export type PatternParams<Pattern extends string> = [ParameterName<Pattern>] extends [never]
  ? Readonly<Record<string, never>>
  : { readonly [Name in ParameterName<Pattern>]: string | number };

/** A channel pattern taken apart: literal, parameter, literal, parameter, …, literal. */
export interface ParsedPattern {
  /** As it was written. */
  readonly text: string;
  /** The literal parts; one more than there are parameters, the outer ones may be empty. */
  readonly literals: readonly string[];
  /** The parameters' names in order. */
  readonly parameters: readonly string[];
}

/** What is wrong with a pattern, or with what is made of it. */
export function wrongPattern(text: string, words: string): ConfigurationError {
  return new ConfigurationError(`The channel pattern "${text}" ${words}.`);
}

/** Takes a pattern apart. What is not written like a parameter is text, which no channel's name may have. */
export function parsePattern(text: string): ParsedPattern {
  // `split` puts what its group matched between the pieces.
  const parts = text.split(/\{([A-Za-z_$][\w$]*)\}/);
  return {
    text,
    literals: parts.filter((_, index) => index % 2 === 0),
    parameters: parts.filter((_, index) => index % 2 === 1),
  };
}

/** How much literal text a pattern has: of two patterns that match a name, the one with more is the more specific. */
export function literalLength(pattern: ParsedPattern): number {
  return pattern.literals.join('').length;
}

/**
 * The parameters of a name, or undefined when the pattern does not match. A parameter is one character or more, as few as
 * possible from left to right, and never changes the kind: `{x}-news` does not match `private-news`.
 */
export function matchPattern(
  { text, literals, parameters }: ParsedPattern,
  name: string,
): Readonly<Record<string, string>> | undefined {
  const [head = ''] = literals;
  if (!name.startsWith(head) || channelKind(name) !== channelKind(text)) return undefined;
  // No prototype: a parameter may be named `__proto__`.
  const params: Record<string, string> = Object.create(null);
  let start = head.length;
  for (const [index, parameter] of parameters.entries()) {
    const literal = literals[index + 1] ?? '';
    const last = index === parameters.length - 1;
    const end = last ? name.length - literal.length : name.indexOf(literal, start + 1);
    if (end <= start || (last && !name.endsWith(literal))) return undefined;
    params[parameter] = name.slice(start, end);
    start = end + literal.length;
  }
  return start === name.length ? Object.freeze(params) : undefined;
}

/**
 * The name that `values` make of a pattern, and the values as they are in it. They are put in as they are or refused with a
 * `ConfigurationError`: Pusher knows no escape character, and inventing one would hide the channel from every other client.
 */
export function fillPattern(
  pattern: ParsedPattern,
  values: Readonly<Record<string, unknown>>,
): { readonly name: string; readonly params: Readonly<Record<string, string>> } {
  const { text, literals, parameters } = pattern;
  for (const key of Object.keys(values)) {
    if (parameters.includes(key)) continue;
    const known = parameters.map((parameter) => `{${parameter}}`).join(', ') || 'none';
    throw wrongPattern(text, `has no parameter {${key}}; it has: ${known}`);
  }
  const texts = parameters.map((parameter) => {
    if (!Object.hasOwn(values, parameter))
      throw wrongPattern(text, `needs a value for {${parameter}}: channel('${text}', { ${parameter}: … })`);
    const value = values[parameter];
    const subject = `The value of {${parameter}} in "${text}"`;
    if (typeof value === 'number' ? !Number.isFinite(value) : typeof value !== 'string' || value === '')
      throw new ConfigurationError(`${subject} must be a finite number or a non-empty string.`);
    checkCharacters(String(value), subject);
    return String(value);
  });
  const name = literals.map((literal, index) => literal + (texts[index] ?? '')).join('');
  checkChannelName(name);
  const wrongName = (words: string): ConfigurationError =>
    new ConfigurationError(`The values for "${text}" ${words}`, { channel: name });
  if (channelKind(name) !== channelKind(text))
    throw wrongName(`would make "${name}" a channel of another kind.`);
  // No prototype: a parameter may be named `__proto__`.
  const params: Record<string, string> = Object.create(null);
  for (const [index, value] of texts.entries()) {
    const next = literals[index + 1] ?? '';
    // Whoever reads the name ends a value where the text after it comes first.
    if (index < texts.length - 1 && (value + next).indexOf(next, 1) < value.length)
      throw wrongName(
        `cannot be told apart in "${name}". Put a text between the parameters that no value contains.`,
      );
    params[parameters[index] ?? ''] = value;
  }
  return { name, params: Object.freeze(params) };
}
