import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { laravelBackend } from './backend-plugin.ts';

export default defineConfig({ plugins: [react(), laravelBackend()] });
