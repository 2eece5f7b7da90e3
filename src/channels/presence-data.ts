import { SubscriptionError } from '../errors';
import { fieldsOf, idIn, parseJson } from '../support/json';

/**
 * Who we are on a presence channel, by the text that the application signed; undefined without one, where the server goes
 * by the sign-in. Throws a `SubscriptionError` for a text that names nobody.
 */
export function userIdOf(channel: string, channelData: string | undefined): string | undefined {
  if (channelData === undefined) return undefined;
  const id = idIn(fieldsOf(parseJson(channelData))['user_id']);
  if (id !== undefined) return id;
  throw new SubscriptionError(
    `The authorization of "${channel}" has a \`channel_data\` without a \`user_id\`.`,
    { channel },
  );
}
