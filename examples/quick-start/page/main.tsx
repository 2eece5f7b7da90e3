import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { Problem } from './problem.tsx';
import { beginSession } from './session.ts';
import './style/index.css';

const place = document.getElementById('app');
if (place === null) throw new Error('The page has no place for the application.');
const root = createRoot(place);

beginSession()
  .then((session) => {
    root.render(
      <StrictMode>
        <App session={session} />
      </StrictMode>,
    );
  })
  .catch((error: unknown) => {
    // Without a client there is nothing to show.
    root.render(
      <div className="fatal">
        <h1>surewire</h1>
        <Problem error={error} loud />
      </div>,
    );
  });
