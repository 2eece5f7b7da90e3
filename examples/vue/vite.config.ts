import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { demoBackend } from '../quick-start/vite-backend.ts';

export default defineConfig({
  plugins: [vue(), demoBackend()],
  // How long a slow machine builds is no fault of the page.
  build: { rolldownOptions: { checks: { bundlerTimings: false } } },
});
