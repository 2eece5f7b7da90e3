import { ConfigurationError } from '../index';
import { checkClient, checkOptions, createLegacyService } from './service';
import type { LegacyService, LegacyServiceClient, LegacyServiceOptions } from './service-surface';

/** What `new PusherService(…)` takes: what old code has there, and what it could not know of. */
export interface PusherServiceOptions extends LegacyServiceOptions {
  /** Drives it. Default: what `PusherService.use` was given. */
  readonly client?: LegacyServiceClient;
  /** Options of old code that its client has itself: addresses, retries, heartbeats. Named once in the console, and not used. */
  readonly [old: string]: unknown;
}

/** The class of the old service: `new PusherService({ debug: true })`. Its functions may be passed around without it. */
export interface PusherService extends LegacyService {}

/** What `PusherService` is, beside its name. */
export interface PusherServiceClass {
  /**
   * Makes a service. Does nothing yet: the client is looked for when the service is first used, so that modules may make theirs
   * before the application has called `use`. Throws a `ConfigurationError` for options that cannot work.
   */
  new (options?: PusherServiceOptions): PusherService;
  /** Says, once for all that are made without a `client` of their own, what drives them, and the options that they have in common. Throws as the constructor does. */
  use(client: LegacyServiceClient, options?: LegacyServiceOptions): void;
  /** What its services inherit. */
  readonly prototype: PusherService;
}

const promising = ['connect', 'send', 'refreshToken', 'refreshTokenAndReconnect'] as const;
const others = [
  'disconnect',
  'subscribe',
  'unsubscribe',
  'on',
  'off',
  'onStateChange',
  'onConnectionStatusChange',
  'onError',
  'onTokenRefresh',
  'onStatsChange',
  'getState',
  'getStats',
  'isConnected',
] as const;
const ours = ['client', 'channel', 'token', 'sendAs', 'debug', 'clock'];

/** The old service as a class, for code that makes its own: another import is all that changes in it. */
// Made by a call, so that bundlers can leave it out.
export const PusherService: PusherServiceClass = /* @__PURE__ */ definePusherService();

function definePusherService(): PusherServiceClass {
  let shared: { readonly client: LegacyServiceClient; readonly options: LegacyServiceOptions } | undefined;

  class Service {
    static use(client: LegacyServiceClient, options: LegacyServiceOptions = {}): void {
      checkClient(client);
      checkOptions(options);
      shared = { client, options };
    }

    constructor(options: PusherServiceOptions = {}) {
      checkOptions(options);
      if (options.client !== undefined) checkClient(options.client);
      const unused = Object.keys(options).filter((name) => !ours.includes(name));
      if (unused.length > 0) {
        console.warn(
          `PusherService does not use ${unused.join(', ')}: see to it in the options of its RealtimeClient.`,
        );
      }
      let made: LegacyService | undefined;
      const service = (): LegacyService => {
        made ??= makeService(options, shared);
        return made;
      };
      for (const name of others) {
        const call = (...words: unknown[]): unknown => Reflect.apply(service()[name], undefined, words);
        Object.defineProperty(this, name, { value: call, enumerable: true });
      }
      for (const name of promising) {
        const call = (...words: unknown[]): unknown => {
          try {
            return Reflect.apply(service()[name], undefined, words);
          } catch (error) {
            // Nobody need wait for what these promise, and nobody listens yet.
            console.error(error);
            const failed = Promise.reject(error);
            failed.catch(() => {});
            return failed;
          }
        };
        Object.defineProperty(this, name, { value: call, enumerable: true });
      }
    }
  }

  // Its functions are there, where the compiler does not see them.
  return Service as unknown as PusherServiceClass;
}

function makeService(
  { client: own, ...options }: PusherServiceOptions,
  shared: { readonly client: LegacyServiceClient; readonly options: LegacyServiceOptions } | undefined,
): LegacyService {
  const client = own ?? shared?.client;
  if (client === undefined) {
    throw new ConfigurationError(
      'PusherService has no client: call PusherService.use(client) where the application starts, or pass { client } to its constructor.',
    );
  }
  return createLegacyService(client, { ...shared?.options, ...options });
}
