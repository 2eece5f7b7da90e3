import { defineChannels, event } from 'surewire';
import { createRealtimeHooks } from 'surewire/react';
import { createRealtimeComposables } from 'surewire/vue';

/** A message of the chat. Its id is the message's own, so that a bubble is the same one before and after the echo. */
export interface Said {
  readonly id: string;
  readonly text: string;
}

/** The channels of the chat. */
export const channels = defineChannels({ 'private-room-{id}': { said: event<Said>() } });

export const react = createRealtimeHooks<typeof channels>();
export const vue = createRealtimeComposables<typeof channels>();
