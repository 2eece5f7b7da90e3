import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineChannels, event, presence } from '../../src/contract/define';
import { checkPublished } from '../../src/contract/published';
import { type ResolvedChannel, resolveChannel } from '../../src/contract/resolution';
import { ConfigurationError, ValidationError } from '../../src/errors';

const channels = defineChannels({
  'content-generation-{id}': { progress: event<{ progress: number }>() },
  'private-plugin-{id}': { command: event<{ run: string }>() },
  'private-plugin-admin': { reload: event<null>() },
  'private-{area}-updates': { changed: event<null>() },
  'presence-classroom-{classId}': presence<{ name: string }>()({ 'hand-raised': event<null>() }),
  'chat-{room}.{thread}': { said: event<string>() },
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

/** What listeners get for a payload. */
const checkReceived = ({ name, contract }: ResolvedChannel, event: string, payload: unknown): unknown =>
  contract.check === undefined ? payload : contract.check(payload, { channel: name, event });

describe('resolving a name', () => {
  it('finds pattern, kind and parameters', () => {
    const resolved = resolveChannel(channels, 'presence-classroom-7b');
    expect(resolved).toMatchObject({
      name: 'presence-classroom-7b',
      kind: 'presence',
      pattern: 'presence-classroom-{classId}',
    });
    expect({ ...resolved.params }).toEqual({ classId: '7b' });
  });

  it.each([
    ['private-plugin-admin', 'private-plugin-admin'],
    ['private-plugin-admins', 'private-plugin-{id}'],
    ['private-user-updates', 'private-{area}-updates'],
    // Both match and neither is narrower: 16 literal characters beat 15.
    ['private-plugin-updates', 'private-{area}-updates'],
  ])('gives %s to the most specific pattern, %s', (name, pattern) => {
    expect(resolveChannel(channels, name).pattern).toBe(pattern);
  });

  it('prefers fewer parameters where the literal text is as long', () => {
    const tied = defineChannels({ '{a}.{b}-x': {}, 'a{b}-x': {} });
    expect(resolveChannel(tied, 'ab.c-x').pattern).toBe('a{b}-x');
  });

  it('reads parameters from left to right, each as short as it can be', () => {
    expect({ ...resolveChannel(channels, 'chat-a.b.c').params }).toEqual({ room: 'a', thread: 'b.c' });
    expect({ ...resolveChannel(channels, 'chat-..c').params }).toEqual({ room: '.', thread: 'c' });
  });

  it.each(['content-generation-', 'content-generation', 'chat-a.', 'chat-.b', 'Content-generation-1'])(
    'finds nothing for %s, and lists what there is',
    (name) => {
      const error = thrownBy(() => resolveChannel(channels, name));
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error).toHaveProperty('channel', name);
      expect(error).toHaveProperty(
        'message',
        expect.stringContaining('content-generation-{id}, private-plugin-{id}'),
      );
    },
  );

  it('never lets a parameter change the kind', () => {
    const open = defineChannels({ '{topic}-news': { said: event() }, 'private-{x}': { said: event() } });
    expect(resolveChannel(open, 'local-news').kind).toBe('public');
    expect(() => resolveChannel(open, 'presence-news')).toThrow('The channels have no "presence-news"');
    expect(() => resolveChannel(open, '{topic}-news', { topic: 'private-city' })).toThrow('another kind');
    expect(() => resolveChannel(open, 'private-{x}', { x: 'encrypted-y' })).toThrow('another kind');
  });

  it('comes to an answer where a backtracking matcher would outlast the test', () => {
    const greedy = defineChannels({ '{a}-{b}-{c}-{d}-{e}-{f}-{g}-{h}.': {} });
    for (let round = 0; round < 1000; round++) {
      expect(() => resolveChannel(greedy, '-'.repeat(164))).toThrow(ConfigurationError);
    }
  });

  it('takes any legal name when nothing was defined, and asks nothing of its events', () => {
    const resolved = resolveChannel(undefined, 'private-anything');
    expect(resolved).toMatchObject({ name: 'private-anything', kind: 'private' });
    expect(resolved).not.toHaveProperty('pattern');
    expect(resolved.contract.check).toBeUndefined();
    expect(() => checkPublished(resolved, 'whatever', 1)).not.toThrow();
    expect(() => resolveChannel(undefined, 'a/b')).toThrow(ConfigurationError);
  });

  it('is not fooled by names that objects inherit', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(() => resolveChannel(channels, name)).toThrow(`The channels have no "${name}"`);
      expect(() => resolveChannel(channels, `${name}-{id}`, { id: 1 })).toThrow(`have no "${name}-{id}"`);
      expect(() => checkPublished(resolveChannel(channels, 'private-plugin-1'), name, 1)).toThrow(
        'has no event',
      );
    }
    const own = defineChannels({ ['__proto__']: { ['__proto__']: z.number() } });
    const resolved = resolveChannel(own, '__proto__');
    expect(() => checkReceived(resolved, '__proto__', 'x')).toThrow(ValidationError);
  });

  it('keeps a parameter named __proto__ as a plain value', () => {
    const odd = defineChannels({ 'x-{__proto__}': {} });
    const { params } = resolveChannel(odd, 'x-1');
    expect(Object.entries(params)).toEqual([['__proto__', '1']]);
    expect(resolveChannel(odd, 'x-{__proto__}', { ['__proto__']: 2 }).name).toBe('x-2');
    expect(Object.prototype).not.toHaveProperty('1');
  });
});

