import { defineChannels, event, presence } from 'surewire';

/** How far a content generation is. */
export interface Progress {
  readonly status: string;
  /** From 0 to 100. */
  readonly progress: number;
}

/** What is published to the plugin. */
export interface Command {
  readonly run: string;
}

/** What the backend tells about somebody in the classroom. */
export interface Person {
  readonly name: string;
}

/** The channels of the demo, described once for the page, the terminal and the compiler. */
export const channels = defineChannels({
  'content-generation-{id}': { progress: event<Progress>(), complete: event<{ contentId: string }>() },
  'private-plugin-{id}': { command: event<Command>(), 'client-command': event<Command>() },
  'presence-classroom-{classId}': presence<Person>()({}),
});
