import { ConfigurationError } from '../errors';
import { channelKind, checkChannelName, checkCharacters, longestChannelName } from './name';

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

/** Takes a pattern apart. Throws a `ConfigurationError` that says what is wrong with it. */
export function parsePattern(text: string): ParsedPattern {
  const literals: string[] = [];
  const parameters: string[] = [];
  let rest = text;
  for (let open = rest.indexOf('{'); open !== -1; open = rest.indexOf('{')) {
    const close = rest.indexOf('}', open);
    const parameter = rest.slice(open + 1, close === -1 ? undefined : close);
    if (close === -1 || !/^[A-Za-z_$][\w$]*$/.test(parameter)) {
      throw new ConfigurationError(
        `The channel pattern "${text}" has a parameter that is not written like {id}.`,
      );
    }
    if (parameters.includes(parameter)) {
      throw new ConfigurationError(`The channel pattern "${text}" has two parameters named {${parameter}}.`);
    }
    if (open === 0 && parameters.length > 0) {
      throw new ConfigurationError(
        `The channel pattern "${text}" has no text between two parameters to tell them apart.`,
      );
    }
    literals.push(rest.slice(0, open));
    parameters.push(parameter);
    rest = rest.slice(close + 1);
  }
  literals.push(rest);
  const pattern = { text, literals, parameters };
  if (parameters.length === 0) checkChannelName(text);
  else checkCharacters(literals.join(''), `The channel pattern "${text}"`);
  if (literalLength(pattern) + parameters.length > longestChannelName) {
    throw new ConfigurationError(
      `The channel pattern "${text}" leaves no room for its parameters; the limit is ${longestChannelName} characters.`,
    );
  }
  return pattern;
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
 * The name that `values` make of a pattern. Values are put in as they are or refused with a `ConfigurationError`: Pusher
 * knows no escape character, and inventing one would hide the channel from every other client.
 */
export function fillPattern(pattern: ParsedPattern, values: Readonly<Record<string, unknown>>): string {
  const { text, literals, parameters } = pattern;
  for (const key of Object.keys(values)) {
    if (parameters.includes(key)) continue;
    const known = parameters.map((parameter) => `{${parameter}}`).join(', ') || 'none';
    throw new ConfigurationError(
      `The channel pattern "${text}" has no parameter {${key}}; it has: ${known}.`,
    );
  }
  const texts = parameters.map((parameter) => {
    if (!Object.hasOwn(values, parameter)) {
      throw new ConfigurationError(
        `The channel pattern "${text}" needs a value for {${parameter}}: channel('${text}', { ${parameter}: … }).`,
      );
    }
    return parameterText(pattern, parameter, values[parameter]);
  });
  const name = literals.map((literal, index) => literal + (texts[index] ?? '')).join('');
  checkChannelName(name);
  const readBack = matchPattern(pattern, name);
  if (readBack === undefined || parameters.some((parameter, index) => readBack[parameter] !== texts[index])) {
    throw new ConfigurationError(
      channelKind(name) === channelKind(text)
        ? `The values for "${text}" cannot be told apart in "${name}". Put a text between the parameters that no value contains.`
        : `The values for "${text}" would make "${name}" a channel of another kind.`,
      { channel: name },
    );
  }
  return name;
}

function parameterText({ text }: ParsedPattern, parameter: string, value: unknown): string {
  const subject = `The value of {${parameter}} in "${text}"`;
  if (typeof value === 'number' ? !Number.isFinite(value) : typeof value !== 'string' || value === '') {
    throw new ConfigurationError(`${subject} must be a finite number or a non-empty string.`);
  }
  const valueText = String(value);
  checkCharacters(valueText, subject);
  return valueText;
}
