import { RealtimeClient } from 'surewire';
import { createRealtime } from 'surewire/vue';
import { channels } from '../channels';

// Runs in the page, and for each request on the server: making a client opens nothing, and on a server nothing else happens to it.
export default defineNuxtPlugin(({ vueApp }) => {
  const { pusherKey, pusherHost, pusherPort } = useRuntimeConfig().public;
  if (!pusherKey)
    throw new Error('NUXT_PUBLIC_PUSHER_KEY is not set. Set it where the server runs, and start it again.');
  const client = new RealtimeClient({
    key: pusherKey,
    host: pusherHost,
    port: Number(pusherPort),
    tls: false,
    channels,
  });
  vueApp.use(createRealtime(client));
});
