import type { Clock, RealtimeError } from '../index';
import { checkFunction } from './service-input';
import { legacyError } from './service-message';
import type { LegacyService, LegacyServiceClient } from './service-surface';

/** Who hears what goes wrong in the old service: what the client tells, and what is no event of the client's. */
export interface ServiceErrors {
  /** The service's `onError`. */
  readonly onError: LegacyService['onError'];
  /** Tells what nobody may be waiting for; writes it to the console when nobody listens. */
  readonly tell: (error: RealtimeError) => void;
  /** Tells of a `send` that failed, unless the client has told already. */
  readonly tellOfSend: (error: RealtimeError) => void;
}

/** The errors of a service on `client`. */
export function createServiceErrors(client: LegacyServiceClient, clock: Clock): ServiceErrors {
  const listeners = new Set<(error: RealtimeError) => void>();
  const told = new WeakSet<RealtimeError>();
  const note = (error: RealtimeError): void => void told.add(error);
  client.on('rejected', note);
  client.on('expired', note);
  const tell = (error: RealtimeError): void => {
    if (listeners.size === 0) console.error(error);
    for (const listener of [...listeners]) {
      try {
        listener(error);
      } catch (thrown) {
        console.error(thrown);
      }
    }
  };
  return {
    tell,
    tellOfSend: (error) => {
      // Who waited hears of the end of the wait, and whoever destroys the client knows what it does to messages.
      if (!told.has(error) && error.code !== 'timeout' && error.code !== 'aborted') tell(error);
    },
    onError: (listener) => {
      checkFunction(listener, 'onError(listener)');
      const hear = (error: RealtimeError): void => listener(legacyError(error, clock.now()));
      listeners.add(hear);
      const stops = [client.on('error', hear), client.on('rejected', hear), client.on('expired', hear)];
      return () => {
        listeners.delete(hear);
        for (const stop of stops) stop();
      };
    },
  };
}
