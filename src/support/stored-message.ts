import type { StoredMessage } from '../ports';

/**
 * Whether a record is a message as the outbox stores them. What comes from a disk may be torn, edited, or another
 * program's: a message that cannot be ordered, bounded or expired must not get into the outbox.
 */
export function isStoredMessage(record: unknown): record is StoredMessage {
  if (typeof record !== 'object' || record === null) return false;
  const { id, channel, event, route, sequence, createdAt, expiresAt, attempts, bytes, ...rest } =
    record as Partial<Record<keyof StoredMessage, unknown>>;
  const { replaces, tab, means, rejected, delivery } = rest;
  const { code, reason, at } = (rejected ?? { code: '', reason: '', at: 0 }) as Record<string, unknown>;
  const { receivers, timeout, accepted } = (delivery ?? { receivers: 1, timeout: 1 }) as Record<
    string,
    unknown
  >;
  const { level, at: acceptedAt } = (accepted ?? { level: '', at: 0 }) as Record<string, unknown>;
  return (
    [id, channel, event, replaces ?? '', tab ?? '', means ?? '', code, reason, level].every(
      (text) => typeof text === 'string',
    ) &&
    (route === 'server' || route === 'peer') &&
    // Safe, because the next number is one more than the highest.
    [sequence, attempts, bytes, receivers].every(
      (count) => Number.isSafeInteger(count) && Number(count) >= 0,
    ) &&
    [createdAt, expiresAt, at, timeout, acceptedAt].every(Number.isFinite)
  );
}
