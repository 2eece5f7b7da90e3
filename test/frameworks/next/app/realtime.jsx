'use client';

import { RealtimeClient } from 'surewire';
import { RealtimeProvider } from 'surewire/react';
import { channels } from './channels';

// A module of the page and of the server: making a client opens nothing, and on a server nothing else happens to it.
const client = new RealtimeClient({
  key: process.env.NEXT_PUBLIC_PUSHER_KEY,
  host: process.env.NEXT_PUBLIC_PUSHER_HOST,
  port: Number(process.env.NEXT_PUBLIC_PUSHER_PORT),
  tls: false,
  channels,
});

export function Realtime({ children }) {
  return <RealtimeProvider client={client}>{children}</RealtimeProvider>;
}
