import { defineNuxtConfig } from 'nuxt/config';

export default defineNuxtConfig({
  compatibilityDate: '2026-11-01',
  telemetry: false,
  app: { head: { link: [{ rel: 'icon', href: 'data:,' }] } },
  devtools: { enabled: false },
  // Where no linter looks.
  buildDir: 'node_modules/.nuxt',
  nitro: { output: { dir: 'node_modules/.output' } },
  // Each can be set where the server runs: NUXT_PUBLIC_PUSHER_KEY, NUXT_PUBLIC_PUSHER_HOST, NUXT_PUBLIC_PUSHER_PORT.
  runtimeConfig: { public: { pusherKey: '', pusherHost: '', pusherPort: 0 } },
});
