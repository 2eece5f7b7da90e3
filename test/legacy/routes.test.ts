import { describe, expect, it, test } from 'vitest';
import { ConfigurationError } from '../../src/index';
import { addressOf, channelAt, type LegacyRoutes } from '../../src/legacy/routes';

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

  test('lead back by the first address whose parameters the channel tells', () => {
    expect(addressOf(routes, 'content-generation-a.b@c')).toBe('/ws/content?session=a.b%40c');
    expect(addressOf(routes, 'private-blue-seat-3')).toBe('wss://other.example:8443/v1.0/blue/3');
    expect(addressOf(routes, 'agent-status')).toBeUndefined();
    expect(addressOf({ ...routes, '/ws/agent/all': 'agent-status' }, 'agent-status')).toBe('/ws/agent/all');
    expect(addressOf(routes, 'private-plugin-')).toBeUndefined();
  });

  it.each<LegacyRoutes>([
    { 'ws/roblox': 'roblox-sync' },
    { '': 'roblox-sync' },
    { '/ws/{id}/{id}': 'a-{id}' },
    { '/ws/plugin': 'private-plugin-{id}' },
    { 'ftp://host/ws': 'a' },
  ])('%o cannot be read', (wrong) => {
    expect(() => channelAt(wrong, new URL('ws://host/ws'))).toThrow(ConfigurationError);
  });
});
