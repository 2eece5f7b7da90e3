import { type EndpointSurroundings, endpointSettings } from '../backend/endpoint';
import { HttpUserAuthenticator } from '../backend/http-user';
import { SignIn } from '../backend/sign-in';
import { ConfigurationError } from '../errors';
import type { ClientContext, UserSession } from '../slots';
import type { BackendAuthOptions } from './backend-auth';

/** What `userEndpoint()` makes. */
export interface UserEndpointValue {
  /** Which slot it is for. */
  readonly slot: 'user';
  /** @internal */
  open(parts: {
    readonly context: ClientContext;
    readonly options: BackendAuthOptions;
    readonly surroundings: EndpointSurroundings;
  }): UserSession;
}

/**
 * The address that says who the user of a connection is, such as `/pusher/user-auth`; asked in the same way as the endpoint of
 * `backendAuth`. With it each connection is signed in. For `backendAuth({ user })`.
 */
export function userEndpoint(endpoint: string): UserEndpointValue {
  if (typeof endpoint !== 'string' || endpoint.trim() === '') {
    throw new ConfigurationError(
      "`userEndpoint(address)` got no address: pass that of your backend's endpoint for users.",
    );
  }
  return {
    slot: 'user',
    open: ({ context, options, surroundings }) => {
      const { transport, clock, random, reports, recorder, emitter } = context;
      // pusher-js takes the server's answer for one to a sign-in of its own, which it was never asked for, and throws.
      if (transport.signIn === undefined) {
        throw new ConfigurationError(
          'This transport signs in by itself, or not at all: leave out `userEndpoint`. Where you pass an instance of pusher-js, pass its class as `Pusher` instead.',
        );
      }
      const settings = { ...endpointSettings({ ...options, endpoint }), format: options.format ?? 'form' };
      return new SignIn({
        authenticator: new HttpUserAuthenticator(settings, surroundings),
        transport,
        clock,
        random,
        onListen: context.wantConnection,
        onMessage: (message, length) => {
          recorder?.received(message.channel, length, message.receivedAt);
          emitter.emit('message', message);
        },
        report: (error) => reports.error(error),
        reportThrown: (cause, event) => reports.thrown(cause, event),
      });
    },
  };
}
