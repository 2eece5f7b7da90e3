import { describe, expect, it, test } from 'vitest';
import { ConfigurationError } from '../../src/index';
import { channelAt, type LegacyRoutes, looksOld, unrouted } from '../../src/legacy/routes';

const routes: LegacyRoutes = {
  '/ws/roblox': 'roblox-sync',
  '/ws/content?session={id}': 'content-generation-{id}',
  '/ws/content/{id}': 'content-generation-{id}',
  '/ws/plugin/{id}': 'private-plugin-{id}',
  '/ws/agent/{id}': 'agent-status',
  '/ws/analytics/realtime': 'analytics-realtime',
  'wss://other.example:8443/v1.0/{room}/{seat}': 'private-{room}-seat-{seat}',
};

describe('routes', () => {
  test.each([
    ['ws://host/ws/roblox', 'roblox-sync'],
    ['wss://host:8000/ws/roblox/?token=t', 'roblox-sync'],
    ['ws://host/ws/content?session=42', 'content-generation-42'],
    ['ws://host/ws/content?token=t&session=a.b%40c', 'content-generation-a.b@c'],
    ['ws://host/ws/content/42', 'content-generation-42'],
    ['ws://host/ws/plugin/a%3D1', 'private-plugin-a=1'],
    ['ws://host/ws/agent/7', 'agent-status'],
    ['wss://other.example:8443/v1.0/blue/3', 'private-blue-seat-3'],
  ])('%s leads to %s', (address, channel) => {
    expect(channelAt(routes, new URL(address))).toBe(channel);
  });

  test.each([
    'ws://host/ws',
    'ws://host/ws/roblox2',
    'ws://host/api/ws/roblox',
    'ws://host/ws/content',
    'ws://host/ws/content?session=',
    'ws://host/ws/content?other=42',
    'ws://host/ws/plugin/',
    'ws://host/ws/plugin/1/2',
    'wss://other.example/v1.0/blue/3',
    'wss://other.example:8443/v1x0/blue/3',
  ])('%s leads nowhere', (address) => {
    expect(channelAt(routes, new URL(address))).toBeUndefined();
  });

  test('an escape that is none is taken as it is', () => {
    expect(channelAt(routes, new URL('ws://host/ws/plugin/%zz'))).toBe('private-plugin-%zz');
  });

  it.each<LegacyRoutes>([
    { 'ws/roblox': 'roblox-sync' },
    { '': 'roblox-sync' },
    { '/ws/{id}/{id}': 'a-{id}' },
    { '/ws/plugin': 'private-plugin-{id}' },
    { 'ftp://host/ws': 'a' },
    { '/ws/roblox': '' },
    { '/ws/roblox': 7 as never },
  ])('%o cannot be read', (wrong) => {
    expect(() => channelAt(wrong, new URL('ws://host/ws'))).toThrow(ConfigurationError);
  });

  it('may be functions of the address, of which the first that names a channel counts', () => {
    const lesson = { id: 42 };
    const functions: LegacyRoutes = {
      '/ws/content': (address) => {
        const session = address.searchParams.get('session');
        return session === null ? undefined : `content-generation-${session}`;
      },
      '/ws/content/': () => `content-generation-${lesson.id}`,
      '/ws/any/{id}': ({ pathname }) => pathname.slice('/ws/any/'.length),
    };
    expect(channelAt(functions, new URL('ws://localhost:8009/ws/content?session=7'))).toBe(
      'content-generation-7',
    );
    expect(channelAt(functions, new URL('ws://localhost:8009/ws/content'))).toBe('content-generation-42');
    lesson.id = 43;
    expect(channelAt(functions, new URL('ws://localhost:8009/ws/content'))).toBe('content-generation-43');
    expect(channelAt(functions, new URL('ws://host/ws/any/news'))).toBe('news');
  });

  it.each([() => 7, () => ({}), () => Promise.resolve('a'), () => JSON.parse('no JSON')])(
    'that are functions and give no name are told: %s',
    (route) => {
      const wrong = { '/ws/content': route as () => string };
      expect(() => channelAt(wrong, new URL('ws://host/ws/content'))).toThrow(/returned no channel name/);
      expect(() => channelAt(wrong, new URL('ws://host/ws/content'))).toThrow(ConfigurationError);
    },
  );

  test.each([
    ['ws://localhost:8009/ws/content', true],
    ['ws://host/ws/plugin/', true],
    ['ws://host/ws/unheard-of', true],
    ['wss://other.example:8443/v1.0/blue', true],
    ['ws://host/v1.0/blue', false],
    ['ws://localhost:5173/?token=hot-reload', false],
    ['ws://host/graphql', false],
  ])('%s looks like an old address: %s', (address, expected) => {
    expect(looksOld(routes, new URL(address))).toBe(expected);
  });

  test.each([
    [
      'ws://localhost:8009/ws/content?token=secret',
      "No route leads from \"/ws/content\" to a channel: it lacks the parameter of '/ws/content?session={id}' and '/ws/content/{id}'. Add a line to the routes: '/ws/content': () => 'content-generation-…'.",
    ],
    [
      'ws://host/ws/plugin/',
      "No route leads from \"/ws/plugin/\" to a channel: it lacks the parameter of '/ws/plugin/{id}'. Add a line to the routes: '/ws/plugin/': () => 'private-plugin-…'.",
    ],
    [
      'ws://host/ws/unheard-of',
      "No route leads from \"/ws/unheard-of\" to a channel. If one should, add a line to the routes: '/ws/unheard-of': 'its-channel'.",
    ],
  ])('%s is told with the line to write, and without its query', (address, message) => {
    expect(unrouted(routes, new URL(address)).message).toBe(message);
  });
});
