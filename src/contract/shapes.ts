import type { Channel, Member, PresenceChannel } from '../types';
import type {
  ChannelContract,
  ChannelDefinitions,
  DefinitionMap,
  Presence,
  PresenceDefinition,
  TypedEvent,
} from './define';
import type { KindOf } from './name';
import type { NameOf, ParameterName } from './pattern';
import type { SchemaInput, SchemaOutput, StandardSchema } from './schema';

/** What the server itself says on any channel. */
export type ProtocolEvents = {
  /** A cache channel has nothing in its cache. */
  readonly 'pusher:cache_miss': undefined | null;
  /** How many connections are subscribed now, when the app has subscription counting enabled. */
  readonly 'pusher:subscription_count': { readonly subscription_count: number };
};

/** What is said on presence channels beside that; new info about somebody is in `members` alone. */
export type PresenceEvents<Info = unknown> = {
  /** Somebody came: also found by comparing the lists after a reconnect. Never for who was there before us. */
  readonly 'pusher:member_added': Member<Info>;
  /** Somebody went, with all connections. */
  readonly 'pusher:member_removed': Member<Info>;
};

type EventsOfKind<Kind, Info> = Kind extends 'presence'
  ? ProtocolEvents & PresenceEvents<Info>
  : ProtocolEvents;

/** What the compiler knows about one channel of `defineChannels`. Exported so that an application's own declarations can name it. */
export interface DescribedShape<Name extends string, Parameter extends string, Events, Info> {
  /** Its name. */
  readonly name: NameOf<Name>;
  /** What its prefix makes of it. */
  readonly kind: KindOf<Name>;
  /** The values of the pattern's parameters. */
  readonly params: { readonly [P in Parameter]: string };
  /** What listeners get: the schemas' outputs. */
  readonly listens: Outputs<Events> & EventsOfKind<KindOf<Name>, Info>;
  /** What `publish` takes: the schemas' inputs. */
  readonly publishes: Publishable<Inputs<Events>, KindOf<Name>>;
  /** What a member's `info` is. */
  readonly member: Info;
}

/** What the compiler knows about one channel of a `ChannelMap`. Exported so that an application's own declarations can name it. */
export interface MappedShape<Name extends string, Events, Info> {
  /** Its name. */
  readonly name: NameOf<Name>;
  /** What its prefix makes of it. */
  readonly kind: KindOf<Name>;
  /** The parameters, where a pattern such as `user-{id}` was given. */
  readonly params: { readonly [P in ParameterName<Name>]: string };
  /** What listeners get. */
  readonly listens: { readonly [Event in keyof Events & string]: Events[Event] } & EventsOfKind<
    KindOf<Name>,
    Info
  >;
  /** What `publish` takes. */
  readonly publishes: Publishable<Events, KindOf<Name>>;
  /** What a member's `info` is. */
  readonly member: Info;
}

/** The names that `channel()` takes; a name that several patterns match belongs to the most specific one. */
export type ChannelName<Contract extends ChannelContract> =
  Contract extends ChannelDefinitions<infer Definitions>
    ? NameOf<keyof Definitions & string>
    : keyof Contract & string;

/** The patterns that `channel(pattern, params)` takes. */
export type ChannelPattern<Contract extends ChannelContract> =
  Contract extends ChannelDefinitions<infer Definitions>
    ? Extract<keyof Definitions & string, `${string}{${string}}${string}`>
    : keyof Contract & string;

/** The names of presence channels; all that begin with `presence-` where the names are not known. */
export type PresenceName<Contract extends ChannelContract> =
  ChannelName<Contract> extends infer Name
    ? Name extends `presence-${string}`
      ? Name
      : string extends Name
        ? `presence-${string}`
        : never
    : never;

/** What the contract says about the channel of that name or pattern. */
export type ShapeOf<Contract extends ChannelContract, Name extends string> =
  Contract extends ChannelDefinitions<infer Definitions>
    ? ShapeOfDefinition<Definitions, PatternFor<Definitions, Name>, Name>
    : ShapeOfEntry<EntryAt<Contract, Name>, Name>;

/** The channel object for that name or pattern. */
export type ChannelOf<Contract extends ChannelContract, Name extends string> =
  KindOf<Name> extends 'presence'
    ? PresenceChannel<ShapeOf<Contract, Name>>
    : Channel<ShapeOf<Contract, Name>>;

