import { webSocketLink } from '../../src/link/web-socket';
import { openSecretBox } from '../../src/testing/cryptography';
import type { MemorySocket } from '../../src/testing/memory-socket';
import type { FrameLink } from '../../src/transport-port';
import { socketClass } from './socket-class';

/** In the place of the testing kit's own link: the one over the platform's WebSocket, whose sockets are in memory. */
export function MemoryLink(connect: () => MemorySocket): FrameLink {
  const link = webSocketLink({ WebSocket: socketClass(connect) })({
    key: 'key',
    pusherOptions: { wsHost: 'memory.test' },
  });
  // The scenarios about encryption need what pusher-js would bring.
  return Object.assign(link, { cryptography: () => ({ secretbox: { open: openSecretBox } }) });
}
