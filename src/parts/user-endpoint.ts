import type { EndpointSurroundings, RequestFields } from '../backend/endpoint';
import { HttpUserAuthenticator } from '../backend/http-user';
import { SignIn } from '../backend/sign-in';
import { ConfigurationError } from '../errors';
import type { ClientContext, UserSession } from '../slots';
import { aborted } from '../support/deadline';
import { text, unknownOption } from '../support/given';
import { type BackendAuthOptions, checkRequests } from './backend-auth';

/** How the application is asked who the user of a connection is. What is left out is as in `backendAuth`. */
export interface UserEndpointOptions {
  /** The address that says who it is, such as `/pusher/user-auth`. */
  readonly endpoint: string;
  /** Added to the request's headers: values, or a function that is asked before each request (CSRF). */
  readonly headers?: RequestFields | undefined;
  /** Added to the request's body. */
  readonly params?: RequestFields | undefined;
  /** Nobody is signed in before this has resolved, such as when it turns out later that there is a user. Default: at once. */
  readonly when?: Promise<unknown> | undefined;
}

const known = 'endpoint headers params when';

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
 * `backendAuth` unless its own options say otherwise. With it each connection is signed in. For `backendAuth({ user })`.
 */
export function userEndpoint(address: string | UserEndpointOptions): UserEndpointValue {
  const own: UserEndpointOptions =
    typeof address === 'object' && address !== null ? address : { endpoint: address };
  const { endpoint, when } = own;
  text(endpoint, 'userEndpoint(address)', "the address of your backend's endpoint for users");
  checkRequests(own, 'user');
  return {
    slot: 'user',
    open: ({ context, options, surroundings }) => {
      const { transport, clock, random, reports, recorder, emitter } = context;
      // pusher-js takes the server's answer for one to a sign-in of its own, which it was never asked for, and throws.
      if (transport.signIn === undefined) {
        throw new ConfigurationError(
          'This transport cannot sign in: leave out `userEndpoint`, or pass the class of pusher-js as `Pusher` instead of an instance.',
        );
      }
      reports.doubt(unknownOption(own, 'userEndpoint', known));
      const { headers = options.headers, params = options.params } = own;
      const { credentials, format = 'form' } = options;
      const http = new HttpUserAuthenticator(
        { endpoint, headers, params, credentials, format },
        surroundings,
      );
      return new SignIn({
        authenticator: {
          authenticate: async (socketId, signal) => {
            await when;
            // Not `throwIfAborted`, which signals of React Native lack.
            if (signal.aborted) throw aborted();
            return http.authenticate(socketId, signal);
          },
        },
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
