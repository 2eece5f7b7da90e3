import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { backendAuth, type DeprecationNotice, recoverFromHistory, userEndpoint } from '../../src/index';
import { createTestClient, type TestClient } from '../../src/testing/index';

const made: TestClient[] = [];
afterEach(() => {
  for (const { client } of made.splice(0)) client.destroy();
});

it('each endpoint is told of once, whatever asked it and however often, history included', async () => {
  const authorization = 'http://surewire.test/pusher/auth';
  const all: TestClient = createTestClient({
    server: {
      headers: {
        deprecation: '@1735689600',
        sunset: '2026-01-11',
        link: '</docs/migrating>; rel="deprecation"',
      },
    },
    // Two ways to one address.
    auth: backendAuth({
      endpoint: authorization,
      user: userEndpoint(authorization),
      token: () => all.server.issueToken(),
    }),
    recover: recoverFromHistory({ endpoint: 'http://surewire.test/realtime/history' }),
  });
  made.push(all);
  const { client, server, clock } = all;
  const notices: DeprecationNotice[] = [];
  client.on('error', () => {});
  client.on('deprecation', (notice) => notices.push(notice));
  client.channel('private-a').on('said', () => {});
  client.channel('private-b').on('said', () => {});
  await clock.advance(1_000);
  for (let outage = 0; outage < 2; outage += 1) {
    server.drop();
    await clock.advance(30_000);
    void client.publish('private-a', 'said', outage).catch(() => {});
    await clock.advance(1_000);
  }
  expect(notices.map(({ endpoint }) => endpoint).sort()).toEqual([
    authorization,
    'http://surewire.test/realtime/history',
    'http://surewire.test/realtime/trigger',
  ]);
  expect(notices[0]).toEqual({
    endpoint: authorization,
    since: Date.UTC(2025, 0, 1),
    sunset: Date.UTC(2026, 0, 11),
    daysLeft: 10,
    link: '/docs/migrating',
  });
});

it('with nobody to tell, the console is warned once an endpoint, without what its query says', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  onTestFinished(() => warn.mockRestore());
  const authorization = 'http://surewire.test/pusher/auth?key=hidden';
  const all: TestClient = createTestClient({
    server: {
      headers: {
        deprecation: 'true',
        sunset: '2026-01-11',
        link: `</docs/migrating>; rel="deprecation", </v2/${'x'.repeat(250)}>; rel="successor-version"`,
      },
    },
    auth: backendAuth({ endpoint: authorization, token: () => all.server.issueToken() }),
  });
  made.push(all);
  const { client, clock } = all;
  client.channel('private-a').on('said', () => {});
  client.channel('private-b').on('said', () => {});
  await clock.advance(1_000);
  const messages = (): string[] => warn.mock.calls.map(([message]) => String(message));
  expect(messages()).toEqual([
    `surewire: http://surewire.test/pusher/auth is deprecated and will be gone in 10 days. Use /v2/${'x'.repeat(196)}… instead. See /docs/migrating. Listen to the client's "deprecation" event to handle this yourself.`,
  ]);
  await client.publish('private-a', 'said', 1);
  await client.publish('private-a', 'said', 2);
  expect(messages()).toHaveLength(2);
  expect(messages()[1]).toMatch(/^surewire: http:\/\/surewire\.test\/realtime\/trigger is deprecated/);
});
