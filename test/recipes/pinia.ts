import { defineStore } from 'pinia';
import { computed } from 'vue';
import { type Agents, fetchAgents } from './application';
import { useEventReducer } from './realtime-vue';

export const useAgents = defineStore('agents', () => {
  const { state: statuses, status } = useEventReducer(
    'agent-status',
    { changed: (agents: Agents, { agentId, status }) => ({ ...agents, [agentId]: status }) },
    {},
    { recover: fetchAgents },
  );
  const working = computed(() =>
    Object.keys(statuses.value).filter((id) => statuses.value[id] === 'working'),
  );
  return { statuses, status, working };
});
