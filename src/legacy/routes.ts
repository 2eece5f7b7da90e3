import { ConfigurationError } from '../index';

/**
 * Where the old addresses went: channel patterns by address pattern, such as
 * `{ '/ws/plugin/{id}': 'private-plugin-{id}', '/ws/content?session={id}': 'content-generation-{id}' }`. A parameter stands for
 * one segment of the path or one value of the query, in which further values do no harm. An address that begins with `/` is meant
 * on every host; write `ws://host/…` where others have such paths too. The first that matches counts.
 */
export type LegacyRoutes = Readonly<Record<string, string>>;

interface Route {
  /** Undefined when any host will do. */
  readonly host: string | undefined;
  readonly path: RegExp;
  readonly query: readonly (readonly [name: string, pattern: RegExp])[];
  readonly parameters: readonly string[];
  readonly address: string;
  readonly channel: string;
}

const placeholder = /\{(\w+)\}/g;
const parsed = new WeakMap<LegacyRoutes, readonly Route[]>();

/**
 * The channel behind an old address; undefined when no route leads there. Throws a `ConfigurationError` for routes that cannot be
 * read.
 */
export function channelAt(routes: LegacyRoutes, address: URL): string | undefined {
  for (const route of routesIn(routes)) {
    const values = match(route, address);
    if (values !== undefined) return fill(route.channel, (name) => values[name] ?? '');
  }
  return undefined;
}

/** The path and query that lead to a channel: of the first route whose channel tells all the parameters of its address. */
export function addressOf(routes: LegacyRoutes, channel: string): string | undefined {
  for (const route of routesIn(routes)) {
    const names = parametersOf(route.channel);
    const found = pattern(route.channel, '.+?').exec(channel);
    if (found === null || route.parameters.some((name) => !names.includes(name))) continue;
    return fill(route.address, (name) => encodeURIComponent(found[names.indexOf(name) + 1] ?? ''));
  }
  return undefined;
}

function routesIn(routes: LegacyRoutes): readonly Route[] {
  const known = parsed.get(routes) ?? Object.entries(routes).map(parse);
  parsed.set(routes, known);
  return known;
}

function parse([address, channel]: readonly [string, string]): Route {
  const [, host, path = '', query = ''] =
    /^(?:(?:ws|http)s?:\/\/([^/?]+))?(\/[^?#]*)(?:\?([^#]*))?$/i.exec(address) ?? [];
  const parameters = parametersOf(address);
  const stranger = parametersOf(channel).find((name) => !parameters.includes(name));
  if (path === '' || stranger !== undefined || new Set(parameters).size < parameters.length) {
    throw new ConfigurationError(
      `The route "${address}" -> "${channel}" cannot be read: write '/path/{id}?name={other}', each parameter once, and in the channel no others.`,
    );
  }
  const pairs = query === '' ? [] : query.split('&').map((pair) => pair.split('='));
  return {
    host: host?.toLowerCase(),
    // Some servers of old had a slash at the end, and their clients never noticed.
    path: pattern(path.replace(/\/$/, ''), '[^/]+', '/?'),
    query: pairs.map(([name = '', ...value]) => [name, pattern(value.join('='), '.+')]),
    parameters,
    address,
    channel,
  };
}

function match(
  { host, path, query, parameters }: Route,
  address: URL,
): Readonly<Record<string, string>> | undefined {
  const found = path.exec(address.pathname);
  if (found === null || (host !== undefined && host !== address.host)) return undefined;
  const values = found.slice(1).map(decode);
  for (const [name, expected] of query) {
    const value = expected.exec(address.searchParams.get(name) ?? '');
    if (value === null) return undefined;
    values.push(...value.slice(1));
  }
  return Object.fromEntries(parameters.map((name, index) => [name, values[index] ?? '']));
}

function pattern(text: string, parameter: string, end = ''): RegExp {
  const literals = text.split(/\{\w+\}/).map((literal) => literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${literals.join(`(${parameter})`)}${end}$`);
}

function parametersOf(text: string): string[] {
  return Array.from(text.matchAll(placeholder), ([, name = '']) => name);
}

function fill(text: string, value: (name: string) => string): string {
  return text.replace(placeholder, (_, name: string) => value(name));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
