import type { ChannelKind } from '../types';
import type { ChannelDefinitions } from './define';
import { channelKind, checkChannelName } from './name';
import { fillPattern, parsePattern } from './pattern';

/** What is known of a channel's events at run time, shared by all channels of a pattern. */
export interface EventContract {
  /** The events that may be published; undefined when nobody described them. */
  readonly events: ReadonlySet<string> | undefined;
  /**
   * What listeners get for a payload, or what is wrong with it, thrown; undefined when there are no schemas, so that a message costs one
   * comparison. An event that nobody described passes: servers may add events.
   */
  readonly check:
    | ((payload: unknown, place: { readonly channel: string; readonly event: string }) => unknown)
    | undefined;
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

const openContract: EventContract = { events: undefined, check: undefined };

/** For every channel without parameters: most have none. */
const noParams: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

/**
 * Finds the channel behind a name, or behind a pattern and its parameters. Throws a `ConfigurationError` for a name that no
 * server would take, for parameters that do not fit, and, where there are definitions, for a name that matches none.
 */
export function resolveChannel(
  definitions: ChannelDefinitions | undefined,
  nameOrPattern: string,
  params?: Readonly<Record<string, string | number>>,
): ResolvedChannel {
  // What knows the definitions comes with them, so that whoever has none does not download it.
  if (definitions !== undefined) return definitions.resolve(nameOrPattern, params);
  if (params === undefined && !String(nameOrPattern).includes('{')) {
    checkChannelName(nameOrPattern);
    return resolved(nameOrPattern, undefined, { contract: openContract });
  }
  const pattern = parsePattern(nameOrPattern);
  const filled = fillPattern(pattern, params ?? {});
  return resolved(filled.name, filled.params, { pattern, contract: openContract });
}

/** A name that was found, with what follows from it. */
export function resolved(
  name: string,
  params: Readonly<Record<string, string>> | undefined,
  { pattern, contract }: { readonly pattern?: { readonly text: string }; readonly contract: EventContract },
): ResolvedChannel {
  return {
    name,
    kind: channelKind(name),
    params: params ?? noParams,
    ...(pattern && { pattern: pattern.text }),
    contract,
  };
}
