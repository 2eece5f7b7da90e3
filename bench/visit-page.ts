import Pusher from 'pusher-js';
import { indexedDbStorage } from '../src/index';
import type { ContestantName } from './contestant';
import { channelOf, surewireClient } from './surewire-client';

// Runs in Chromium: an application's page, which is left and visited again.

/** What the page is, in the hash of its address. */
export interface Visit {
  readonly library: ContestantName;
  readonly key: string;
  readonly host: string;
  readonly port: number;
  readonly authEndpoint: string;
  readonly token: string;
  readonly channel: string;
  readonly event: string;
}

declare global {
  interface Window {
    /** Publishes the first so many, numbered; returns how many the library says were sent. */
    publishNumbered(count: number): number;
  }
}

const visit = JSON.parse(decodeURIComponent(location.hash.slice(1))) as Visit;
const { library, key, host, port, authEndpoint, token, channel, event } = visit;
const publish = library === 'raw' ? visitRaw() : visitSurewire();

window.publishNumbered = (count) => {
  let claimed = 0;
  for (let number = 0; number < count; number += 1) if (publish({ number })) claimed += 1;
  return claimed;
};

function visitRaw(): (data: object) => boolean {
  const pusher = new Pusher(key, {
    cluster: '',
    wsHost: host,
    wsPort: port,
    forceTLS: false,
    enabledTransports: ['ws'],
    channelAuthorization: {
      endpoint: authEndpoint,
      transport: 'ajax',
      headers: { authorization: `Bearer ${token}` },
    },
  });
  const subscribed = pusher.subscribe(channel);
  return (data) => subscribed.trigger(event, data);
}

function visitSurewire(): (data: object) => boolean {
  const client = surewireClient({
    key,
    host,
    port,
    auth: { endpoint: authEndpoint, token },
    publish: 'to peers',
    outbox: { storage: indexedDbStorage(), owner: 'user-1' },
  });
  const held = channelOf(client, channel);
  held.hold();
  return (data) => {
    // The promise ends with the page.
    held.publish(event, data).catch(() => {});
    return false;
  };
}
