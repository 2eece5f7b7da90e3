import Pusher from 'pusher-js';
import { afterEach, beforeEach, vi } from 'vitest';
import { PusherLink, type PusherLinkSettings } from '../../src/link/pusher';
import type { PusherConstructor } from '../../src/link/pusher-module';
import { HandSocket } from './hand-socket';
import { recordTold, ToldLink } from './told-link';

/** pusher-js with what it keeps to itself. */
export const PusherClass = Pusher as unknown as PusherConstructor & {
  instances: unknown[];
  isReady: boolean;
  logToConsole: boolean;
  log: ((message: unknown) => void) | undefined;
  readonly Runtime: object;
};

/** Options of pusher-js for a server that the test is. */
export const pusherOptions = { cluster: '', wsHost: 'server.test', forceTLS: true };

/** Has every test of the file dial `HandSocket`s, with timers that the test moves. */
export function dialHandSockets(): void {
  beforeEach(() => {
    HandSocket.all = [];
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', HandSocket);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    PusherClass.log = undefined;
  });
}

/** A link with these settings. */
export function linkOver(settings: PusherLinkSettings): ToldLink {
  return new ToldLink(new PusherLink(settings));
}

/** A link over pusher-js, and what it tells. */
export function pusherLink(more: Readonly<Record<string, unknown>> = {}, key = 'key') {
  const link = linkOver({ key, pusherOptions: { ...pusherOptions, ...more }, Pusher: PusherClass });
  return { link, events: recordTold() };
}
