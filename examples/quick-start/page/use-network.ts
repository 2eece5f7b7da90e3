import { useEffect, useState } from 'react';
import { useSession } from './session.ts';

/** Whether the demo's switch is off, and whether there is a network at all. */
export function useNetwork(): { readonly isSwitchedOff: boolean; readonly isOnline: boolean } {
  const { network } = useSession();
  const [now, setNow] = useState(() => ({ isSwitchedOff: network.switchedOff, isOnline: network.online() }));
  useEffect(
    () => network.watch(() => setNow({ isSwitchedOff: network.switchedOff, isOnline: network.online() })),
    [network],
  );
  return now;
}
