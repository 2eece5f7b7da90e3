import type { ConnectionStatus } from 'surewire';
import { useConnection } from './realtime.ts';
import { useNetwork } from './use-network.ts';

/**
 * The connection as people should see it. A server on this machine needs no network, so the client goes on dialling it while the
 * device is offline; who has pressed *Go offline* wants to read just that.
 */
export function useStatus(): ConnectionStatus {
  const status = useConnection();
  const { isOnline } = useNetwork();
  const isTrying = status.state === 'connecting' || status.state === 'reconnecting';
  if (isOnline || !isTrying) return status;
  const { retryAt: _, ...rest } = status;
  return { ...rest, state: 'offline' };
}
