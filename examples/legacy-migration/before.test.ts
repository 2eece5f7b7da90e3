import { describe } from 'vitest';
import { assertions } from './assertions.ts';
import { startOldBackend } from './old-backend.ts';

describe('before: old code on the old server', () => {
  assertions(async () => {
    const backend = await startOldBackend();
    process.env['WS_URL'] = backend.url;
    const { RobloxPanel } = await import('./before/roblox-panel.ts');
    const { LessonPage } = await import('./before/lesson-page.ts');
    const { dashboard } = await import('./before/store.ts');
    return { app: { panel: new RobloxPanel(), lesson: new LessonPage(), dashboard }, backend };
  });
});
