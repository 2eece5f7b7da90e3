import { type ReactElement, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createRealtimeHooks } from 'surewire/react';
import { type channels, clientOfPage } from './settings.js';

const { RealtimeProvider, useChannel, useLatest, usePresence } = createRealtimeHooks<typeof channels>();

function Page(): ReactElement {
  const { subscription } = useChannel('content-generation-42');
  const latest = useLatest('content-generation-42', 'progress');
  const members = usePresence('presence-classroom-5', (room) => room.members.length);
  return <>{`${subscription.state} ${members} ${latest?.progress.toFixed() ?? 'nothing'}`}</>;
}

export function useMistake(): void {
  // @ts-expect-error there is no such channel
  useChannel('content-generatoin-42');
}

const client = clientOfPage();
createRoot(document.body).render(
  <StrictMode>
    <RealtimeProvider client={client}>
      <Page />
    </RealtimeProvider>
  </StrictMode>,
);
