import { ConfigurationError } from '../errors';
import type { ChannelKind } from '../types';

/** What the prefix of `Name` makes of a channel; any kind when the compiler does not know the name. */
export type KindOf<Name extends string> = string extends Name
  ? ChannelKind
  : Name extends `private-encrypted-${string}`
    ? 'encrypted'
    : Name extends `private-${string}`
      ? 'private'
      : Name extends `presence-${string}`
        ? 'presence'
        : 'public';

/** The longest name that Pusher takes, prefix included. */
export const longestChannelName = 164;

const allowedCharacters = 'A-Z a-z 0-9 _ - = @ , . ;';
const refusedCharacter = /[^A-Za-z0-9_\-=@,.;]/u;
const kindPrefix =
  /^(private-encrypted-cache-|private-encrypted-|(private-|presence-)?cache-|private-|presence-)/i;

/** What the prefix of `name` makes of the channel. */
export function channelKind(name: string): ChannelKind {
  if (name.startsWith('private-encrypted-')) return 'encrypted';
  if (name.startsWith('private-')) return 'private';
  if (name.startsWith('presence-')) return 'presence';
  return 'public';
}

/** Throws a `ConfigurationError` that says what is wrong, when no Pusher server would take `name`. */
export function checkChannelName(name: string): void {
  if (typeof name !== 'string' || name === '') {
    throw new ConfigurationError('A channel needs a name: a non-empty string.');
  }
  checkCharacters(name, `The channel name "${name}"`);
  if (name.length > longestChannelName) {
    throw new ConfigurationError(
      `The channel name "${name.slice(0, 40)}…" has ${name.length} characters; ${longestChannelName} is the limit, prefix included.`,
      { channel: name },
    );
  }
  const prefix = kindPrefix.exec(name)?.[0];
  if (prefix === undefined) return;
  if (prefix !== prefix.toLowerCase()) {
    // Legal, but public: everybody with the app key could read what its author takes for private.
    throw new ConfigurationError(
      `The channel name "${name}" begins with "${prefix}", which makes it a public channel. Write "${prefix.toLowerCase()}".`,
      { channel: name },
    );
  }
  if (prefix.length === name.length) {
    throw new ConfigurationError(`The channel name "${name}" is a prefix with no name after it.`, {
      channel: name,
    });
  }
}

/** Throws a `ConfigurationError` when `text` holds a character that channel names must not have; `subject` begins its message. */
export function checkCharacters(text: string, subject: string): void {
  const character = refusedCharacter.exec(text)?.[0];
  if (character === undefined) return;
  throw new ConfigurationError(
    `${subject} must not contain ${JSON.stringify(character)}. Channel names take ${allowedCharacters} only, also on servers that take more: write "." or "-" there.`,
  );
}
