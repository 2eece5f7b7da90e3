import { PublishError } from '../../src/errors';
import { memoryStorage } from '../../src/outbox/memory-storage';
import type { Acceptance } from '../../src/ports';
import { ManualClock } from './manual-clock';
import { MemoryBrowser, type MemoryTab } from './memory-tabs';
import type { OpenOutboxSettings } from './open-outbox';
import { type Arrival, openOutboxTab } from './outbox-tab';

/** A tab of an `outboxWorld`. */
export type OutboxTab = ReturnType<typeof openOutboxTab>;

/** A browser, a disk and a server, and tabs with outboxes. The server takes everything unless `shared.rule` says otherwise. */
export function outboxWorld() {
  const clock = new ManualClock();
  const browser = new MemoryBrowser(clock);
  const disk = memoryStorage();
  const arrivals: Arrival[] = [];
  const shared = {
    clock,
    browser,
    disk,
    rule: undefined as ((arrival: Arrival) => Promise<Acceptance>) | undefined,
    publish: (arrival: Arrival): Promise<Acceptance> => {
      arrivals.push(arrival);
      return shared.rule?.(arrival) ?? Promise.resolve({ level: 'accepted' });
    },
  };
  return {
    clock,
    browser,
    disk,
    /** What the server was offered, oldest first. */
    arrivals,
    shared,
    /** Opens a tab, and gives it the time to take part. */
    open: async (
      overrides: Partial<OpenOutboxSettings> = {},
      kind: MemoryTab['kind'] = 'locks',
      means = 'same',
    ) => {
      const tab = openOutboxTab(shared, overrides, kind, { means });
      await clock.advance(5);
      return tab;
    },
    /** Another program of the same origin, in the same group. */
    stranger: () => browser.tab().join('outbox', () => {}),
    /** The payloads that the server was offered, oldest first. */
    data: () => arrivals.map(({ message }) => message.data),
    /** The tabs that offered them, each once. */
    senders: () => [...new Set(arrivals.map(({ tab }) => tab))],
  };
}

/** A server that does not answer. */
export const never = (): Promise<Acceptance> => new Promise(() => {});

/** A server that wants it later. */
export const busy = (): Promise<Acceptance> =>
  Promise.reject(new PublishError('The server is busy.', { retryable: true, status: 503 }));

/** A server that does not want it at all. */
export const refuse = (): Promise<Acceptance> =>
  Promise.reject(new PublishError('You may not.', { status: 403 }));

/** How messages ended, as far as they have. */
export const ends = (published: readonly ReturnType<OutboxTab['publish']>[]) =>
  published.map(({ end }) => end);

/** The ends of so many messages that the server took. */
export const accepted = (count: number) => Array.from({ length: count }, () => ({ level: 'accepted' }));
