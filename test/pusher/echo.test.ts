import Echo from 'laravel-echo';
import { afterEach, beforeEach, expect, test } from 'vitest';
import Pusher from '../../src/pusher/index';
import { createTestServer, type ListeningServer, type TestServer } from '../../src/testing/index';

let server: TestServer;
let listening: ListeningServer;
beforeEach(async () => {
  server = createTestServer({
    requireToken: true,
    authorize: ({ userId }) => ({ userInfo: { name: userId } }),
  } as never);
  listening = await server.listen();
});
afterEach(() => server.stop());

test('presence through a cut', async () => {
  const make = (userId: string) =>
    new Echo({
      broadcaster: 'reverb',
      Pusher,
      key: listening.options.key,
      wsHost: listening.options.host,
      wsPort: listening.port,
      forceTLS: false,
      authEndpoint: listening.options.auth.endpoint,
      auth: { headers: { Authorization: `Bearer ${server.issueToken({ userId })}` } },
    });
  const ada = make('ada');
  const log: unknown[] = [];
  ada
    .join('room')
    .here((members: unknown) => log.push(['here', members]))
    .joining((m: unknown) => log.push(['joining', m]))
    .leaving((m: unknown) => log.push(['leaving', m]))
    .listenForWhisper('typing', (m: unknown) => log.push(['whisper', m]));
  await expect.poll(() => log).toEqual([['here', [{ name: 'ada' }]]]);
  const ben = make('ben');
  const room = ben.join('room');
  await expect.poll(() => log.length).toBe(2);
  room.whisper('typing', { on: 1 });
  await expect.poll(() => log.length).toBe(3);
  server.drop();
  room.whisper('typing', { on: 2 });
  await expect.poll(() => log.length).toBe(5);
  console.log(JSON.stringify(log));
  ben.leave('room');
  await expect.poll(() => log.length).toBe(6);
  console.log(JSON.stringify(log));
  ada.disconnect();
  ben.disconnect();
});
