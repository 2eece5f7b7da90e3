import { pendingOf } from 'surewire';
import { useStore } from 'surewire/vue';
import { computed, defineComponent, h } from 'vue';
import { type Said, vue } from './chat';

const { useEventReducer, usePublish, useRealtime } = vue;

export const Chat = defineComponent(
  ({ room }: { room: string }) => {
    const name = `private-room-${room}` as const;
    const client = useRealtime();
    const { state } = useEventReducer(
      name,
      { said: (all, message) => [...all, message] },
      [] as readonly Said[],
    );
    const { publish } = usePublish(name, 'said');
    const waiting = useStore(pendingOf(client, client.channel(name), 'said'));
    const grey = computed(() => {
      const known = new Set(state.value.map(({ id }) => id));
      return waiting.value.filter(({ id }) => !known.has(id));
    });
    const say = (text: string): void => {
      const id = crypto.randomUUID();
      publish({ id, text }, { id });
    };
    return () => [
      ...state.value.map(({ id, text }) => h('p', { key: id }, text)),
      ...grey.value.map(({ id, data }) => h('p', { key: id, class: 'grey' }, data.text)),
      h('input', {
        name: 'text',
        onChange: ({ target }: Event) => say((target as HTMLInputElement).value),
      }),
    ];
  },
  { props: ['room'] },
);
