import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/index';
import { createManualClock, createTestServer, type MemorySocket } from '../../src/testing/index';

/** Everything that a socket tells, in order, from now on. */
function heardOf(socket: MemorySocket): string[] {
  const heard: string[] = [];
  for (const type of ['open', 'message', 'error', 'close'] as const)
    socket.addEventListener(type, ({ code = '' }) => heard.push(`${type}${code}`));
  return heard;
}

const settle = (): Promise<void> => createManualClock().settle();

describe('a socket in memory does as a browser does', () => {
  test('what fails says so once, and closes with 1006', async () => {
    const server = createTestServer();
    const stop = server.refuse('tcp');
    const heard = heardOf(server.connect());
    await settle();
    stop();
    expect(heard).toEqual(['error', 'close1006']);
  });

  test('who closes it before it is open has it fail, and the server never hears of it', async () => {
    const server = createTestServer();
    const socket = server.connect();
    const heard = heardOf(socket);
    socket.close();
    expect(socket.readyState).toBe(2);
    await settle();
    expect(heard).toEqual(['error', 'close1006']);
    expect(server.connections).toEqual([]);
  });

  test('who sends before it is open is told; who sends after the end is not', async () => {
    const socket = createTestServer().connect();
    expect(() => socket.send('{}')).toThrow(ConfigurationError);
    await settle();
    socket.send('{"event":"pusher:ping","data":{}}');
    socket.close();
    socket.send('{}');
    await settle();
    socket.send('{}');
  });

  test('who closes it in its first listener hears a clean end', async () => {
    const server = createTestServer();
    const socket = server.connect();
    const heard = heardOf(socket);
    socket.onopen = () => socket.close(4321, 'enough');
    await settle();
    expect(heard).toEqual(['open', 'close4321']);
    expect(server.connections).toEqual([]);
  });

  test('a listener that throws keeps no other from hearing, and what it threw is found', async () => {
    const found: unknown[] = [];
    const find = (error: unknown): void => void found.push(error);
    process.on('unhandledRejection', find);
    const socket = createTestServer().connect();
    const heard = heardOf(socket);
    socket.onmessage = () => {
      throw new Error('a mistake');
    };
    await settle();
    socket.close();
    await settle();
    process.off('unhandledRejection', find);
    expect(heard).toEqual(['open', 'message', 'close1005']);
    expect(found).toMatchObject([{ message: 'a mistake' }]);
  });
});
