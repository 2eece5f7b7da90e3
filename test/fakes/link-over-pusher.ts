import Pusher from 'pusher-js';
import { PusherLink } from '../../src/link/pusher';
import { openSecretBox } from '../../src/testing/cryptography';
import type { MemorySocket } from '../../src/testing/memory-socket';
import type { FrameLink, FrameLinkEvents } from '../../src/transport-port';
import { socketClass } from './socket-class';

/** In the place of the testing kit's own link: the one over pusher-js, whose sockets are in memory. */
export class MemoryLink implements FrameLink {
  readonly #connect: () => MemorySocket;
  readonly #link: PusherLink;

  constructor(connect: () => MemorySocket) {
    this.#connect = connect;
    this.#link = new PusherLink({
      key: 'key',
      pusherOptions: { cluster: '', wsHost: 'memory.test' },
      Pusher,
    });
  }

  open(events: FrameLinkEvents): void {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
    // Dialling is synchronous, so nobody else ever sees it.
    const value = socketClass(this.#connect);
    Object.defineProperty(globalThis, 'WebSocket', { value, configurable: true, writable: true });
    try {
      this.#link.open(events);
    } finally {
      if (before === undefined) Reflect.deleteProperty(globalThis, 'WebSocket');
      else Object.defineProperty(globalThis, 'WebSocket', before);
    }
  }

  write(text: string): boolean {
    return this.#link.write(text);
  }

  close(): void {
    this.#link.close();
  }

  destroy(): void {
    this.#link.destroy();
  }

  cryptography(): unknown {
    return { secretbox: { open: openSecretBox } };
  }
}
