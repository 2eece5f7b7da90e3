'use client';

import { useConnection, useEventReducer, usePresence } from 'surewire/react';

export interface Fetched {
  readonly title: string;
  readonly progress: number;
}

const reducers = {
  progress: (generation: Fetched, { progress }: { progress: number }) => ({ ...generation, progress }),
};

export function Generation({ id, fetched }: { readonly id: string; readonly fetched: Fetched }) {
  const { state } = useEventReducer(`content-generation-${id}`, reducers, fetched);
  const connection = useConnection((status) => status.state);
  const { members } = usePresence(null);
  return (
    <p id="generation">
      {state.title}, {state.progress} %, {connection}, {members.length} members
    </p>
  );
}
