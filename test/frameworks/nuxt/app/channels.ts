import { defineChannels, event } from 'surewire';

export const channels = defineChannels({
  'content-generation-{id}': { progress: event<{ progress: number }>() },
});

declare module 'surewire' {
  interface Register {
    channels: typeof channels;
  }
}
