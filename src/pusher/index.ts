/**
 * pusher-js 8 by one import: the class, its events and its types, on a `RealtimeClient`.
 *
 * @module surewire/pusher
 */
export { Pusher, Pusher as default, type PusherFaceOptions, pusherOf } from './pusher';
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
  PusherClass,
  Runtime,
  UserAuthenticationCallback,
  UserAuthenticationHandler,
  UserAuthenticationOptions,
} from './types';
