import { configureEcho } from '@laravel/echo-react';
import Pusher from 'surewire/pusher'; // was: 'pusher-js'

/** Tells Echo where the server is. Everything else in this example is as Laravel's documentation has it. */
export async function startEcho(user: string): Promise<void> {
  const { key, host, port } = await (await fetch('/reverb')).json();
  configureEcho({
    broadcaster: 'reverb',
    Pusher,
    key,
    wsHost: host,
    wsPort: port,
    forceTLS: false,
    auth: { headers: {}, params: { user } },
  });
}
