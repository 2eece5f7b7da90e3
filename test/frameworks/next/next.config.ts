import { fileURLToPath } from 'node:url';
import type { NextConfig } from 'next';

const config: NextConfig = {
  // Where no linter looks.
  distDir: 'node_modules/.next',
  // Not the repository around it, which has a lock file as well.
  turbopack: { root: fileURLToPath(new URL('.', import.meta.url)) },
};

export default config;
