import { ConfigurationError } from '../index';

/**
 * Where the old addresses went: channel patterns by address pattern, such as
 * `{ '/ws/plugin/{id}': 'private-plugin-{id}', '/ws/content?session={id}': 'content-generation-{id}' }`. A parameter stands for
 * one segment of the path or one value of the query, in which further values do no harm. An address that begins with `/` is meant
 * on every host; write `ws://host/…` where others have such paths too. The first that names a channel counts.
 */
export type LegacyRoutes = Readonly<Record<string, LegacyRoute>>;

/**
 * Where one address went: a channel pattern with the address's parameters, or, where the address does not tell, a function of it
 * that names the channel, or gives nothing: `'/ws/content': () => `content-generation-${lesson.id}``.
 */
export type LegacyRoute = string | ((address: URL) => string | undefined);

interface Route {
  /** Undefined when any host will do. */
  readonly host: string | undefined;
  readonly path: RegExp;
  /** The path without the parameter that ends it; undefined where none does. */
  readonly stem: RegExp | undefined;
  /** The first part of the path. */
  readonly head: string;
  readonly query: readonly (readonly [name: string, pattern: RegExp])[];
  readonly parameters: readonly string[];
  readonly address: string;
  readonly channel: LegacyRoute;
}

const placeholder = /\{(\w+)\}/g;
const parsed = new WeakMap<LegacyRoutes, readonly Route[]>();

/**
 * The channel behind an old address; undefined when no route leads there. Throws a `ConfigurationError` for routes that cannot be
 * read, and for a function that gives anything but a name.
 */
export function channelAt(routes: LegacyRoutes, address: URL): string | undefined {
  for (const route of routesIn(routes)) {
    const values = match(route, address);
    const channel = values && nameBy(route, address, values);
    if (channel) return channel;
  }
  return undefined;
}

/** Whether an address that no route takes looks like those that routes take: another path of theirs, or one without its parameter. */
export function looksOld(routes: LegacyRoutes, address: URL): boolean {
  const head = headOf(address.pathname);
  return routesIn(routes).some((route) => isOnHost(route, address) && route.head === head);
}

/** The error for an address without a channel behind it, with the line to write. Without the query: people used to write tokens into it. */
export function unrouted(routes: LegacyRoutes, address: URL): ConfigurationError {
  const { pathname } = address;
  const near = routesIn(routes).filter(
    (route) => isOnHost(route, address) && lacksParameter(route, pathname),
  );
  const [first] = near;
  const words = `No route leads from "${pathname}" to a channel`;
  if (first === undefined) {
    return new ConfigurationError(
      `${words}. If one should, add a line to the routes: '${pathname}': 'its-channel'.`,
    );
  }
  const others = near.map((route) => `'${route.address}'`).join(' and ');
  const example = typeof first.channel === 'string' ? first.channel.replace(placeholder, '…') : 'its-channel';
  return new ConfigurationError(
    `${words}: it lacks the parameter of ${others}. Add a line to the routes: '${pathname}': () => '${example}'.`,
  );
}

function routesIn(routes: LegacyRoutes): readonly Route[] {
  const known = parsed.get(routes) ?? Object.entries(routes).map(parse);
  parsed.set(routes, known);
  return known;
}

function parse([address, channel]: readonly [string, LegacyRoute]): Route {
  const [, host, path = '', query = ''] =
    /^(?:(?:ws|http)s?:\/\/([^/?]+))?(\/[^?#]*)(?:\?([^#]*))?$/i.exec(address) ?? [];
  const parameters = parametersOf(address);
  const strange =
    typeof channel === 'string'
      ? channel === '' || parametersOf(channel).some((name) => !parameters.includes(name))
      : typeof channel !== 'function';
  if (path === '' || strange || new Set(parameters).size < parameters.length) {
    throw new ConfigurationError(
      `The route "${address}" cannot be read: write '/path/{id}?name={other}', each parameter once, and in its channel no others.`,
    );
  }
  const pairs = query === '' ? [] : query.split('&').map((pair) => pair.split('='));
  // Some servers of old had a slash at the end, and their clients never noticed.
  const plain = path.replace(/\/$/, '');
  const stem = plain.replace(/\/\{\w+\}$/, '');
  return {
    host: host?.toLowerCase(),
    path: pattern(plain, '[^/]+', '/?'),
    stem: stem === plain ? undefined : pattern(stem, '[^/]+', '/?'),
    // Not undefined, which an address without a first part has.
    head: headOf(path) ?? '',
    query: pairs.map(([name = '', ...value]) => [name, pattern(value.join('='), '.+')]),
    parameters,
    address,
    channel,
  };
}

function match(route: Route, address: URL): Readonly<Record<string, string>> | undefined {
  const { path, query, parameters } = route;
  const found = path.exec(address.pathname);
  if (found === null || !isOnHost(route, address)) return undefined;
  const values = found.slice(1).map(decode);
  for (const [name, expected] of query) {
    const value = expected.exec(address.searchParams.get(name) ?? '');
    if (value === null) return undefined;
    values.push(...value.slice(1));
  }
  return Object.fromEntries(parameters.map((name, index) => [name, values[index] ?? '']));
}

/** The channel's name; empty when the route's function gives none. */
function nameBy(
  { address: pattern, channel }: Route,
  address: URL,
  values: Readonly<Record<string, string>>,
): string {
  if (typeof channel === 'string')
    return channel.replace(placeholder, (_, name: string) => values[name] ?? '');
  let cause: unknown;
  try {
    const name: unknown = channel(address) ?? '';
    if (typeof name === 'string') return name;
  } catch (thrown) {
    cause = thrown;
  }
  throw new ConfigurationError(`The function of the route '${pattern}' returned no channel name.`, {
    cause,
  });
}

function isOnHost({ host }: Route, address: URL): boolean {
  return host === undefined || host === address.host;
}

function lacksParameter({ path, stem, query, parameters }: Route, pathname: string): boolean {
  return (
    parameters.length > 0 && (stem?.test(pathname) === true || (query.length > 0 && path.test(pathname)))
  );
}

/** The first part of a path, such as `/ws`; undefined when there is none, or when it is a parameter. */
function headOf(path: string): string | undefined {
  return /^\/[^/{}]+/.exec(path)?.[0];
}

function pattern(text: string, parameter: string, end = ''): RegExp {
  const literals = text.split(/\{\w+\}/).map((literal) => literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${literals.join(`(${parameter})`)}${end}$`);
}

function parametersOf(text: string): string[] {
  return Array.from(text.matchAll(placeholder), ([, name = '']) => name);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
