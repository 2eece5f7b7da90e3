'use client';

import type { ReactNode } from 'react';
import { RealtimeClient } from 'surewire';
import { RealtimeProvider } from 'surewire/react';
import { channels } from './channels';

/** Next.js puts the value in when it builds the page, and finds only names that are written out. */
function required(name: string, value: string | undefined): string {
  if (!value)
    throw new Error(`${name} is not set. Set it in .env or where the page is built, and build again.`);
  return value;
}

// A module of the page and of the server: making a client opens nothing, and on a server nothing else happens to it.
const client = new RealtimeClient({
  key: required('NEXT_PUBLIC_PUSHER_KEY', process.env.NEXT_PUBLIC_PUSHER_KEY),
  host: required('NEXT_PUBLIC_PUSHER_HOST', process.env.NEXT_PUBLIC_PUSHER_HOST),
  port: Number(required('NEXT_PUBLIC_PUSHER_PORT', process.env.NEXT_PUBLIC_PUSHER_PORT)),
  tls: false,
  channels,
});

export function Realtime({ children }: { readonly children: ReactNode }) {
  return <RealtimeProvider client={client}>{children}</RealtimeProvider>;
}
