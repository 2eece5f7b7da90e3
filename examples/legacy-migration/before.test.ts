import { describe } from 'vitest';
import { assertions } from './assertions.ts';
import { startOldBackend } from './old-backend.ts';

describe('before: old code on the old server', () => {
  assertions(async () => {
    const backend = await startOldBackend();
    process.env['WS_URL'] = backend.url;
    // The application was built for one address, and this server has whatever port is free.
    globalThis.WebSocket = class extends WebSocket {
      constructor(address: string | URL) {
        super(String(address).replace('ws://localhost:8009', backend.url));
      }
    };
    const { ContentView } = await import('./before/content-view.ts');
    const { RobloxPanel } = await import('./before/roblox-panel.ts');
    const { LessonPage } = await import('./before/lesson-page.ts');
    const { dashboard } = await import('./before/store.ts');
    return {
      app: { panel: new RobloxPanel(), content: new ContentView(), lesson: new LessonPage(), dashboard },
      backend,
    };
  });
});
