import { ConfigurationError } from '../errors';
import type { DefinitionMap, EventDefinition, EventDefinitions, PresenceDefinition } from './define';
import { checkChannelName } from './name';
import { fillPattern, literalLength, matchPattern, type ParsedPattern, parsePattern } from './pattern';
import { type EventContract, type ResolvedChannel, resolved } from './resolution';
import { type StandardSchema, validatePayload } from './schema';

interface Route {
  readonly pattern: ParsedPattern;
  readonly contract: EventContract;
}

/** Finds channels among an application's definitions. */
export function resolver(
  definitions: DefinitionMap,
): (nameOrPattern: string, params?: Readonly<Record<string, string | number>>) => ResolvedChannel {
  let routes: readonly Route[] | undefined;
  const resolveName = (name: string): ResolvedChannel => {
    checkChannelName(name);
    routes ??= routesOf(definitions);
    for (const route of routes) {
      const params = matchPattern(route.pattern, name);
      if (params !== undefined) return resolved(name, params, route);
    }
    throw undescribed(definitions, name);
  };
  return (nameOrPattern, params) => {
    if (params === undefined && !String(nameOrPattern).includes('{')) return resolveName(nameOrPattern);
    const name = fillPattern(parsePattern(nameOrPattern), params ?? {});
    if (!Object.hasOwn(definitions, nameOrPattern)) throw undescribed(definitions, nameOrPattern);
    const channel = resolveName(name);
    if (channel.pattern === nameOrPattern) return channel;
    throw new ConfigurationError(
      `"${name}" belongs to the more specific "${channel.pattern}", not to "${nameOrPattern}". If you mean that one: channel('${name}').`,
      { channel: name },
    );
  };
}

function routesOf(definitions: DefinitionMap): readonly Route[] {
  return Object.entries(definitions)
    .map(([text, definition]) => ({
      pattern: parsePattern(text),
      contract: contractOf(eventsOf(definition)),
    }))
    .sort(
      ({ pattern: a }, { pattern: b }) =>
        literalLength(b) - literalLength(a) || a.parameters.length - b.parameters.length,
    );
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
