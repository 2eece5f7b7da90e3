import { createPinia, type Pinia } from 'pinia';
import { createTestClient, type TestClient } from 'surewire/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type App, createApp, defineComponent, h, nextTick } from 'vue';
import { Backend } from './backend';
import { useAgents } from './pinia';
import { channels } from './realtime';
import { createRealtime } from './realtime-vue';

let kit: TestClient<typeof channels>;
let app: App;
let pinia: Pinia;
const page = document.createElement('main');

const List = defineComponent(() => {
  const agents = useAgents();
  return () => h('p', agents.working.join(', '));
});

beforeEach(() => {
  kit = createTestClient({ channels });
  const backend = new Backend();
  backend.know('/api/agents', { ada: 'working' });
  vi.stubGlobal('fetch', backend.fetch);
  pinia = createPinia();
  app = createApp(() => [h(List), h(List)])
    .use(pinia)
    .use(createRealtime(kit.client));
  app.mount(page);
});

afterEach(() => {
  app.unmount();
  kit.client.destroy();
  vi.unstubAllGlobals();
});

test('components share a store that begins with what the backend knows, and follows the channel', async () => {
  await kit.clock.settle();
  expect(page.textContent).toBe('adaada');
  kit.server.trigger('agent-status', 'changed', { agentId: 'bob', status: 'working' });
  await kit.clock.settle();
  await nextTick();
  expect(page.textContent).toBe('ada, bobada, bob');
  expect(kit.server.channels).toHaveLength(1);
});

test('a store outlives its components, and lets its channel go when it is disposed of', async () => {
  await kit.clock.settle();
  const agents = useAgents(pinia);
  app.unmount();
  await kit.clock.advance(1_000);
  kit.server.trigger('agent-status', 'changed', { agentId: 'ada', status: 'idle' });
  await kit.clock.settle();
  expect(agents.statuses).toEqual({ ada: 'idle' });
  agents.$dispose();
  await kit.clock.advance(1_000);
  expect(kit.server.channels).toEqual([]);
});
