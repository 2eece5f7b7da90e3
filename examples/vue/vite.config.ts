import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { demoBackend } from '../react-dashboard/backend-plugin.ts';

export default defineConfig({ plugins: [vue(), demoBackend()] });
