import { expect, test, vi } from 'vitest';
import { backendAuth, RealtimeClient } from '../../src/index';
import { createTestServer } from '../../src/testing/index';

test('E14: a token that comes with its scheme in front is sent with one', async () => {
  const server = createTestServer();
  const token = server.issueToken();
  const sent: (string | null)[] = [];
  const client = new RealtimeClient({
    ...server.options,
    auth: backendAuth({ endpoint: server.endpoints.auth, token: `Bearer ${token}` }),
    fetch: (address, init) => {
      sent.push(new Headers(init.headers).get('authorization'));
      return server.fetch(address, init);
    },
  });
  await client.channel('private-news').ready();
  expect(sent).toEqual([`Bearer ${token}`]);
  client.destroy();
});

test('H4: `debug: true` writes the log to the console, without tokens and payloads', async () => {
  const written: string[] = [];
  const spies = (['debug', 'info', 'warn'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((...words: unknown[]) => void written.push(words.join(' '))),
  );
  const server = createTestServer();
  const token = server.issueToken();
  const client = new RealtimeClient({
    ...server.options,
    debug: true,
    auth: backendAuth({ endpoint: server.endpoints.auth, token }),
  });
  await client.channel('private-news').ready();
  await client.publish('private-news', 'headline', { secret: 'a payload' });
  client.destroy();
  for (const spy of spies) spy.mockRestore();
  expect(written.join('\n')).toContain('surewire: Connected as');
  expect(written.join('\n')).not.toContain(token);
  expect(written.join('\n')).not.toContain('a payload');
});
