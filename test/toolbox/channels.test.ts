import { describe, expect, it } from 'vitest';
import { backendAuth, RealtimeClient } from '../../src/index';
import { createTestClient, type TestClient } from '../../src/testing/index';
import { type ContentProgress, toolboxChannels } from '../../src/toolbox/index';

/** As the platform's contract lists them. */
const kinds: Record<string, string> = {
  'roblox-sync': 'public',
  'content-generation-{id}': 'public',
  'agent-status': 'public',
  'analytics-realtime': 'public',
  'dashboard-updates': 'public',
  'system-status': 'public',
  'public-announcements': 'public',
  notifications: 'public',
  'test-channel': 'public',
  'private-plugin-{id}': 'private',
  'private-user-{userId}': 'private',
  'private-class-{classId}': 'private',
  'presence-classroom-{classId}': 'presence',
  'presence-game-{gameId}': 'presence',
};

describe('the channels of the platform', () => {
  it('are those of the contract, each of its kind', () => {
    const { client } = createTestClient({ channels: toolboxChannels });
    const names = Object.keys(toolboxChannels.definitions);
    expect(names.sort()).toEqual(Object.keys(kinds).sort());
    const actual = names.map((pattern) => [
      pattern,
      client.channel(pattern.replace(/\{\w+\}/, '7') as 'agent-status').kind as string,
    ]);
    expect(Object.fromEntries(actual)).toEqual(kinds);
    client.destroy();
  });

  it('all understand the one event of clients that still run the old service', () => {
    const without = Object.entries(toolboxChannels.definitions).filter(
      ([, definition]) => !('message' in ('events' in definition ? definition.events : definition)),
    );
    expect(without).toEqual([]);
  });

  it('pass on fields that no type knows, in both directions', async () => {
    const { client, server, clock } = createTestClient({ channels: toolboxChannels });
    const heard: ContentProgress[] = [];
    client.channel('content-generation-{id}', { id: 42 }).on('progress', (payload) => heard.push(payload));
    await clock.settle();
    const payload = { status: 'writing', progress: 40, model: 'a-new-one', stages: [{ name: 'outline' }] };
    server.trigger('content-generation-42', 'progress', payload);
    void client.publish('content-generation-42', 'progress', payload);
    await clock.settle();
    expect(heard).toEqual([payload, payload]);
    client.destroy();
  });

  it('refuse an event that is not described, with a sentence that names those that are', async () => {
    const { client } = createTestClient({ channels: toolboxChannels });
    const publish = client.publish as (...call: unknown[]) => Promise<unknown>;
    await expect(publish.call(client, 'agent-status', 'chnged', {})).rejects.toThrow(/changed, message/);
    client.destroy();
  });

  it('carry a whiteboard from one member of a classroom to the others', async () => {
    const teacher: TestClient<typeof toolboxChannels> = createTestClient({
      channels: toolboxChannels,
      auth: backendAuth({
        endpoint: 'http://surewire.test/pusher/auth',
        token: () => teacher.server.issueToken({ userId: 'ann' }),
      }),
    });
    const pupil = new RealtimeClient({
      ...teacher.server.options,
      clock: teacher.clock,
      channels: toolboxChannels,
      auth: backendAuth({
        endpoint: 'http://surewire.test/pusher/auth',
        token: () => teacher.server.issueToken({ userId: 'bob' }),
      }),
    });
    const seen: unknown[] = [];
    const board = pupil.channel('presence-classroom-{classId}', { classId: 3 });
    board.on('client-whiteboard-stroke', (stroke, { userId }) => seen.push([userId, stroke.points.length]));
    board.on('client-whiteboard-clear', (nothing) => seen.push(nothing));
    await teacher.clock.settle();
    const points = [
      [0, 0],
      [4, 3],
    ] as const;
    void teacher.client.publish('presence-classroom-3', 'client-whiteboard-stroke', {
      strokeId: 's-1',
      points,
    });
    void teacher.client.publish('presence-classroom-3', 'client-whiteboard-clear', {});
    await teacher.clock.advance(1_000);
    expect(seen).toEqual([['ann', 2], {}]);
    teacher.client.destroy();
    pupil.destroy();
  });

  it('tell one user of points, and dashboards of content', async () => {
    const { client, server, clock } = createTestClient({ channels: toolboxChannels });
    const heard: unknown[] = [];
    client
      .channel('private-user-7')
      .on('score', ({ score, delta, reason }) => heard.push([score, delta, reason]));
    client
      .channel('dashboard-updates')
      .on('content-updated', ({ contentId, title, change }) => heard.push([contentId, title, change]));
    await clock.settle();
    server.trigger('private-user-7', 'score', { userId: '7', score: 120, delta: 20, reason: 'Quiz' });
    server.trigger('dashboard-updates', 'content-updated', {
      contentId: 'c-1',
      title: 'Volcanoes',
      change: 'created',
    });
    await clock.settle();
    expect(heard).toEqual([
      [120, 20, 'Quiz'],
      ['c-1', 'Volcanoes', 'created'],
    ]);
    client.destroy();
  });
});
