import { RealtimeClient } from 'surewire';
import { createRealtime } from 'surewire/vue';

// Runs in the page, and for each request on the server: making a client opens nothing, and on a server nothing else happens to it.
export default defineNuxtPlugin(({ vueApp }) => {
  const { pusherKey, pusherHost, pusherPort } = useRuntimeConfig().public;
  const client = new RealtimeClient({
    key: pusherKey,
    host: pusherHost,
    port: Number(pusherPort),
    tls: false,
  });
  vueApp.use(createRealtime(client));
});
