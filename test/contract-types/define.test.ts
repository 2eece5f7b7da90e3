import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type DefinitionMap, defineChannels, event, presence } from '../../src/contract/define';
import { checkPublished } from '../../src/contract/published';
import { type ResolvedChannel, resolveChannel } from '../../src/contract/resolution';
import { ConfigurationError, ValidationError } from '../../src/errors';

const channels = defineChannels({
  'content-generation-{id}': {
    progress: event<{ progress: number }>(),
    complete: z.object({ contentId: z.string(), at: z.string().transform(Number) }),
  },
  'private-plugin-{id}': { command: event<{ run: string }>(), 'client-cursor': event<{ x: number }>() },
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

describe('defining channels', () => {
  it.each([
    [{ 'user-{id}': {}, 'user-{userId}': {} }, '"user-{id}" and "user-{userId}" match the same names'],
    [{ 'user-{id': {} }, 'not written like {id}'],
    [{ 'user-{}': {} }, 'not written like {id}'],
    [{ 'user-{a b}': {} }, 'not written like {id}'],
    [{ 'user-{id}-{id}': {} }, 'two parameters named {id}'],
    [{ '{a}{b}': {} }, 'no text between two parameters'],
    [{ 'user/{id}': {} }, 'must not contain "/"'],
    [{ 'user-id}': {} }, 'must not contain "}"'],
    [{ [`${'x'.repeat(164)}{id}`]: {} }, 'leaves no room'],
    [{ '': {} }, 'needs a name'],
    [{ 'private-': {} }, 'no name after it'],
    [{ a: null }, 'must be an object of events'],
    [{ a: { b: Number } }, 'The event "b" of "a" is neither'],
    [{ a: { b: null } }, 'The event "b" of "a" is neither'],
    [{ 'private-room': presence()({}) }, 'not a presence channel'],
  ])('refuses %j', (definitions, reason) => {
    const define = () => defineChannels(definitions as unknown as DefinitionMap);
    expect(define).toThrow(ConfigurationError);
    expect(define).toThrow(reason);
  });

  it('keeps what it was given, and keeps it as it is', () => {
    const definitions = { 'agent-status': { changed: event() } };
    expect(defineChannels(definitions).definitions).toBe(definitions);
  });
});

describe('checking payloads', () => {
  const generation = resolveChannel(channels, 'content-generation-42');

  it('gives listeners what the schema makes of a payload', () => {
    expect(checkReceived(generation, 'complete', { contentId: 'c', at: '12' })).toEqual({
      contentId: 'c',
      at: 12,
    });
  });

  it('lets through, untouched, what nobody described or only the compiler knows', () => {
    const payload = { progress: 'not a number' };
    expect(checkReceived(generation, 'progress', payload)).toBe(payload);
    expect(checkReceived(generation, 'added-by-the-server-later', payload)).toBe(payload);
  });

  it('has nothing to look up where no event has a schema', () => {
    expect(resolveChannel(channels, 'private-plugin-7').contract.check).toBeUndefined();
  });

  it('shares the contract between the channels of a pattern', () => {
    expect(resolveChannel(channels, 'content-generation-1').contract).toBe(generation.contract);
  });

  it('names channel, event and paths of a payload that does not fit, and never its content', () => {
    const schema = z.object({ users: z.array(z.object({ name: z.string(), age: z.number() })) });
    const resolved = resolveChannel(defineChannels({ room: { list: schema } }), 'room');
    const error = thrownBy(() =>
      checkReceived(resolved, 'list', {
        users: [
          { name: 'ok', age: 1 },
          { name: 7, age: 'SECRET' },
        ],
      }),
    );
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({
      channel: 'room',
      event: 'list',
      message: 'The payload of "list" on "room" does not fit its schema at "users.1.name", "users.1.age".',
      issues: [
        { path: ['users', 1, 'name'], message: expect.any(String) },
        { path: ['users', 1, 'age'], message: expect.any(String) },
      ],
    });
    expect(String(error)).not.toContain('SECRET');
    expect(JSON.stringify(error)).not.toContain('SECRET');
  });

  it.each([
    ['zod', z.object({ n: z.number() })],
    ['valibot', v.object({ n: v.number() })],
    ['arktype', type({ n: 'number' })],
  ])('understands %s', (_, schema) => {
    const resolved = resolveChannel(defineChannels({ room: { counted: schema } }), 'room');
    expect(checkReceived(resolved, 'counted', { n: 1 })).toEqual({ n: 1 });
    expect(thrownBy(() => checkReceived(resolved, 'counted', { n: 'x' }))).toMatchObject({
      name: 'ValidationError',
      issues: [{ path: ['n'] }],
    });
    expect(thrownBy(() => checkReceived(resolved, 'counted', 'x'))).toMatchObject({
      message: 'The payload of "counted" on "room" does not fit its schema at its root.',
    });
  });

  it('says so when a schema is asynchronous, and leaves no rejection behind', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const validate = () => Promise.reject(new Error('too late'));
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate } };
    const resolved = resolveChannel(defineChannels({ room: { e: schema } }), 'room');
    expect(() => checkReceived(resolved, 'e', 1)).toThrow(ConfigurationError);
    expect(() => checkReceived(resolved, 'e', 1)).toThrow('The schema of "e" on "room" is asynchronous');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['{}', {}],
    ['a list', []],
    ['a function', () => 1],
    ['a number', 5],
    ['nothing', undefined],
  ])('says so when a schema answers %s, instead of making nothing of the payload', (_, answer) => {
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: () => answer as never } };
    const resolved = resolveChannel(defineChannels({ room: { e: schema } }), 'room');
    expect(() => checkReceived(resolved, 'e', { n: 1 })).toThrow(
      'The schema of "e" on "room" threw, or answered neither { value } nor { issues }',
    );
  });

  it('keeps the error short, however much a stranger made wrong', () => {
    const issues = Array.from({ length: 50_000 }, (_, index) => ({
      message: 'm'.repeat(5_000),
      path: [`${'k'.repeat(5_000)}${index}`],
    }));
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: () => ({ issues }) } };
    const resolved = resolveChannel(defineChannels({ room: { e: schema } }), 'room');
    const error = thrownBy(() => checkReceived(resolved, 'e', 1)) as ValidationError;
    expect(error).toBeInstanceOf(ValidationError);
    expect(error.message.length).toBeLessThan(1_000);
    expect(error.issues).toHaveLength(100);
    expect(error.issues[0]?.message.length).toBeLessThan(600);
  });

  it('says so when a schema throws, with what it threw as the cause', () => {
    const bug = new TypeError('bug in the schema');
    const validate = () => {
      throw bug;
    };
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate } };
    const resolved = resolveChannel(defineChannels({ room: { e: schema } }), 'room');
    expect(thrownBy(() => checkReceived(resolved, 'e', 1))).toMatchObject({
      code: 'configuration',
      cause: bug,
    });
  });
});

