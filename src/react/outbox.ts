import { combineStores } from '../index';
import type { AnyClient } from './channel-of';
import type { OutboxStatus } from './hooks';
import { useKept } from './use-kept';
import { useStore } from './use-store';

export function useOutbox<Selection = OutboxStatus>(
  client: AnyClient,
  select?: (outbox: OutboxStatus) => Selection,
): Selection {
  const { outbox } = client;
  const store = useKept([outbox], () =>
    combineStores({ pending: outbox.pending, rejected: outbox.rejected }),
  );
  return useStore(store, select);
}
