// Code that is typed against pusher-js 8 and Laravel Echo, with nothing changed but the import.

import Echo from 'laravel-echo';
import type Original from 'pusher-js';
import { RealtimeClient } from 'surewire';
import Pusher, {
  type AuthorizerGenerator,
  type Channel,
  type ConnectionManager,
  type Members,
  type Pusher as Named,
  type Options,
  type PresenceChannel,
  type PusherClass,
  pusherOf,
} from 'surewire/pusher';
import { same } from './same.js';

const options: Options = {
  cluster: 'eu',
  wsHost: 'ws.example.org',
  wsPort: 6001,
  forceTLS: false,
  enabledTransports: ['ws', 'wss'],
  authEndpoint: '/broadcasting/auth',
  auth: { headers: { 'X-CSRF-TOKEN': 'token' }, params: {} },
  channelAuthorization: {
    customHandler: ({ socketId, channelName }, callback) =>
      callback(null, { auth: `${socketId}:${channelName}` }),
  },
  userAuthentication: { endpoint: '/user-auth', transport: 'ajax', headersProvider: () => ({}) },
};
const authorizer: AuthorizerGenerator = (channel: Channel, { authEndpoint }) => ({
  authorize: (socketId, callback) => callback(new Error(`${channel.name} ${authEndpoint} ${socketId}`), null),
});

const pusher: Pusher = new Pusher('app-key', { ...options, authorizer });
same<typeof Pusher, typeof Named>(true);
same<typeof Pusher, PusherClass>(true);
// In both directions: one may stand in the place of the other.
const original: Original = pusher;
const again: Pusher = original;
const Class: typeof Original = Pusher;

const channel: Channel = again.subscribe('news');
channel.bind('said', ({ n }: { n: number }, { user_id }: { user_id?: string }) => [n, user_id], channel);
channel.bind_global((event: string, data: unknown) => [event, data]).unbind_all();
const sent: boolean = channel.trigger('client-said', { n: 1 });
const room = again.subscribe('presence-room') as PresenceChannel;
const members: Members = room.members;
members.each(({ id, info }: { id: string; info: unknown }) => [id, info]);
const connection: ConnectionManager = again.connection;
connection.bind('state_change', ({ previous, current }: { previous: string; current: string }) => [
  previous,
  current,
]);
again.user.bind('paid', () => {}).unbind('paid');
again.user.watchlist.bind('online', () => {});
again.signin();
Class.logToConsole = true;
Class.log = (message: string) => message;
for (const each of Class.instances) each.disconnect();

// Laravel Echo's options want pusher-js's own class, and an instance of it.
const { key } = pusher;
export const withClass: Echo<'pusher'> = new Echo({ broadcaster: 'pusher', Pusher, key, cluster: 'eu' });
export const reverb: Echo<'reverb'> = new Echo({
  broadcaster: 'reverb',
  Pusher,
  key,
  wsHost: 'ws.example.org',
  wsPort: 8080,
});
export const withClient: Echo<'reverb'> = new Echo({
  broadcaster: 'reverb',
  client: pusherOf(new RealtimeClient({ key: 'app-key', cluster: 'eu' }), { unavailableTimeout: 5_000 }),
});

// @ts-expect-error: pusher-js wants a key and options
new Pusher();
// @ts-expect-error: a client, and no key
pusherOf('app-key');

export { sent };
