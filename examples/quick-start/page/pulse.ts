import type { Stop } from 'surewire';
import type { DemoClient } from '../demo-client.ts';

/** One beat in so many milliseconds. */
const every = 2_000;

/** What a beat has measured, in milliseconds. */
export interface Beat {
  /** From publishing to the server's acknowledgement. */
  readonly acknowledgement?: number;
  /** From publishing until it came back to us over the socket. */
  readonly roundTrip?: number;
}

/**
 * Sends a tiny message to ourselves every two seconds while we are connected and the page is looked at, and tells what it took:
 * an application measures its own messages instead.
 */
export function startPulse(client: DemoClient, userId: string, tell: (beat: Beat) => void): Stop {
  const channel = client.channel('private-user-{userId}', { userId });
  const tab = crypto.getRandomValues(new Uint32Array(2)).join('-');
  const stop = channel.on('pulse', ({ sentAt }) => tell({ roundTrip: performance.now() - sentAt }), {
    filter: (beat) => beat.tab === tab,
  });
  const timer = setInterval(() => {
    if (document.hidden || client.status.get().state !== 'connected') return;
    channel
      .publish(
        'pulse',
        { tab, sentAt: performance.now() },
        { expiresIn: every, keepRejected: false, replaces: 'pulse' },
      )
      .then(({ latency }) => tell({ acknowledgement: latency }))
      // One that was lost in a cut is no figure.
      .catch(() => {});
  }, every);
  return () => {
    stop();
    clearInterval(timer);
  };
}
