import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startEcho } from './echo';
import { Orders } from './orders';
import { Room } from './room';

await startEcho(new URLSearchParams(location.search).get('user') ?? 'Ada');
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <h1>Laravel Echo on surewire</h1>
      <Orders />
      <Room />
    </StrictMode>,
  );
}
