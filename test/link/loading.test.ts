import { afterEach, expect, test, vi } from 'vitest';
import { RealtimeClient } from '../../src/index';
import { HandSocket } from '../fakes/hand-socket';

const load = vi.hoisted(() => ({ failures: [] as unknown[], times: 0 }));

vi.mock('../../src/link/pusher-module', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/link/pusher-module')>();
  return {
    ...original,
    loadPusher: () => {
      load.times += 1;
      const failure = load.failures.shift();
      return failure === undefined ? original.loadPusher() : Promise.reject(failure);
    },
  };
});

afterEach(() => {
  vi.unstubAllGlobals();
  load.failures = [];
  load.times = 0;
});

test.each([
  'import() is disallowed on ServiceWorkerGlobalScope by the HTML specification.',
  'A dynamic import callback was invoked without --experimental-vm-modules',
])('where there is no import() the first dial is the last, and says what to do: %s', async (message) => {
  load.failures = [new TypeError(message), new TypeError(message)];
  const client = new RealtimeClient({ key: 'key', host: 'server.test' });
  client.on('error', () => {});
  await expect(client.connect()).rejects.toMatchObject({ code: 'configuration' });
  expect(client.status.get()).toMatchObject({
    state: 'failed',
    trouble: 'refused',
    reason: expect.stringMatching(/one file.*`pusher-js\/worker`.*webSocketLink/s),
  });
  expect(load.times).toBe(1);
  client.destroy();
});

test('in a service worker whatever import() throws means that, and no network brings it', async () => {
  // Whose only instance is the global object.
  const scope = Object.defineProperty(() => {}, Symbol.hasInstance, {
    value: (each: unknown) => each === globalThis,
  });
  vi.stubGlobal('ServiceWorkerGlobalScope', scope);
  load.failures = [new TypeError('error loading dynamically imported module')];
  const client = new RealtimeClient({ key: 'key', host: 'server.test' });
  client.on('error', () => {});
  await expect(client.connect()).rejects.toMatchObject({ code: 'configuration' });
  client.destroy();
});

test('a file that could not be fetched is fetched again at the next dial', async () => {
  vi.stubGlobal('WebSocket', HandSocket);
  load.failures = [new TypeError('Failed to fetch dynamically imported module: https://cdn.test/x.js')];
  const client = new RealtimeClient({ key: 'key', host: 'server.test' });
  const reasons: (string | undefined)[] = [];
  client.on('error', () => {});
  client.status.subscribe(({ reason }) => reasons.push(reason));
  void client.connect();
  await vi.waitFor(() => expect(HandSocket.all).toHaveLength(1), 60_000);
  HandSocket.last.welcome();
  expect(client.status.get()).toMatchObject({ state: 'connected', attempt: 2 });
  expect(reasons).toContainEqual(expect.stringContaining('could not be loaded'));
  client.destroy();
});
