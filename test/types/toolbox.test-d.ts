// The platform's preset: what must infer, and what must not compile.
import { type Member, RealtimeClient } from 'surewire';
import {
  type AgentStatus,
  type ContentProgress,
  clientOptionsFromEnv,
  type MemberInfo,
  toolboxChannels,
} from 'surewire/toolbox';
import { same } from './same.js';

declare const env: { readonly VITE_PUSHER_KEY: string; readonly MODE: string };
const options = clientOptionsFromEnv(env);
const client = new RealtimeClient({ ...options, channels: toolboxChannels });

client
  .channel('content-generation-42')
  .on('progress', (payload) => same<typeof payload, ContentProgress>(true));
client.channel('content-generation-{id}', { id: 42 }).on('complete', ({ contentId, pages }) => {
  same<typeof contentId, string>(true);
  same<typeof pages, unknown>(true);
});
client.channel('agent-status').on('changed', (payload) => same<typeof payload, AgentStatus>(true));
const classroom = client.channel('presence-classroom-3');
same<ReturnType<typeof classroom.members.get>, readonly Member<MemberInfo>[]>(true);
void client.publish('presence-classroom-3', 'client-cursor', { x: 1, y: 2 });
void client.publish('private-class-3', 'client-chat', { text: 'Hello' });
void client.publish('presence-classroom-3', 'client-whiteboard-stroke', {
  strokeId: 's-1',
  points: [
    [0, 0],
    [4, 3],
  ],
});
void client.publish('presence-classroom-3', 'client-whiteboard-clear', {});
// @ts-expect-error a point is a pair
void client.publish('presence-classroom-3', 'client-whiteboard-stroke', { strokeId: 's-1', points: [0, 0] });
// @ts-expect-error a game has no whiteboard
void client.publish('presence-game-3', 'client-whiteboard-clear', {});
void client.publish('dashboard-updates', 'content-updated', { contentId: 'c-1', change: 'updated' });
void client.publish('private-user-7', 'score', { userId: '7', score: 120, delta: 20, reason: 'Quiz' });
const user = client.channel('private-user-7');
same<typeof user.kind, 'private'>(true);

// @ts-expect-error no such channel
client.channel('agents-status');
// @ts-expect-error no such status
void client.publish('agent-status', 'changed', { agentId: 'a', status: 'asleep' });
// @ts-expect-error public: no client events
void client.publish('content-generation-42', 'client-cursor', { x: 1, y: 2 });
// @ts-expect-error no such role
const info: MemberInfo = { name: 'Ann', role: 'principal' };
void info;
