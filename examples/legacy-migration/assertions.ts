import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { App, Backend } from './app.ts';

/** What users of the application rely on: the same before and after. */
export function assertions(start: () => Promise<{ app: App; backend: Backend }>): void {
  let app: App;
  let backend: Backend;

  beforeAll(async () => {
    ({ app, backend } = await start());
  });

  afterAll(async () => {
    app.panel.close();
    app.content.close();
    app.lesson.close();
    app.dashboard.close();
    await backend.stop();
  });

  /** Tells until it is heard: nobody says when a subscription has reached the server. */
  async function tellUntil(tell: () => void, heard: () => boolean): Promise<void> {
    await expect
      .poll(
        () => {
          if (!heard()) tell();
          return heard();
        },
        { interval: 50 },
      )
      .toBe(true);
  }

  describe('the lesson page (the old service)', () => {
    test('keeps what is sent before it is connected, and sends it then', async () => {
      const { lesson } = app;
      lesson.note('early');
      await lesson.open(backend.token());
      expect(lesson.isConnected).toBe(true);
      expect(lesson.states).toEqual(['connecting', 'connected']);
      await expect
        .poll(() => backend.received)
        .toContainEqual({ channel: 'test-channel', type: 'note', payload: { text: 'early' } });
    });

    test('knows when the server has a message', async () => {
      expect(await app.lesson.start(7)).toMatchObject({ ok: true, receivedAt: expect.any(String) });
      expect(backend.received).toContainEqual({
        channel: 'test-channel',
        type: 'lesson_started',
        payload: { lesson: 7 },
      });
    });

    test('hears only what passes its filter', async () => {
      const { lesson } = app;
      await tellUntil(
        () => {
          backend.tell('class-3', 'grade', { student: 'bob', score: 4 });
          backend.tell('class-3', 'other', { student: 'eve', score: 9 });
          backend.tell('class-3', 'grade', { student: 'ann', score: 6 });
        },
        () => lesson.good.length > 0,
      );
      expect(new Set(lesson.good)).toEqual(new Set(['ann']));
    });

    test('hears a type on any channel', async () => {
      const { lesson } = app;
      backend.tell('test-channel', 'announcement', { text: 'Break' });
      await expect.poll(() => lesson.announcements).toEqual([{ text: 'Break' }]);
    });

    test('goes on with another token', async () => {
      const { lesson } = app;
      await lesson.refresh(backend.token());
      expect(lesson.isConnected).toBe(true);
      expect(await lesson.start(8)).toMatchObject({ ok: true });
    });

    test('counts', async () => {
      await expect
        .poll(() => app.lesson.stats)
        .toMatchObject({ messagesSent: 3, connectionState: 'connected', reconnectAttempts: 0 });
      expect(app.lesson.stats.messagesReceived).toBeGreaterThanOrEqual(2);
    });
  });

  describe('the panel (raw WebSocket code)', () => {
    test('shows who comes and goes', async () => {
      const { panel } = app;
      panel.open();
      await expect.poll(() => panel.online).toBe(true);
      backend.tell('roblox-sync', 'player_joined', { name: 'ann' });
      backend.tell('roblox-sync', 'player_joined', { name: 'bob' });
      backend.tell('roblox-sync', 'player_left', { name: 'ann' });
      await expect.poll(() => panel.players).toEqual(['bob']);
    });

    test('sends commands', async () => {
      app.panel.kick('bob');
      await expect
        .poll(() => backend.received)
        .toContainEqual({ channel: 'roblox-sync', type: 'kick', payload: { name: 'bob' } });
    });
  });

  describe('the content view (an address without an id)', () => {
    test('shows how far its content is', async () => {
      const { content } = app;
      content.open();
      await tellUntil(
        () => backend.tell('content-generation-42', 'progress', { progress: 40 }),
        () => content.progress.length > 0,
      );
      expect(content.progress[0]).toBe(40);
    });
  });

  describe('the dashboard (old Redux code)', () => {
    test('connects and shows the messages of its channels', async () => {
      const { dashboard } = app;
      dashboard.open();
      dashboard.watch('dashboard-updates');
      await expect.poll(() => dashboard.isConnected()).toBe(true);
      await tellUntil(
        () => backend.tell('dashboard-updates', 'notification', { text: 'Hello' }),
        () => dashboard.messages('dashboard-updates').length > 0,
      );
      expect(dashboard.messages('dashboard-updates')[0]).toEqual({
        type: 'notification',
        payload: { text: 'Hello' },
      });
      expect(dashboard.messages('elsewhere')).toEqual([]);
    });

    test('sends', async () => {
      app.dashboard.send('dashboard-updates', 'seen', { count: 1 });
      await expect
        .poll(() => backend.received)
        .toContainEqual({ channel: 'dashboard-updates', type: 'seen', payload: { count: 1 } });
    });
  });

  test('after a broken connection everything is back', async () => {
    const { panel, lesson, dashboard } = app;
    const { players } = panel;
    const [announced, shown] = [lesson.announcements.length, dashboard.messages('dashboard-updates').length];
    const told = lesson.states.length;
    backend.drop();
    // Not `isConnected`: it may be back before anybody has looked.
    await expect.poll(() => lesson.states.slice(told)).toContainEqual(expect.stringMatching(/connecting/));
    await tellUntil(
      () => backend.tell('roblox-sync', 'player_joined', { name: 'cid' }),
      () => panel.players.length > players.length,
    );
    await tellUntil(
      () => backend.tell('test-channel', 'announcement', { text: 'Back' }),
      () => lesson.announcements.length > announced,
    );
    await tellUntil(
      () => backend.tell('dashboard-updates', 'notification', { text: 'Back' }),
      () => dashboard.messages('dashboard-updates').length > shown,
    );
    expect(await lesson.start(9)).toMatchObject({ ok: true });
  });
}
