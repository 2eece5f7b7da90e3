// Tokens and payloads go where they must, and show nowhere else.
import { afterEach, expect, test } from 'vitest';
import { backendAuth, RealtimeClient, type RealtimeError } from '../../src/index';
import { createManualClock, createTestServer } from '../../src/testing/index';

const ends: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Everything an error shows to whoever prints it. */
function shown(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const fields = JSON.stringify({ ...error });
  const cause = error.cause === undefined ? '' : shown(error.cause);
  return [error.message, error.stack, fields, cause].join('\n');
}

test('no token and no payload in anything that was emitted, through every kind of trouble', async () => {
  const tokens: string[] = [];
  const payload = 'the-payload-nobody-may-see';
  const emitted: string[] = [];
  const errors: RealtimeError[] = [];
  const clock = createManualClock();
  const server = createTestServer({ clock, authorize: ({ channel }) => channel !== 'private-forbidden' });
  const client = new RealtimeClient({
    ...server.options,
    auth: backendAuth({
      endpoint: server.endpoints.auth,
      token: () => {
        const token = server.issueToken({ userId: `user-${tokens.length}`, expiresIn: 60_000 });
        tokens.push(token);
        return token;
      },
    }),
  });
  ends.push(() => client.destroy());
  client.on('log', (entry) => emitted.push(JSON.stringify(entry)));
  client.on('error', (error) => {
    errors.push(error);
    emitted.push(shown(error));
  });
  client.on('rejected', (error) => emitted.push(shown(error)));
  // The message beside it has its payload, which is what it is for.
  client.on('acknowledged', (acknowledgement) => emitted.push(JSON.stringify(acknowledgement)));
  client.on('gap', (gap) => emitted.push(JSON.stringify(gap)));
  client.status.subscribe((status) => emitted.push(JSON.stringify(status)));
  client.statistics.subscribe((statistics) => emitted.push(JSON.stringify(statistics)));

  const stopRejecting = [server.rejectAuth(503, 2), server.rejectAuth(401, 1), server.rejectTrigger(500, 2)];
  client.channel('private-room').on('note', () => {
    throw new Error('a listener of the application');
  });
  client.channel('private-forbidden').hold();
  const published = [
    client.publish('private-room', 'note', { text: payload }),
    client.publish('private-room', 'client-note', { text: payload }),
    client.publish('private-room', 'note', { text: payload.repeat(1_000) }),
  ].map((promise) => promise.catch((error: unknown) => emitted.push(shown(error))));
  await clock.advance(30_000);
  server.trigger('private-room', 'note', { text: payload });
  server.drop();
  await clock.advance(30_000);
  server.rejectTrigger(403, 1);
  published.push(
    client
      .publish('private-room', 'note', { text: payload })
      .catch((error: unknown) => emitted.push(shown(error))),
  );
  await clock.advance(120_000);
  await Promise.all(published);
  for (const stop of stopRejecting) stop();

  // The trouble was real, and was told.
  expect(tokens.length).toBeGreaterThan(2);
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['subscription', 'listener']));
  expect(emitted.length).toBeGreaterThan(50);
  const everything = emitted.join('\n');
  for (const token of tokens) {
    const [, claims = '', signature = ''] = token.split('.');
    for (const part of [token, claims, signature]) expect(everything).not.toContain(part);
  }
  expect(everything).not.toContain(payload);
  // Addresses are written down by proxies and browsers.
  const addresses = server.requests.map(({ path }) => path).join('\n');
  for (const token of tokens) expect(addresses).not.toContain(token);
  expect(server.requests.some(({ authorized }) => authorized)).toBe(true);
});
