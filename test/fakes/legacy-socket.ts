import type { RealtimeError } from '../../src/index';
import { LegacySocket, type LegacySocketOptions } from '../../src/legacy/index';
import type { TestClient } from '../../src/testing/index';

/** The addresses of an application that had sockets of its own. */
export const routes = {
  '/ws/content?session={id}': 'content-generation-{id}',
  '/ws/plugin/{id}': 'private-plugin-{id}',
  '/ws/native': 'test-channel',
};

/** The address without a parameter. */
export const native = 'ws://old.example/ws/native';

/** What a socket tells that is lost. */
export const lost = ['error', { code: 1006, wasClean: false }];

/** A socket, with everything that it tells. */
export function dial(
  { client }: Pick<TestClient, 'client'>,
  address = native,
  options: LegacySocketOptions = {},
) {
  const errors: RealtimeError[] = [];
  const socket = new LegacySocket(address, undefined, {
    client,
    routes,
    onError: (error) => errors.push(error),
    ...options,
  });
  const told: unknown[] = [];
  socket.onopen = () => told.push('open');
  socket.onerror = () => told.push('error');
  socket.onmessage = ({ data }) => told.push(JSON.parse(data));
  socket.onclose = ({ code, wasClean }) => told.push({ code, wasClean });
  return { socket, told, errors };
}
