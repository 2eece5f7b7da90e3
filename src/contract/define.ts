import { ConfigurationError } from '../errors';
import { object } from '../support/given';
import { resolver } from './described';
import { checkChannelName, checkCharacters, longestChannelName } from './name';
import { literalLength, type ParsedPattern, parsePattern, wrongPattern } from './pattern';
import type { ResolvedChannel } from './resolution';
import type { StandardSchema } from './schema';

/** An event that only the compiler knows: made by `event<Payload>()`, never checked at run time. */
export interface TypedEvent<Payload = unknown> {
  /** Tells it from a schema. */
  readonly kind: 'event';
  /** Exists for the compiler only. */
  readonly types?: { readonly payload: Payload };
}

/** An event is described by its type alone, or by a schema that is also checked at run time. */
export type EventDefinition = TypedEvent | StandardSchema;

/** The events of a channel, by name. */
export type EventDefinitions = Readonly<Record<string, EventDefinition>>;

/** A presence channel: its events, and what its members are. Made by `presence<Info>()({ … })`. */
export interface PresenceDefinition<Info = unknown, Events extends EventDefinitions = EventDefinitions> {
  /** Tells it from a record of events. */
  readonly kind: 'presence';
  /** Its events, by name. */
  readonly events: Events;
  /** Exists for the compiler only. */
  readonly types?: { readonly member: Info };
}

/** What `defineChannels` takes: events by the name, or the pattern, of their channel. */
export type DefinitionMap = Readonly<Record<string, EventDefinitions | PresenceDefinition>>;

/** An application's channels, described once: made by `defineChannels`, given to the client as `channels`. */
export interface ChannelDefinitions<Definitions extends DefinitionMap = DefinitionMap> {
  /** Tells it from a plain map of channels. */
  readonly kind: 'channels';
  /** What `defineChannels` was given. */
  readonly definitions: Definitions;
  /** @internal Finds the channel behind a name, or behind a pattern and its parameters. */
  readonly resolve: (
    nameOrPattern: string,
    params?: Readonly<Record<string, string | number>>,
  ) => ResolvedChannel;
}

/**
 * Channels described by types alone: an interface of events by channel name, where a pattern is an index signature such as
 * `` [name: `private-plugin-${string}`]: { command: Command } ``. Any object type will do, so that interfaces do.
 */
export type ChannelMap = object;

/** In a `ChannelMap`: a presence channel whose members carry `Info`. */
export interface Presence<Info, Events extends object = object> {
  /** Tells it from a map of events. */
  readonly kind: 'presence';
  /** What a member's `info` is. */
  readonly member: Info;
  /** Payloads by event. */
  readonly events: Events;
}

/** Either way of describing channels. */
export type ChannelContract = ChannelDefinitions | ChannelMap;

/**
 * Where an application declares its channels, once for every client, hook and composable:
 * `declare module 'surewire' { interface Register { channels: typeof channels } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: applications add `channels` to it
export interface Register {}

/**
 * Has no fields, and a name that the compiler can say: the hook, the composable or the client that gives it does not know the
 * application's channels. Declare them in `Register`, or make hooks that know them with `createRealtimeHooks<typeof channels>()`
 * (`createRealtimeComposables` in Vue).
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is there for its name
export interface ChannelsNotDescribed {}

/** What an event carries that nobody described: anything. The same as `unknown`, which has no name that a message could say. */
// biome-ignore lint/complexity/noBannedTypes: `{}`, null and undefined are all there is
export type UndescribedPayload = {} | ChannelsNotDescribed | null | undefined;

/** The channels of a client that was told nothing: every name and every event goes, payloads may be anything. */
export interface UntypedChannels {
  /** Every channel. */
  readonly [name: string]: Readonly<Record<string, UndescribedPayload>>;
}

/** The channels that the application declared in `Register`; anything goes when it did not. */
export type RegisteredChannels = Register extends { channels: infer Contract extends object }
  ? Contract
  : UntypedChannels;

