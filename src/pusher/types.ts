// By way of `require`, because pusher-js declares a default export and is CommonJS: an import of its class compiles in one half of the
// module resolutions, this in both.
/** The class of pusher-js 8 as it declares it itself: classes with private members are only ever assignable to themselves. */
export type PusherClass = typeof import('pusher-js', { with: { 'resolution-mode': 'require' }}).default;

/** An instance of pusher-js 8 as it declares it itself. */
export type Pusher = InstanceType<PusherClass>;

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
