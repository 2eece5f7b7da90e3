import { ConfigurationError } from '../errors';
import type { DefinitionMap, EventDefinition, EventDefinitions, PresenceDefinition } from './define';
import { checkChannelName } from './name';
import { fillPattern, literalLength, matchPattern, type ParsedPattern, parsePattern } from './pattern';
import { type EventContract, type ResolvedChannel, resolved } from './resolution';
import { type StandardSchema, validatePayload } from './schema';

interface Route {
  readonly pattern: ParsedPattern;
  readonly contract: EventContract;
  /** Of two that match a name the smaller is the more specific. */
  readonly rank: number;
}

/** The routes by the text that they begin with, so that a name is compared with few of thousands. */
interface Routes {
  readonly byHead: ReadonlyMap<string, readonly Route[]>;
  /** How long those texts are, each length once. */
  readonly lengths: readonly number[];
}

/** Finds channels among an application's definitions. */
export function resolver(
  definitions: DefinitionMap,
): (nameOrPattern: string, params?: Readonly<Record<string, string | number>>) => ResolvedChannel {
  let routes: Routes | undefined;
  const resolveName = (name: string): ResolvedChannel => {
    checkChannelName(name);
    routes ??= routesOf(definitions);
    let found: { readonly route: Route; readonly params: Readonly<Record<string, string>> } | undefined;
    for (const length of routes.lengths) {
      for (const route of routes.byHead.get(name.slice(0, length)) ?? []) {
        if (found !== undefined && found.route.rank < route.rank) break;
        const params = matchPattern(route.pattern, name);
        if (params !== undefined) found = { route, params };
      }
    }
    if (found === undefined) throw undescribed(definitions, name);
    return resolved(name, found.params, found.route);
  };
  return (nameOrPattern, params) => {
    if (params === undefined && !String(nameOrPattern).includes('{')) return resolveName(nameOrPattern);
    const { name } = fillPattern(parsePattern(nameOrPattern), params ?? {});
    if (!Object.hasOwn(definitions, nameOrPattern)) throw undescribed(definitions, nameOrPattern);
    const channel = resolveName(name);
    if (channel.pattern === nameOrPattern) return channel;
    throw new ConfigurationError(
      `"${name}" belongs to the more specific "${channel.pattern}", not to "${nameOrPattern}". If you mean that one: channel('${name}').`,
      { channel: name },
    );
  };
}

function routesOf(definitions: DefinitionMap): Routes {
  const routes = Object.entries(definitions)
    .map(([text, definition]) => {
      const pattern = parsePattern(text);
      return { pattern, contract: contractOf(eventsOf(definition)), length: literalLength(pattern) };
    })
    .sort((a, b) => b.length - a.length || a.pattern.parameters.length - b.pattern.parameters.length);
  const byHead = new Map<string, Route[]>();
  for (const [rank, { pattern, contract }] of routes.entries()) {
    const [head = ''] = pattern.literals;
    const others = byHead.get(head);
    const route = { pattern, contract, rank };
    if (others === undefined) byHead.set(head, [route]);
    else others.push(route);
  }
  return { byHead, lengths: [...new Set(Array.from(byHead.keys(), (head) => head.length))] };
}

function contractOf(events: EventDefinitions): EventContract {
  const schemas = new Map<string, StandardSchema>();
  for (const [event, definition] of Object.entries(events)) {
    if (isSchema(definition)) schemas.set(event, definition);
  }
  return {
    events: new Set(Object.keys(events)),
    check:
      schemas.size === 0
        ? undefined
        : (payload, place) => {
            const schema = schemas.get(place.event);
            return schema === undefined ? payload : validatePayload(schema, payload, place);
          },
  };
}

function undescribed(definitions: DefinitionMap, name: string): ConfigurationError {
  const patterns = Object.keys(definitions);
  return new ConfigurationError(
    `The channels have no "${name}"; they have: ${patterns.join(', ') || 'none'}. Add it to defineChannels, or correct the name.`,
    { channel: name },
  );
}

/** The events of a definition, presence or not. */
function eventsOf(definition: EventDefinitions | PresenceDefinition): EventDefinitions {
  return isPresence(definition) ? definition.events : definition;
}

/** Whether an event is checked at run time. */
function isSchema(definition: EventDefinition): definition is StandardSchema {
  return '~standard' in definition;
}

function isPresence(definition: EventDefinitions | PresenceDefinition): definition is PresenceDefinition {
  return definition.kind === 'presence';
}
