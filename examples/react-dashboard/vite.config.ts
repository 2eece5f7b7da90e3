import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { demoBackend } from './backend-plugin.ts';

export default defineConfig({ plugins: [react(), demoBackend()] });
