import { ConfigurationError } from '../errors';
import type { ChannelKind } from '../types';
import { type ChannelDefinitions, type EventDefinitions, eventsOf, isSchema } from './define';
import { isClientEvent, isProtocolEvent, longestEventName } from './event-name';
import { channelKind, checkChannelName } from './name';
import { fillPattern, literalLength, matchPattern, type ParsedPattern, parsePattern } from './pattern';
import { type StandardSchema, validatePayload } from './schema';

/** What is known of a channel's events at run time, shared by all channels of a pattern. */
interface EventContract {
  /** The events that may be published; undefined when nobody described them. */
  readonly events: ReadonlySet<string> | undefined;
  /** The schemas by event; undefined when there are none, so that a message costs one comparison. */
  readonly schemas: ReadonlyMap<string, StandardSchema> | undefined;
}

/** A channel's name with all that follows from it. */
export interface ResolvedChannel {
  /** The name on the wire. */
  readonly name: string;
  /** What its prefix makes of it. */
  readonly kind: ChannelKind;
  /** The values of the pattern's parameters; without a prototype. */
  readonly params: Readonly<Record<string, string>>;
  /** The pattern it belongs to; absent for a name that nobody described. */
  readonly pattern?: string;
  /** Its events. */
  readonly contract: EventContract;
}

interface Route {
  readonly pattern: ParsedPattern;
  readonly contract: EventContract;
}

const openContract: EventContract = { events: undefined, schemas: undefined };

// Looked up rather than kept in the definitions: these may come from another copy, or module format, of the library.
const routesByDefinitions = new WeakMap<ChannelDefinitions, readonly Route[]>();

/**
 * Finds the channel behind a name, or behind a pattern and its parameters. Throws a `ConfigurationError` for a name that no
 * server would take, for parameters that do not fit, and, where there are definitions, for a name that matches none.
 */
export function resolveChannel(
  definitions: ChannelDefinitions | undefined,
  nameOrPattern: string,
  params?: Readonly<Record<string, string | number>>,
): ResolvedChannel {
  if (params === undefined && !String(nameOrPattern).includes('{'))
    return resolveName(definitions, nameOrPattern);
  const pattern = parsePattern(nameOrPattern);
  const name = fillPattern(pattern, params ?? {});
  if (definitions === undefined) {
    return resolved(name, matchPattern(pattern, name), { pattern, contract: openContract });
  }
  if (!Object.hasOwn(definitions.definitions, nameOrPattern)) throw undescribed(definitions, nameOrPattern);
  const channel = resolveName(definitions, name);
  if (channel.pattern === nameOrPattern) return channel;
  throw new ConfigurationError(
    `"${name}" belongs to the more specific "${channel.pattern}", not to "${nameOrPattern}". Ask for channel('${name}') if that is the one you mean.`,
    { channel: name },
  );
}

/** What listeners get for a payload that came in. An event that nobody described passes: servers may add events. */
export function checkReceived({ name, contract }: ResolvedChannel, event: string, payload: unknown): unknown {
  const schema = contract.schemas?.get(event);
  return schema === undefined ? payload : validatePayload(schema, payload, { channel: name, event });
}

/**
 * Throws when `event` cannot be published on the channel (`ConfigurationError`) or the payload does not fit its schema
 * (`ValidationError`). The payload goes out as it is: the schema's output is for receivers.
 */
export function checkPublished(
  { name, kind, contract }: ResolvedChannel,
  event: string,
  payload: unknown,
): void {
  const place = { channel: name, event };
  if (typeof event !== 'string' || event === '' || event.length > longestEventName) {
    throw new ConfigurationError(
      `An event published on "${name}" needs a name of 1 to ${longestEventName} characters.`,
      { channel: name },
    );
  }
  if (isProtocolEvent(event)) {
    throw new ConfigurationError(
      `"${event}" cannot be published: the server keeps that prefix to itself.`,
      place,
    );
  }
  if (isClientEvent(event) && (kind === 'public' || kind === 'encrypted')) {
    throw new ConfigurationError(
      `"${event}" cannot be published on "${name}": client events need a private or presence channel, and this one is ${kind}.`,
      place,
    );
  }
  if (contract.events !== undefined && !contract.events.has(event)) {
    throw new ConfigurationError(
      `"${name}" has no event "${event}"; it has: ${[...contract.events].join(', ') || 'none'}.`,
      place,
    );
  }
  const schema = contract.schemas?.get(event);
  if (schema !== undefined) validatePayload(schema, payload, place);
}

function resolveName(definitions: ChannelDefinitions | undefined, name: string): ResolvedChannel {
  checkChannelName(name);
  if (definitions === undefined) return resolved(name, undefined, { contract: openContract });
  for (const route of routesOf(definitions)) {
    const params = matchPattern(route.pattern, name);
    if (params !== undefined) return resolved(name, params, route);
  }
  throw undescribed(definitions, name);
}

function resolved(
  name: string,
  params: Readonly<Record<string, string>> | undefined,
  { pattern, contract }: { readonly pattern?: ParsedPattern; readonly contract: EventContract },
): ResolvedChannel {
  return {
    name,
    kind: channelKind(name),
    params: params ?? Object.freeze(Object.create(null)),
    ...(pattern && { pattern: pattern.text }),
    contract,
  };
}

function routesOf(definitions: ChannelDefinitions): readonly Route[] {
  const known = routesByDefinitions.get(definitions);
  if (known !== undefined) return known;
  const routes = Object.entries(definitions.definitions)
    .map(([text, definition]) => ({
      pattern: parsePattern(text),
      contract: contractOf(eventsOf(definition)),
    }))
    .sort(
      ({ pattern: a }, { pattern: b }) =>
        literalLength(b) - literalLength(a) || a.parameters.length - b.parameters.length,
    );
  routesByDefinitions.set(definitions, routes);
  return routes;
}

function contractOf(events: EventDefinitions): EventContract {
  const schemas = new Map<string, StandardSchema>();
  for (const [event, definition] of Object.entries(events)) {
    if (isSchema(definition)) schemas.set(event, definition);
  }
  return { events: new Set(Object.keys(events)), schemas: schemas.size === 0 ? undefined : schemas };
}

function undescribed(definitions: ChannelDefinitions, name: string): ConfigurationError {
  const patterns = Object.keys(definitions.definitions);
  return new ConfigurationError(
    `The channels have no "${name}"; they have: ${patterns.join(', ') || 'none'}. Add it to defineChannels, or correct the name.`,
    { channel: name },
  );
}
