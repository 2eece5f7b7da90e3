import type { RealtimeError } from '../../src/errors';
import type { OutboxOutcome } from '../../src/outbox/surroundings';
import type { Acceptance, Clock, OutboundMessage, OutboxStorage, Publisher } from '../../src/ports';
import type { PublishOptions } from '../../src/types';
import type { MemoryBrowser, MemoryTab } from './memory-tabs';
import { type OpenOutboxSettings, openOutbox } from './open-outbox';
import { watched } from './watched';

/** What happened at the server: which tab sent what. */
export interface Arrival {
  readonly tab: string;
  readonly message: OutboundMessage;
  readonly route: 'server' | 'peer';
}

/** What all tabs of a test share. */
export interface SharedWorld {
  readonly clock: Clock;
  readonly browser: MemoryBrowser;
  readonly disk: OutboxStorage;
  /** Answers the publishers of all tabs. */
  publish(arrival: Arrival, signal: AbortSignal): Promise<Acceptance>;
}

/** Makes the answer of something outside reach the tab as the tab's own state allows: late when frozen, never when dead. */
function through(tab: MemoryTab): <T>(begin: () => Promise<T>) => Promise<T> {
  return async <T>(begin: () => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      // A frozen tab runs nothing: what was about to happen in it happens when it is back.
      tab.run(() => {
        begin().then(
          (value) => tab.run(() => resolve(value)),
          (error: unknown) => tab.run(() => reject(error)),
        );
      });
    });
}

let opened = 0;

/** A tab with an outbox in it, which dies and freezes with the tab. */
export function openOutboxTab(
  { clock, browser, disk, publish }: SharedWorld,
  overrides: Partial<OpenOutboxSettings> = {},
  kind: MemoryTab['kind'] = 'locks',
  { loads = true, means = 'same' }: { readonly loads?: boolean; readonly means?: string } = {},
) {
  const tab = browser.tab(kind);
  const name = `tab-${++opened}`;
  const inside = through(tab);
  const outcomes: OutboxOutcome[] = [];
  const reports: RealtimeError[] = [];
  let ids = 0;
  const publisher = (route: 'server' | 'peer'): Publisher => ({
    publish: (message, signal) => inside(() => publish({ tab: name, message, route }, signal)),
  });
  const { claim, clear } = disk;
  const outbox = openOutbox({
    clock: {
      now: () => clock.now(),
      elapsed: () => clock.elapsed?.() ?? clock.now(),
      after: (ms, wake) => clock.after(ms, () => tab.run(wake)),
    },
    random: () => 0.5,
    createId: () => `${name}:${++ids}`,
    storage: {
      load: () => inside(() => disk.load()),
      put: (messages) => inside(() => disk.put(messages)),
      remove: (gone) => inside(() => disk.remove(gone)),
      ...(claim && { claim: (from: string, by: string) => inside(() => claim(from, by)) }),
      ...(clear && { clear: () => inside(() => clear()) }),
    },
    publishers: { server: means === '' ? undefined : publisher('server'), peer: publisher('peer') },
    report: (error) => reports.push(error),
    onSettled: (outcome) => outcomes.push(outcome),
    tabs: { tabs: tab, name: 'outbox', tab: name, means, isBound: ({ route }) => route === 'peer' },
    ...overrides,
  });
  if (loads) void outbox.load();
  return {
    name,
    tab,
    outbox,
    outcomes,
    reports,
    /** Publishes, and keeps the end in view. */
    publish: (data: unknown, options: PublishOptions & { readonly channel?: string } = {}) => {
      const { channel = 'a', route = 'server', ...rest } = options;
      return watched(outbox.publish({ channel, event: 'e', route, bytes: 10, data }, rest));
    },
  };
}
