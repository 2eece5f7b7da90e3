import { describe, expect, it } from 'vitest';
import { channelKind, checkChannelName } from '../../src/contract/name';
import { ConfigurationError } from '../../src/errors';

describe('the kind of a channel', () => {
  it.each([
    ['agent-status', 'public'],
    ['cache-scores', 'public'],
    ['privateer', 'public'],
    ['private-user-7', 'private'],
    ['private-cache-user-7', 'private'],
    ['private-encryptedish', 'private'],
    ['private-encrypted-letters', 'encrypted'],
    ['private-encrypted-cache-letters', 'encrypted'],
    ['presence-game-1', 'presence'],
    ['presence-cache-game-1', 'presence'],
  ])('of %s is %s', (name, kind) => {
    expect(channelKind(name)).toBe(kind);
  });
});

describe('a channel name', () => {
  it.each(['a', '42', '__proto__', 'constructor', 'a_b-c=d@e,f.g;h', 'x'.repeat(164)])(
    'may be %s',
    (name) => {
      expect(() => checkChannelName(name)).not.toThrow();
    },
  );

  it.each([
    ['', 'non-empty'],
    [undefined as unknown as string, 'non-empty'],
    ['a/b', '"/"'],
    ['orders:1', 'write "." or "-" there'],
    ['#server-to-user-1', '"#"'],
    ['a b', '" "'],
    ['a\nb', '"\\n"'],
    ['grüße', '"ü"'],
    ['party-🎉', '"🎉"'],
    ['user-{id}', '"{"'],
    ['x'.repeat(165), '165 characters; 164 is the limit'],
    ['private-', 'a prefix with no name after it'],
    ['presence-cache-', 'a prefix with no name after it'],
    ['private-encrypted-', 'a prefix with no name after it'],
    ['Private-user-7', 'Write "private-"'],
    ['PRESENCE-room', 'Write "presence-"'],
  ])('cannot be %j: the error says %s', (name, reason) => {
    expect(() => checkChannelName(name)).toThrow(ConfigurationError);
    expect(() => checkChannelName(name)).toThrow(reason);
  });
});
