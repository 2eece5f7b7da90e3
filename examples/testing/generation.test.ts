import type { RealtimeError } from 'surewire';
import { createTestClient, type TestClient } from 'surewire/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type GenerationView, watchGeneration } from './generation.ts';

// A real client, a real protocol, a server in memory: no network, no mocks, and time passes when the test says so.
let kit: TestClient;
let views: GenerationView[];
let errors: RealtimeError[];

beforeEach(async () => {
  kit = createTestClient();
  views = [];
  errors = [];
  kit.client.on('error', (error) => errors.push(error));
  watchGeneration(kit.client, '42', (view) => views.push(view));
  await kit.clock.settle();
});

afterEach(() => kit.client.destroy());

test('a generation is shown from its first step to its end', async () => {
  kit.server.trigger('content-generation-42', 'progress', { progress: 40 });
  kit.server.trigger('content-generation-42', 'complete', {});
  await kit.clock.settle();
  expect(views).toEqual([
    { progress: 40, note: 'working' },
    { progress: 100, note: 'done' },
  ]);
  expect(errors).toEqual([]);
});

test('when the connection breaks the user is told, and it goes on afterwards', async () => {
  kit.server.trigger('content-generation-42', 'progress', { progress: 40 });
  await kit.clock.settle();
  kit.server.drop();
  await kit.clock.settle();
  expect(views.at(-1)).toEqual({ progress: 40, note: 'connection lost, trying again' });

  await kit.clock.advance(5_000);
  kit.server.trigger('content-generation-42', 'progress', { progress: 80 });
  await kit.clock.settle();
  expect(views.at(-1)).toEqual({ progress: 80, note: 'working' });
});

test('who publishes gets an acknowledgement, also when the server was away meanwhile', async () => {
  kit.server.restart({ downFor: 2_000 });
  const acknowledgement = kit.client.publish('content-generation-42', 'cancel', {});
  await kit.clock.advance(60_000);
  expect((await acknowledgement).level).toBe('accepted');
  expect(errors).toMatchObject([{ name: 'ConnectionError', retryable: true }]);
});
