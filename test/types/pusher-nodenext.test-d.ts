// With `nodenext` pusher-js's own default import is a namespace and cannot be constructed, so that nothing typed against it compiles
// there (see pusher.test-d.ts for everywhere else). Ours can.
import type { Channel, PresenceChannel } from 'pusher-js';
import Pusher, { type Pusher as named } from 'surewire/pusher';
import { same } from './same.js';

const pusher = new Pusher('app-key', { cluster: 'us2' });
same<typeof Pusher, typeof named>(true);
const channel: Channel = pusher.subscribe('private-plugin-7');
channel.bind('command', () => {});
const room = pusher.subscribe('presence-room') as PresenceChannel;
const count: number = room.members.count;
pusher.connection.bind('state_change', () => count);
pusher.disconnect();
