'use client';

import { useConnection, useEventReducer, usePresence } from 'surewire/react';

const reducers = { progress: (generation, { progress }) => ({ ...generation, progress }) };

export function Generation({ id, fetched }) {
  const { state } = useEventReducer(`content-generation-${id}`, reducers, fetched);
  const connection = useConnection((status) => status.state);
  const { members } = usePresence(null);
  return (
    <p id="generation">
      {state.title}, {state.progress} %, {connection}, {members.length} members
    </p>
  );
}
