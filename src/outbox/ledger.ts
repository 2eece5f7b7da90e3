import { RealtimeError } from '../errors';
import type { StoredMessage } from '../ports';
import type { PendingMessage } from '../types';
import { Acknowledgements } from './acknowledgements';
import { type Entry, viewOf } from './entry';
import { OutboxExpiry } from './expiry';
import { OutboxFlushes } from './flushes';
import type { OutboxLane } from './lane';
import { PendingStore } from './pending-store';
import { OutboxQueue } from './queue';
import { RejectedMessages } from './rejected';
import type { OutboxSettings, OutgoingMessage } from './settings';
import type { OutboxTabs } from './tabs';
import { OutboxWriter } from './writer';

/** What the ledger leaves to others. */
export interface OutboxLedgerEvents {
  /** Makes a lane for the first message that needs it. */
  createLane(route: StoredMessage['route'], channel: string): OutboxLane;
  /** Ends what is too old, and returns when the next one will be, if there is one. */
  expire(now: number): number | undefined;
}

/** The books on every message that has not ended: where it stands, what is stored of it, and who waits for it. */
export class OutboxLedger {
  readonly settings: OutboxSettings;
  readonly tabs: OutboxTabs;
  readonly queue: OutboxQueue;
  readonly writer: OutboxWriter;
  readonly rejected: RejectedMessages;
  readonly flushes: OutboxFlushes = new OutboxFlushes();
  readonly acknowledgements: Acknowledgements;
  readonly expiry: OutboxExpiry;
  /** What applications see of what has not ended. */
  readonly pending: PendingStore<readonly PendingMessage[]>;

  constructor(settings: OutboxSettings, tabs: OutboxTabs, { createLane, expire }: OutboxLedgerEvents) {
    this.settings = settings;
    this.tabs = tabs;
    const { clock, report } = settings;
    const reportListener =
      (store: string): ((cause: unknown) => void) =>
      (cause) =>
        report(new RealtimeError('listener', `A subscriber of outbox.${store} threw.`, { cause }));
    this.writer = new OutboxWriter(settings);
    this.queue = new OutboxQueue(createLane, ({ route, channel }, exists) => {
      if (route === 'peer') settings.onPeerDemand?.(channel, exists);
    });
    this.acknowledgements = new Acknowledgements({
      clock,
      hold: settings.hold ?? (() => () => {}),
      onConfirmation: settings.onConfirmation ?? (() => {}),
    });
    this.expiry = new OutboxExpiry(clock, expire);
    this.pending = new PendingStore<readonly PendingMessage[]>(
      () => [...this.queue.entries()].map(viewOf),
      reportListener('pending'),
    );
    this.rejected = new RejectedMessages((id) => void this.writer.remove(id), reportListener('rejected'));
  }

  /** The waiting message with this `replaces` key, whose place a new one would take. */
  replaceable(
    { route, channel }: Pick<OutgoingMessage, 'route' | 'channel'>,
    key: string | undefined,
  ): Entry | undefined {
    return key === undefined ? undefined : this.queue.lane(route, channel)?.waitingFor(key);
  }

  /** Something that applications see of the entry is different now. */
  changed(entry: Entry): void {
    entry.view = undefined;
    this.pending.invalidate();
  }

  /** Strikes a message out; nobody who flushes waits for it any more. */
  forget(entry: Entry): void {
    this.acknowledgements.forget(entry.message.id);
    if (!this.queue.forget(entry)) return;
    if (this.queue.size === 0) {
      this.expiry.stop();
      this.tabs.owe();
    }
    this.flushes.release([entry]);
    this.pending.invalidate();
  }

  /** Closes the books. What is stored stays stored. No timer is left. */
  close(): void {
    this.queue.clear();
    this.acknowledgements.destroy();
    this.tabs.leave(this.writer.end());
    this.expiry.stop();
    this.flushes.end();
    this.pending.invalidate();
  }
}
