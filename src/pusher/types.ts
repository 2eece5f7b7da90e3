type PusherModule = typeof import('pusher-js');

// It declares a default export and is CommonJS: to one half of the module resolutions `default` is the class, to the other the module.
/** The class of pusher-js 8 as it declares it itself: classes with private members are assignable only to themselves. */
export type PusherClass = PusherModule['default'] extends {
  readonly default: infer Class extends new (...options: never) => unknown;
}
  ? Class
  : PusherModule['default'];

export type {
  AuthOptions,
  Authorizer,
  AuthorizerCallback,
  AuthorizerGenerator,
  Channel,
  ChannelAuthorizationCallback,
  ChannelAuthorizationHandler,
  ChannelAuthorizationOptions,
  ChannelAuthorizerGenerator,
  ConnectionManager,
  DeprecatedAuthOptions,
  Members,
  Options,
  PresenceChannel,
  Runtime,
  UserAuthenticationCallback,
  UserAuthenticationHandler,
  UserAuthenticationOptions,
} from 'pusher-js';
