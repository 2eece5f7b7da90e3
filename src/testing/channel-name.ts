/** What a channel's prefix says about it. */
export interface ChannelTraits {
  /** Who may subscribe, and what the channel carries. */
  readonly kind: 'public' | 'private' | 'encrypted' | 'presence' | 'user';
  /** Whether the channel remembers its last event for those who come later. */
  readonly cached: boolean;
}

const serverToUser = '#server-to-user-';
const allowed = /^[A-Za-z0-9_\-=@,.;]+$/;
const cachePrefix = /^(?:private-encrypted-|private-|presence-)?cache-/;

/** Reads the kind of a channel from its name. */
export function channelTraits(name: string): ChannelTraits {
  return { kind: kindOf(name), cached: cachePrefix.test(name) };
}

/** Whether Pusher accepts `name` as a channel: its charset, at most `limit` characters, prefix included. */
export function isChannelName(name: string, limit: number): boolean {
  if (name.length > limit) return false;
  return name.startsWith(serverToUser) ? name.length > serverToUser.length : allowed.test(name);
}

/** The channel on which one signed-in user is reached. */
export function userChannel(userId: string): string {
  return serverToUser + userId;
}

function kindOf(name: string): ChannelTraits['kind'] {
  if (name.startsWith('private-encrypted-')) return 'encrypted';
  if (name.startsWith('private-')) return 'private';
  if (name.startsWith('presence-')) return 'presence';
  return name.startsWith(serverToUser) ? 'user' : 'public';
}