// `Extract`, because `keyof … & string` is printed as it stands in a compiler error, instead of the events.

/** The events to listen to on a channel. */
export type EventName<Contract extends ChannelContract, Name extends string> = Extract<
  keyof ShapeOf<Contract, Name>['listens'],
  string
>;

/** The events to publish on a channel; `client-*` events only where Pusher takes them: on private and presence channels. */
export type PublishableEvent<Contract extends ChannelContract, Name extends string> = Extract<
  keyof ShapeOf<Contract, Name>['publishes'],
  string
>;

/** What a listener gets: the output of the event's schema. */
export type Payload<
  Contract extends ChannelContract,
  Name extends string,
  Event extends EventName<Contract, Name>,
> = ShapeOf<Contract, Name>['listens'][Event];

/** What `publish` takes: the input of the event's schema. */
export type PublishPayload<
  Contract extends ChannelContract,
  Name extends string,
  Event extends PublishableEvent<Contract, Name>,
> = ShapeOf<Contract, Name>['publishes'][Event];

/** What a member's `info` is on a presence channel. */
export type MemberInfo<Contract extends ChannelContract, Name extends string> = ShapeOf<
  Contract,
  Name
>['member'];

type ShapeOfDefinition<Definitions extends DefinitionMap, Pattern extends string, Name extends string> =
  Definitions[Pattern] extends PresenceDefinition<infer Info, infer Events>
    ? DescribedShape<Name, ParameterName<Pattern>, Events, Info>
    : DescribedShape<Name, ParameterName<Pattern>, Definitions[Pattern], unknown>;

type ShapeOfEntry<Entry, Name extends string> =
  Entry extends Presence<infer Info, infer Events>
    ? MappedShape<Name, Events, Info>
    : MappedShape<Name, Entry, unknown>;

type Publishable<Payloads, Kind> = {
  readonly [Event in keyof Payloads & string as PublishableOn<Kind, Event>]: Payloads[Event];
};

// Pusher refuses client events where nobody was authorized, and cannot pass on what it cannot read.
type PublishableOn<Kind, Event extends string> = Event extends `client-${string}`
  ? Kind extends 'public' | 'encrypted'
    ? never
    : Event
  : Event;

type Outputs<Events> = { readonly [Event in keyof Events]: OutputOf<Events[Event]> };

type OutputOf<Definition> = Definition extends StandardSchema
  ? SchemaOutput<Definition>
  : Definition extends TypedEvent<infer Payload>
    ? Payload
    : never;

type Inputs<Events> = { readonly [Event in keyof Events]: InputOf<Events[Event]> };

type InputOf<Definition> = Definition extends StandardSchema
  ? SchemaInput<Definition>
  : Definition extends TypedEvent<infer Payload>
    ? Payload
    : never;

// Of the patterns that match, the one that none of the others is narrower than. The run time prefers the longest literal
// text instead; the two agree whenever one pattern is narrower than the other.
//
// Its cost must be linear in the number of patterns. Hence `infer`: before a name is known, the compiler would otherwise look at
// every name and compare each with every pattern.
type PatternFor<Definitions extends DefinitionMap, Name extends string> = [Name] extends [
  infer Given extends string,
]
  ? PatternAt<PatternsByName<Definitions>, Given>
  : never;

type PatternAt<
  Patterns extends { readonly [name: string]: object },
  Name extends string,
> = Name extends string ? Narrowest<keyof Patterns[Name] & string> : never;

// Finds patterns as the compiler finds index signatures. Where several match, it makes one type whose keys are all of them.
type PatternsByName<Definitions extends DefinitionMap> = {
  readonly [Pattern in keyof Definitions & string as NameOf<Pattern>]: { readonly [Own in Pattern]: true };
};

// `infer` for the reason above.
type EntryAt<Contract, Name extends string> = [Name] extends [infer Given extends string]
  ? Given extends keyof Contract
    ? Contract[Given]
    : never
  : never;

type Narrowest<Patterns extends string, All extends string = Patterns> = Patterns extends string
  ? [Narrower<Patterns, All>] extends [never]
    ? Patterns
    : never
  : never;

type Narrower<Than extends string, Patterns extends string> = Patterns extends Than
  ? never
  : NameOf<Patterns> extends NameOf<Than>
    ? Patterns
    : never;
