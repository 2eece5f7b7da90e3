import { type RealtimeClient, reduceEvents } from 'surewire';
import { createStore } from 'zustand/vanilla';
import { type Agents, fetchAgents } from './application';
import type { channels } from './realtime';

export function createAgentStore(client: RealtimeClient<typeof channels>) {
  const store = createStore<Agents>(() => ({}));
  const events = reduceEvents(
    client.channel('agent-status'),
    { changed: (agents: Agents, { agentId, status }) => ({ ...agents, [agentId]: status }) },
    store.getState(),
    { recover: fetchAgents },
  );
  const stop = events.subscribe(({ state }) => store.setState(state, true));
  return { ...store, stop };
}
