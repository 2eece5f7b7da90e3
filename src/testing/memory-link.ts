import type { FrameLink, FrameLinkEvents } from '../index';
import { openSecretBox } from './cryptography';
import type { MemorySocket } from './memory-socket';

/** A frame link without a network: the client's own protocol, spoken over a socket in memory. */
export class MemoryLink implements FrameLink {
  readonly #connect: () => MemorySocket;
  #socket: MemorySocket | undefined;

  /** `connect` opens a socket. */
  constructor(connect: () => MemorySocket) {
    this.#connect = connect;
  }

  open(events: FrameLinkEvents): void {
    this.close();
    const socket = this.#connect();
    this.#socket = socket;
    socket.onmessage = ({ data = '' }) => events.received(data, data.length);
    socket.onclose = ({ code, reason }) => {
      this.#socket = undefined;
      events.closed(code, reason === '' ? undefined : reason);
    };
  }

  write(text: string): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(text);
    return true;
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close(1000);
  }

  destroy(): void {
    this.close();
  }

  /** The part of NaCl that encrypted channels need. */
  cryptography(): unknown {
    return { secretbox: { open: openSecretBox } };
  }
}
