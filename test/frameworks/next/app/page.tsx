import { RealtimeProvider } from 'surewire/react';
import { channels } from './channels';
import { Generation } from './generation';

// For each request.
export const dynamic = 'force-dynamic';

// What a server component gets of a client component is a reference, which React's types do not show.
const { $$typeof: kind } = RealtimeProvider as unknown as { readonly $$typeof: symbol };

export default function Page() {
  const fetched = { title: 'A lesson', progress: 10 };
  return (
    <main>
      <h1>Rendered on the server</h1>
      <p id="channels">{Object.keys(channels.definitions).join()}</p>
      <p id="boundary">{String(kind)}</p>
      <Generation id="42" fetched={fetched} />
    </main>
  );
}