/** An event that is described by its type alone: `progress: event<Progress>()`. Costs nothing at run time. */
export function event<Payload = unknown>(): TypedEvent<Payload> {
  return { kind: 'event' };
}

/**
 * A presence channel whose members carry `Info`: `presence<MemberInfo>()({ 'hand-raised': event<…>() })`. Two calls, because
 * TypeScript infers all type arguments of a call or none.
 */
export function presence<Info = unknown>(): <Events extends EventDefinitions = Record<never, never>>(
  events?: Events,
) => PresenceDefinition<Info, Events> {
  return (events = {} as never) => ({
    kind: 'presence',
    events: object(events, 'presence()({ event: event() })'),
  });
}

/**
 * Describes an application's channels by name or pattern. Throws a `ConfigurationError` for a name that no server would
 * take, for two patterns that match the same names, and for what is neither `event()` nor a schema.
 */
export function defineChannels<Definitions extends DefinitionMap>(
  definitions: PresenceWhereItBelongs<Definitions>,
): ChannelDefinitions<Definitions> {
  // The type that a mistake has instead never gets here: `checkDefinition` throws.
  const given = object(definitions, "defineChannels({ 'name-{id}': { … } })") as unknown as Definitions;
  const seen = new Map<string, string>();
  for (const [name, definition] of Object.entries<DefinitionMap[string]>(given)) {
    const { literals } = checkedPattern(name);
    const twin = seen.get(literals.join('{}'));
    if (twin !== undefined) {
      throw new ConfigurationError(
        `The channel patterns "${twin}" and "${name}" match the same names; keep one.`,
      );
    }
    seen.set(literals.join('{}'), name);
    checkDefinition(name, definition);
  }
  return Object.freeze({ kind: 'channels', definitions: given, resolve: resolver(given) });
}

// A sentence where a type is expected: it is what the compiler shows to whoever got it wrong.
type PresenceWhereItBelongs<Definitions> = {
  readonly [Name in keyof Definitions]: Name extends `presence-${string}`
    ? Definitions[Name]
    : Definitions[Name] extends PresenceDefinition
      ? 'presence() is for names that begin with "presence-"'
      : Definitions[Name];
};

/** A pattern taken apart. Throws a `ConfigurationError` that says what is wrong with it. */
function checkedPattern(text: string): ParsedPattern {
  const pattern = parsePattern(text);
  const { literals, parameters } = pattern;
  if (literals.some((literal) => literal.includes('{')))
    throw wrongPattern(text, 'has a parameter that is not written like {id}');
  const twice = parameters.find((parameter, index) => parameters.indexOf(parameter) < index);
  if (twice !== undefined) throw wrongPattern(text, `has two parameters named {${twice}}`);
  if (literals.slice(1, -1).includes(''))
    throw wrongPattern(text, 'has no text between two parameters to tell them apart');
  if (parameters.length === 0) checkChannelName(text);
  else checkCharacters(literals.join(''), `The channel pattern "${text}"`);
  if (literalLength(pattern) + parameters.length > longestChannelName)
    throw wrongPattern(
      text,
      `leaves no room for its parameters; the limit is ${longestChannelName} characters`,
    );
  return pattern;
}

function checkDefinition(name: string, definition: unknown): void {
  if (!isObject(definition)) {
    throw new ConfigurationError(
      `The definition of "${name}" must be an object of events: { progress: event<Progress>() }.`,
    );
  }
  const presence = definition['kind'] === 'presence';
  if (presence && !name.startsWith('presence-')) {
    throw new ConfigurationError(
      `"${name}" is not a presence channel; only names that begin with "presence-" are.`,
    );
  }
  const events = presence ? definition['events'] : definition;
  for (const [event, described] of Object.entries(events as object)) {
    if (isObject(described) && (described['kind'] === 'event' || '~standard' in described)) continue;
    throw new ConfigurationError(
      `The event "${event}" of "${name}" is neither event<Payload>() nor a Standard Schema (zod, valibot, arktype, …).`,
      { channel: name, event },
    );
  }
}

// Arktype's schemas are functions.
function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
