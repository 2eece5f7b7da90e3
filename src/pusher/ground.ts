import type { Clock, RealtimeClient, UntypedChannels } from '../index';
import type { Dispatcher } from './dispatcher';

/** A client whose channels the face does not know: it takes names as they come. */
export type AnyClient = RealtimeClient<UntypedChannels>;

/** A client, and what its face cannot ask it. */
export interface FacedClient {
  readonly client: AnyClient;
  /** Whether connections are encrypted. */
  readonly tls: boolean;
  /** Signs the user in, on this connection and on those that follow. */
  readonly signin: () => void;
}

/** What the parts of a face stand on. */
export interface Ground extends FacedClient {
  readonly clock: Clock;
  /** The face itself. */
  readonly pusher: Dispatcher & {
    readonly connection: Dispatcher;
    subscribeAll(): void;
    send_event(event: string, data: unknown, channel?: string): boolean;
  };
  /** Told of each event that something is bound to: from the first that tells of errors on, the face hears those of the client. */
  readonly hear: (event?: string) => void;
  readonly key?: string | undefined;
  /** How long there may be no connection before it is called unavailable, in milliseconds. Default: 10,000. */
  readonly unavailableTimeout?: number | undefined;
}

/** An authorization that failed, as pusher-js tells it. */
export function authErrorOfPusher({
  message: error,
  status,
}: {
  readonly message: string;
  readonly status?: number | undefined;
}): object {
  return { type: 'AuthError', error, ...(status && { status }) };
}
