import { act, cleanup, render, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { createTestClient, type TestClient } from 'surewire/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useStore } from 'zustand';
import { Backend } from './backend';
import { channels } from './realtime';
import { createAgentStore } from './zustand';

let kit: TestClient<typeof channels>;
let backend: Backend;

beforeEach(() => {
  kit = createTestClient({ channels });
  backend = new Backend();
  backend.know('/api/agents', { ada: 'idle' });
  vi.stubGlobal('fetch', backend.fetch);
});

afterEach(() => {
  cleanup();
  kit.client.destroy();
  vi.unstubAllGlobals();
});

const change = (agentId: string, status: string): Promise<void> =>
  act(async () => {
    kit.server.trigger('agent-status', 'changed', { agentId, status });
    await kit.clock.settle();
  });

test('a store outside of components begins with what the backend knows, and follows the channel', async () => {
  const store = createAgentStore(kit.client);
  await kit.clock.settle();
  expect(store.getState()).toEqual({ ada: 'idle' });
  await change('bob', 'working');
  expect(store.getState()).toEqual({ ada: 'idle', bob: 'working' });
});

test('an agent that went in a gap is gone after it', async () => {
  const store = createAgentStore(kit.client);
  await kit.clock.settle();
  kit.server.drop();
  backend.know('/api/agents', { bob: 'working' });
  await kit.clock.advance(30_000);
  expect(store.getState()).toEqual({ bob: 'working' });
});

test('a component that selects one agent renders for that one only', async () => {
  const store = createAgentStore(kit.client);
  let renders = 0;
  function Ada(): ReactNode {
    renders += 1;
    return <output>{useStore(store, ({ ada }) => ada)}</output>;
  }
  render(<Ada />);
  await act(async () => kit.clock.settle());
  expect(screen.getByRole('status').textContent).toBe('idle');
  const before = renders;
  await change('bob', 'working');
  expect(renders).toBe(before);
  await change('ada', 'working');
  expect(screen.getByRole('status').textContent).toBe('working');
  expect(renders).toBe(before + 1);
});

test('a store that was stopped lets its channel go', async () => {
  const store = createAgentStore(kit.client);
  await kit.clock.settle();
  expect(kit.server.channels).toHaveLength(1);
  store.stop();
  await kit.clock.advance(1_000);
  expect(kit.server.channels).toEqual([]);
  await change('ada', 'working');
  expect(store.getState()).toEqual({ ada: 'idle' });
});
