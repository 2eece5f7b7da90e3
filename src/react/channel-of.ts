import type { Channel, RealtimeClient, UntypedChannels } from '../index';

/** A client whose channels the hooks do not know; what they know is in the types of `RealtimeHooks`. */
export type AnyClient = RealtimeClient<UntypedChannels>;
/** A name, or none yet. */
export type AnyName = string | null | undefined | false | 0;

/** The channel of that name: the same object at each render. */
export function channelOf(client: AnyClient, name: AnyName): Channel | undefined {
  // Not only null: `id && …` gives '' or 0 while there is no id.
  return name ? client.channel(name) : undefined;
}
