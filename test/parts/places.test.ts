import { afterEach, describe, expect, test, vi } from 'vitest';
import { AuthenticationError } from '../../src/errors';
import {
  backendAuth,
  deliveryConfirmations,
  durable,
  encryption,
  memoryStorage,
  publishing,
  RealtimeClient,
  recoverFromHistory,
  sharedToken,
  statistics,
  userEndpoint,
  webSocketLink,
} from '../../src/index';
import { createMessageId } from '../../src/support/message-id';
import { createTestServer } from '../../src/testing/index';

afterEach(() => vi.unstubAllGlobals());

/** A place that forbids something while modules are evaluated. */
function forbidden(): never {
  throw new Error('Disallowed operation within global scope.');
}

describe('D4: a module of Cloudflare Workers', () => {
  test('may make a client with every part: nothing random is drawn, no signal and no socket is made', () => {
    vi.stubGlobal('AbortController', forbidden);
    vi.stubGlobal('WebSocket', forbidden);
    vi.stubGlobal('fetch', forbidden);
    vi.stubGlobal('setTimeout', forbidden);
    vi.stubGlobal('BroadcastChannel', forbidden);
    vi.stubGlobal('crypto', { randomUUID: forbidden, getRandomValues: forbidden });
    vi.spyOn(Math, 'random').mockImplementation(forbidden);
    const client = new RealtimeClient({
      key: 'key',
      host: 'ws.example.org',
      auth: backendAuth({
        endpoint: 'https://example.org/auth',
        token: () => 'token',
        share: sharedToken({ owner: 'ann' }),
        user: userEndpoint('https://example.org/user'),
      }),
      publish: publishing({
        endpoint: 'https://example.org/trigger',
        outbox: durable({ storage: memoryStorage(), owner: 'ann' }),
        confirm: deliveryConfirmations(),
      }),
      statistics: statistics(),
      encryption: encryption(),
      recover: recoverFromHistory({ endpoint: 'https://example.org/history' }),
      transport: webSocketLink(),
    });
    const channel = client.channel('private-news');
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    expect(channel.name).toBe('private-news');
    client.destroy();
  });
});

describe('D3: a place without `crypto`, such as React Native', () => {
  test('gives messages ids all the same, each its own', () => {
    vi.stubGlobal('crypto', undefined);
    const ids = Array.from({ length: 1_000 }, () => createMessageId());
    expect(new Set(ids).size).toBe(1_000);
    for (const id of ids)
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });
});

describe('H7: a session that is over', () => {
  test('is told by the status when publishing meets it, with nobody connected', async () => {
    const server = createTestServer();
    const client = new RealtimeClient({
      ...server.options,
      publish: publishing({
        publisher: {
          publish: async () => Promise.reject(new AuthenticationError('Sign in.', { status: 401 })),
        },
      }),
    });
    client.on('error', () => {});
    await expect(client.publish('news', 'headline', {})).rejects.toMatchObject({ code: 'authentication' });
    expect(client.status.get()).toMatchObject({ trouble: 'needs-sign-in' });
    client.destroy();
  });

  test('is the cause of a history that refuses', async () => {
    const recover = recoverFromHistory({ endpoint: 'https://example.org/history' });
    const recovered = recover({ channel: 'news', from: 1, to: 2 } as never, {
      signal: new AbortController().signal,
      fetch: async () => new Response('{"detail":"Signature has expired"}', { status: 401 }),
      clock: { now: () => 0, after: () => () => {} },
      credentials: { token: async () => 'token', renew: async () => 'token' },
      report: () => {},
    });
    await expect(recovered).rejects.toMatchObject({
      code: 'recovery',
      status: 401,
      cause: { code: 'authentication', status: 401 },
    });
  });
});
