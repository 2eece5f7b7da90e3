import type { Channel, RealtimeClient } from 'surewire';
import type { channels } from '../channels.ts';
import { make } from './document.ts';

/** The client of the demo, which knows the demo's channels. */
export type DemoClient = RealtimeClient<typeof channels>;

/** Keeps a channel's name and subscription on the page. */
export function showSubscription(place: HTMLElement, channel: Channel): void {
  const show = (): void => {
    const { state, error } = channel.subscription.get();
    const why =
      error === undefined ? [] : [make('span', { class: 'reason' }, `${error.name}: ${error.message}`)];
    place.replaceChildren(
      make('code', {}, channel.name),
      ' ',
      make('span', { class: 'tag', 'data-state': state }, state),
      ...why,
    );
  };
  channel.subscription.subscribe(show);
  show();
}
