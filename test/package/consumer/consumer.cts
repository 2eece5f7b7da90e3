import { defineChannels, event, presence, RealtimeClient, RealtimeError } from 'surewire';
import { createTestServer } from 'surewire/testing';

const channels = defineChannels({
  'content-generation-{id}': { progress: event<{ progress: number }>() },
  'presence-classroom-{classId}': presence<{ name: string }>()({
    'hand-raised': event<{ userId: string }>(),
  }),
});

const server = createTestServer();
export const client = new RealtimeClient({ ...server.options, channels });

client.channel('content-generation-42').on('progress', ({ progress }) => progress.toFixed());
client.channel('content-generation-{id}', { id: 42 }).params.id.toUpperCase();
client.channel('presence-classroom-7').members.get()[0]?.info.name.toUpperCase();
// @ts-expect-error there is no such channel
client.channel('content-generatoin-42');
// @ts-expect-error there is no such event
client.channel('content-generation-42').on('progres', () => undefined);
// @ts-expect-error a progress is a number: not `any`, which would hide a declaration that did not resolve
client.channel('content-generation-42').on('progress', ({ progress }) => progress.toUpperCase());
// @ts-expect-error nor is the client `any`
client.nothing;

export const status: string = client.status.get().state;
export const failure: Error = new RealtimeError('timeout', 'too late');
export const acknowledged: Promise<string> = client
  .publish('content-generation-42', 'progress', { progress: 1 })
  .then((acknowledgement) => acknowledgement.id);
