import { ProtocolTransport } from '../../src/link/transport';
import type { FrameLink, TransportSignal } from '../../src/transport-port';

/** What a link told, as the transport over it understood it. */
export interface Told {
  opened(socketId: string, idleLimit: number): void;
  frame(signal: TransportSignal): void;
  malformed(reason: string, bytes: number): void;
  closed(code?: number, reason?: string): void;
}

/** A link with the transport over it, for tests about the link. */
export class ToldLink {
  readonly #transport: ProtocolTransport;

  constructor(link: FrameLink) {
    this.#transport = new ProtocolTransport(link);
  }

  open(told: Told): void {
    this.#transport.open((signal) => {
      if (signal.type === 'opened') told.opened(signal.socketId, signal.idleLimit);
      else if (signal.type === 'malformed') told.malformed(signal.reason, signal.bytes);
      else if (signal.type === 'closed') told.closed(signal.code, signal.reason);
      else told.frame(signal);
    });
  }

  write(channel: string, event: string, data: unknown): boolean {
    return this.#transport.send(channel, event, data);
  }

  ping(): void {
    this.#transport.ping();
  }

  close(): void {
    this.#transport.close();
  }

  destroy(): void {
    this.#transport.destroy();
  }
}

/** A `Told` that writes everything down. */
export function recordTold(): Told & {
  readonly log: unknown[][];
  readonly frames: TransportSignal[];
  kinds(): unknown[];
} {
  const log: unknown[][] = [];
  const frames: TransportSignal[] = [];
  return {
    log,
    frames,
    kinds: () => log.map(([kind]) => kind),
    opened: (...values) => void log.push(['opened', ...values]),
    frame: (signal) => {
      frames.push(signal);
      log.push(['frame', 'event' in signal ? signal.event : signal.type]);
    },
    malformed: (...values) => void log.push(['malformed', ...values]),
    closed: (...values) => void log.push(['closed', ...values]),
  };
}
