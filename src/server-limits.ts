import { count, object } from './support/given';

/** What the server allows. */
export interface LimitOptions {
  /** The most UTF-8 bytes in a payload. Default: 10,240, Pusher's limit. */
  readonly payloadBytes?: number;
  /** The most client events in any second of a connection; `Infinity` where nobody counts. Default: 10, Pusher's limit. */
  readonly clientEventsPerSecond?: number;
}

/** Infinity, in a way that no bundler takes for a side effect: what is not imported is not in the bundle. */
const unlimited = 1 / 0;

/** Pusher Channels, whatever the plan. What surewire goes by when it is told nothing. */
export const pusherLimits: Required<LimitOptions> = {
  payloadBytes: 10_240,
  clientEventsPerSecond: 10,
};

/**
 * soketi 1.6 as it comes: `eventLimits.maxPayloadInKb` 100, `maxClientEventsPerSecond` of the app -1. With another number there,
 * write `{ ...soketiLimits, clientEventsPerSecond: 20 }`.
 */
export const soketiLimits: Required<LimitOptions> = {
  payloadBytes: 102_400,
  clientEventsPerSecond: unlimited,
};

/**
 * Laravel Reverb 1.10 as it comes: `max_message_size` and `max_request_size` 10,000, each counted with what surrounds the payload. A
 * signed request of a backend has some 600 bytes around it, and a backslash for each quote in it. `rate_limiting.enabled` false; where that
 * is on, it counts every frame of the connection.
 */
export const reverbLimits: Required<LimitOptions> = {
  payloadBytes: 9_000,
  clientEventsPerSecond: unlimited,
};

/**
 * Sockudo 5 as it comes: `websocket_max_payload_kb` 64 for a frame, names included (its HTTP API takes `event_limits.max_payload_in_kb`,
 * 100), `SOCKUDO_DEFAULT_APP_MAX_CLIENT_EVENTS_PER_SECOND` 100.
 */
export const sockudoLimits: Required<LimitOptions> = {
  payloadBytes: 65_000,
  clientEventsPerSecond: 100,
};

/** The limits to keep to. Throws a `ConfigurationError` for what can be none. */
export function resolveLimits(limits: LimitOptions = {}): Required<LimitOptions> {
  object(limits, 'limits: { payloadBytes, clientEventsPerSecond }');
  const limit = (name: keyof LimitOptions): number =>
    count(limits[name], `limits.${name}`, pusherLimits[name], true);
  return {
    payloadBytes: limit('payloadBytes'),
    clientEventsPerSecond: limit('clientEventsPerSecond'),
  };
}
