/** Where the old server is. (In a page: `import.meta.env.VITE_WS_URL`.) */
export const WS_URL = process.env['WS_URL'] ?? 'ws://localhost:8001';
