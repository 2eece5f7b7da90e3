import type { ShallowRef } from 'vue';
import { combineStores } from '../index';
import type { AnyClient } from './channel-of';
import type { OutboxStatus } from './composables';
import { useStore } from './use-store';

export function useOutbox<Selection = OutboxStatus>(
  { outbox }: AnyClient,
  select?: (outbox: OutboxStatus) => Selection,
): Readonly<ShallowRef<Selection>> {
  return useStore(combineStores({ pending: outbox.pending, rejected: outbox.rejected }), select);
}
