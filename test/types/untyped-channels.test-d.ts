// A client that was told nothing: everything goes, and nothing is known.
import {
  type ChannelKind,
  RealtimeClient,
  type RegisteredChannels,
  type UndescribedPayload,
  type UntypedChannels,
} from 'surewire';
import { same } from './same.js';

same<RegisteredChannels, UntypedChannels>(true);

const client = new RealtimeClient({ key: 'app-key', cluster: 'us2' });
const channel = client.channel('anything');
channel.on('whatever', (payload) => same<typeof payload, UndescribedPayload>(true));
channel.on('pusher:subscription_count', ({ subscription_count }) =>
  same<typeof subscription_count, number>(true),
);
void channel.publish('whatever', { as: 'you like' });
void client.publish('private-anything', 'client-whatever', 1);
same<ReturnType<(typeof present)['members']['get']>[number]['info'], unknown>(true);
const present = client.channel('presence-anything');

const filled = client.channel('private-user-{id}', { id: 7 });
same<typeof filled.params, { readonly id: string }>(true);

declare const name: string;
const unknown = client.channel(name);
same<typeof unknown.kind, ChannelKind>(true);
unknown.on('whatever', (payload) => same<typeof payload, UndescribedPayload>(true));

// @ts-expect-error a payload that nobody described is unknown
channel.on('whatever', (payload) => payload.length);
// @ts-expect-error no such parameter
client.channel('private-user-{id}', { user: 7 });
// @ts-expect-error a public channel does not tell who is on it
channel.members;

// Anything, in both directions: a name for `unknown`, so that the compiler can say it.
same<unknown extends UndescribedPayload ? true : false, true>(true);
export const asserted = (payload: UndescribedPayload): { readonly progress: number } =>
  payload as { readonly progress: number };
