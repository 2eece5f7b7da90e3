import type { Clock } from '../index';
import type { TestAppOptions } from './app-options';
import type { ApplicationOptions } from './application-endpoints';
import type { Identifiers } from './identifiers';

/** How a test server is made. */
export interface TestServerOptions extends ApplicationOptions {
  /** Its apps. Default: one with the default of every option. */
  readonly apps?: readonly TestAppOptions[];
  /** Its time; see `createManualClock`. Default: the machine's. */
  readonly clock?: Clock;
  /** Where ids come from. Default `'random'`. */
  readonly ids?: Identifiers;
  /** The address under which `options`, `fetch` and `handlers()` know the server. Default `'http://surewire.test'`. */
  readonly origin?: string;
  /** Connections of all apps together, then 4100. Default: no limit. */
  readonly capacity?: number;
  /** The user of the tokens that `options` gives out. Default `'user-1'`. */
  readonly userId?: string;
  /** What sends webhooks. Default: the global `fetch`. */
  readonly webhookFetch?: typeof fetch;
}

/** Who a token is for, and how long it is good. */
export interface TokenRequest {
  /** The user. Default: the server's `userId`. */
  readonly userId?: string;
  /** How long the token is good, in milliseconds and not in seconds; negative for one that is expired. Default one hour. */
  readonly expiresIn?: number;
  /** What presence channels tell about the user. Default `{ name: userId }`. */
  readonly info?: unknown;
}

/** How `trigger` publishes, beyond what and where. */
export interface TriggerOptions {
  /** The id that receivers get as `message_id`. Default: the next one. */
  readonly id?: string;
  /** The connection that does not get it. */
  readonly socketId?: string;
  /** The key of the app. Default: the first app's. */
  readonly key?: string;
}
