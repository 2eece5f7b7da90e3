import { SubscriptionError } from '../errors';
import { fieldsOf, parseData } from '../link/frames';
import type { Member } from '../types';

/** Servers write ids as texts or as numbers; anything else is nobody's id. */
function idOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** The members in a presence channel's confirmation, each user once; hostile shapes give an empty list. */
export function membersOf(data: unknown): readonly Member[] {
  const { ids, hash } = fieldsOf(fieldsOf(data)['presence']);
  // A map, because a user may be called `__proto__`.
  const infos = new Map(Object.entries(fieldsOf(hash)));
  // From `ids`: an object puts ids that look like numbers first.
  const named = Array.isArray(ids) ? ids : [...infos.keys()];
  const members = new Map<string, Member>();
  for (const each of named as readonly unknown[]) {
    const id = idOf(each);
    if (id !== undefined) members.set(id, { id, info: infos.get(id) });
  }
  return [...members.values()];
}

/** The member in an event about one, if it is about anybody. */
export function memberOf(data: unknown): Member | undefined {
  const { user_id, user_info } = fieldsOf(data);
  const id = idOf(user_id);
  return id === undefined ? undefined : { id, info: user_info };
}

/** The user in the server's answer to a sign-in, whose data is the text that the application signed. */
export function signedInUser(data: unknown): Member | undefined {
  const { id, user_info } = fieldsOf(parseData(fieldsOf(data)['user_data']));
  const known = idOf(id);
  return known === undefined || known === '' ? undefined : { id: known, info: user_info };
}

/**
 * Who we are on a presence channel, by the text that the application signed; undefined without one, where the server goes
 * by the sign-in. Throws a `SubscriptionError` for a text that names nobody.
 */
export function userIdOf(channel: string, channelData: string | undefined): string | undefined {
  if (channelData === undefined) return undefined;
  const id = idOf(fieldsOf(parseData(channelData))['user_id']);
  if (id !== undefined) return id;
  throw new SubscriptionError(
    `The authorization of "${channel}" has a \`channel_data\` without a \`user_id\`: nobody can be a member as that.`,
    { channel },
  );
}