describe('checking what is published', () => {
  const generation = resolveChannel(channels, 'content-generation-42');
  const plugin = resolveChannel(channels, 'private-plugin-7');

  it('takes what was described and fits', () => {
    expect(() => checkPublished(plugin, 'command', { run: 'build' })).not.toThrow();
    expect(() => checkPublished(plugin, 'client-cursor', { x: 1 })).not.toThrow();
    expect(() => checkPublished(generation, 'complete', { contentId: 'c', at: '12' })).not.toThrow();
  });

  it('wants the input of the schema, not its output', () => {
    expect(() => checkPublished(generation, 'complete', { contentId: 'c', at: 12 })).toThrow(ValidationError);
  });

  it('refuses an event that nobody described, and lists those that are', () => {
    expect(() => checkPublished(plugin, 'comand', 1)).toThrow(
      '"private-plugin-7" has no event "comand"; it has: command, client-cursor.',
    );
  });

  it.each([
    ['agent-status', 'public'],
    ['private-encrypted-letter-1', 'encrypted'],
  ])('refuses client events on %s, which is %s, described or not', (name, kind) => {
    expect(() => checkPublished(resolveChannel(undefined, name), 'client-typing', null)).toThrow(
      `need a private or presence channel, and this one is ${kind}`,
    );
  });

  it.each(['', 'x'.repeat(201), 'pusher:ping', 'pusher_internal:subscription_succeeded'])(
    'refuses the event name %j',
    (name) => {
      expect(() => checkPublished(resolveChannel(undefined, 'private-x'), name, null)).toThrow(
        ConfigurationError,
      );
    },
  );
});
