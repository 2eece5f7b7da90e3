import { describe } from 'vitest';
import { assertions } from './assertions.ts';
import { startNewBackend } from './new-backend.ts';

describe('after: the same code on Pusher', () => {
  assertions(async () => {
    const backend = await startNewBackend();
    process.env['BACKEND_URL'] = backend.url;
    const { RobloxPanel } = await import('./after/roblox-panel.ts');
    const { ContentView } = await import('./after/content-view.ts');
    const { LessonPage } = await import('./after/lesson-page.ts');
    const { dashboard } = await import('./after/store.ts');
    return {
      app: { panel: new RobloxPanel(), content: new ContentView(), lesson: new LessonPage(), dashboard },
      backend,
    };
  });
});
