import { defineNuxtConfig } from 'nuxt/config';

export default defineNuxtConfig({
  compatibilityDate: '2026-11-01',
  telemetry: false,
  app: { head: { link: [{ rel: 'icon', href: 'data:,' }] } },
  devtools: { enabled: false },
  // Each can be set where the server runs: NUXT_PUBLIC_PUSHER_KEY, NUXT_PUBLIC_PUSHER_HOST, NUXT_PUBLIC_PUSHER_PORT.
  runtimeConfig: { public: { pusherKey: '', pusherHost: '', pusherPort: 0 } },
});
