import type { Stop } from 'surewire';
import type { DemoClient } from '../demo-client.ts';

/** One beat in so many milliseconds. */
const every = 2_000;

/** What a beat has measured, in milliseconds. */
export interface Beat {
  /** From publishing to the server's acknowledgement. */
  readonly acknowledgement?: number;
  /** From a question over the socket to its answer. */
  readonly roundTrip?: number;
}

/**
 * Asks the server for a sign of life, and publishes a tiny message, every two seconds while we are connected and the page is looked
 * at; tells what both took. An application measures its own messages instead.
 */
export function startPulse(client: DemoClient, userId: string, tell: (beat: Beat) => void): Stop {
  const channel = client.channel('private-user-{userId}', { userId });
  const timer = setInterval(() => {
    if (document.hidden || client.status.get().state !== 'connected') return;
    client
      .ping()
      .then((roundTrip) => tell({ roundTrip }))
      // One that was lost in a cut is no figure.
      .catch(() => {});
    channel
      .publish('pulse', {}, { expiresIn: every, keepRejected: false, replaces: 'pulse' })
      .then(({ latency }) => tell({ acknowledgement: latency }))
      .catch(() => {});
  }, every);
  return () => clearInterval(timer);
}
