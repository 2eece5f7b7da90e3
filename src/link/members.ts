import { fieldsOf, idIn, listIn, parseData } from '../support/json';
import type { WatchlistChange } from '../transport-port';
import type { Member } from '../types';

/** No presence channel has more members than this in one frame (Pusher's limit is 100): the rest of a list is not read. */
const mostMembers = 10_000;

/** The members in a presence channel's confirmation, each user once; hostile shapes give an empty list. */
export function membersOf(data: unknown): readonly Member[] {
  const { ids, hash } = fieldsOf(fieldsOf(data)['presence']);
  // A map, because a user may be called `__proto__`.
  const infos = new Map(Object.entries(fieldsOf(hash)));
  // From `ids`: an object puts ids that look like numbers first.
  const named = Array.isArray(ids) ? listIn(ids) : [...infos.keys()];
  const members = new Map<string, Member>();
  for (const each of named.slice(0, mostMembers)) {
    const id = idIn(each);
    if (id !== undefined) members.set(id, { id, info: infos.get(id) });
  }
  return [...members.values()];
}

/** The member in an event about one, if it is about anybody. */
export function memberOf(data: unknown): Member | undefined {
  const { user_id, user_info } = fieldsOf(data);
  const id = idIn(user_id);
  return id === undefined ? undefined : { id, info: user_info };
}

/** The user in the server's answer to a sign-in, whose data is the text that the application signed. */
export function signedInUser(data: unknown): Member | undefined {
  const { id, user_info } = fieldsOf(parseData(fieldsOf(data)['user_data']));
  const known = idIn(id);
  return known === undefined ? undefined : { id: known, info: user_info };
}

/** What a server tells of the users on a watchlist; hostile shapes tell nothing. */
export function watchlistChanges(data: unknown): readonly WatchlistChange[] {
  return listIn(fieldsOf(data)['events']).flatMap((event) => {
    const { name, user_ids: ids } = fieldsOf(event);
    if (typeof name !== 'string') return [];
    return [
      {
        name,
        userIds: listIn(ids)
          .map(idIn)
          .filter((id) => id !== undefined),
      },
    ];
  });
}
