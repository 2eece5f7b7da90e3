import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Dashboard } from './dashboard';
import { createDashboardClient } from './demo-client';
import { RealtimeProvider } from './realtime';

const client = await createDashboardClient();
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <RealtimeProvider client={client}>
        <Dashboard />
      </RealtimeProvider>
    </StrictMode>,
  );
}