describe('filling a pattern', () => {
  it('puts strings and numbers in as they are', () => {
    expect(resolveChannel(channels, 'content-generation-{id}', { id: 42 }).name).toBe(
      'content-generation-42',
    );
    expect(resolveChannel(channels, 'content-generation-{id}', { id: -1.5 }).name).toBe(
      'content-generation--1.5',
    );
    const chat = resolveChannel(channels, 'chat-{room}.{thread}', { room: 'a-b', thread: 'c@d' });
    expect(chat.name).toBe('chat-a-b.c@d');
    expect({ ...chat.params }).toEqual({ room: 'a-b', thread: 'c@d' });
  });

  it('works without definitions', () => {
    const resolved = resolveChannel(undefined, 'private-user-{id}', { id: 7 });
    expect(resolved).toMatchObject({ name: 'private-user-7', kind: 'private', pattern: 'private-user-{id}' });
    expect({ ...resolved.params }).toEqual({ id: '7' });
  });

  it.each([
    [undefined, "needs a value for {id}: channel('content-generation-{id}', { id: … })"],
    [{}, 'needs a value for {id}'],
    [Object.create({ id: 1 }), 'needs a value for {id}'],
    [{ id: 1, name: 2 }, 'has no parameter {name}; it has: {id}'],
    [{ id: '' }, 'The value of {id} in "content-generation-{id}" must be a finite number or a non-empty string'],
    [{ id: Number.NaN }, 'must be a finite number'],
    [{ id: Number.POSITIVE_INFINITY }, 'must be a finite number'],
    [{ id: null }, 'must be a finite number or a non-empty string'],
    [{ id: true }, 'must be a finite number or a non-empty string'],
    [{ id: {} }, 'must be a finite number or a non-empty string'],
    [{ id: 'a/b' }, 'The value of {id} in "content-generation-{id}" must not contain "/"'],
    [{ id: 'a b' }, 'must not contain " "'],
    [{ id: 'é' }, 'must not contain "é"'],
    [{ id: 1e21 }, 'must not contain "+"'],
    [{ id: 'x'.repeat(160) }, '164 is the limit'],
  ])('refuses %j: %s', (params, reason) => {
    const fill = () => resolveChannel(channels, 'content-generation-{id}', params as Record<string, string>);
    expect(fill).toThrow(ConfigurationError);
    expect(fill).toThrow(reason);
  });

  it('refuses parameters for a name that has none', () => {
    expect(() => resolveChannel(channels, 'private-plugin-admin', { id: 1 })).toThrow('it has: none');
    expect(resolveChannel(channels, 'private-plugin-admin', {}).name).toBe('private-plugin-admin');
  });

  it('refuses values that could not be read back from the name', () => {
    expect(() => resolveChannel(channels, 'chat-{room}.{thread}', { room: 'a.b', thread: 'c' })).toThrow(
      'cannot be told apart in "chat-a.b.c"',
    );
  });

  it('refuses a value that names the channel of a narrower pattern', () => {
    expect(() => resolveChannel(channels, 'private-plugin-{id}', { id: 'admin' })).toThrow(
      '"private-plugin-admin" belongs to the more specific "private-plugin-admin"',
    );
  });

  it('refuses a pattern that is not among the definitions', () => {
    expect(() => resolveChannel(channels, 'private-plugin-{pluginId}', { pluginId: 1 })).toThrow(
      'The channels have no "private-plugin-{pluginId}"',
    );
  });

  it('gives back the very values it took, or refuses them', async () => {
    const value = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.stringMatching(/^[\w.=@,;-]{1,12}$/),
      fc.double(),
      fc.integer(),
    );
    let taken = 0;
    await fc.assert(
      fc.property(value, value, (room, thread) => {
        try {
          const { name, params } = resolveChannel(channels, 'chat-{room}.{thread}', { room, thread });
          taken++;
          expect(name).toBe(`chat-${room}.${thread}`);
          expect({ ...params }).toEqual({ room: String(room), thread: String(thread) });
          expect({ ...resolveChannel(channels, name).params }).toEqual({ ...params });
        } catch (error) {
          if (!(error instanceof ConfigurationError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(20);
  });
});
