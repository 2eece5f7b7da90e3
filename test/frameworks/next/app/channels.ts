import { defineChannels, event } from 'surewire';

// Without "use client": server components and client components both know the channels.
export const channels = defineChannels({
  'content-generation-{id}': { progress: event<{ progress: number }>() },
});

declare module 'surewire' {
  interface Register {
    channels: typeof channels;
  }
}
