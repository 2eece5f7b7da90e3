import { ConfigurationError, type RealtimeError } from '../errors';
import { durableParts } from '../outbox/durable-parts';
import type { LeaderSettings, OutboxSettings } from '../outbox/surroundings';
import type { OutboxStorage, OutboxStorageFactory, TabCoordinator } from '../ports';
import type { Authority, ClientContext } from '../slots';
import { needed, object, platform, unknownOption } from '../support/given';
import { createMessageId } from '../support/message-id';
import { WebLocksTabs } from '../support/tabs';
import { checkOwner } from './shared-token';

/** Bounds of the outbox. */
export interface OutboxBounds {
  /** The most messages that may be pending. Default: 1,000. */
  readonly messages?: number | undefined;
  /** The most UTF-8 bytes of payload that may be pending. Default: 5 MiB. */
  readonly bytes?: number | undefined;
  /** What happens when the outbox is full: `reject` refuses the new message, `drop-oldest` gives up the oldest waiting ones. Default: `reject`. */
  readonly overflow?: 'reject' | 'drop-oldest' | undefined;
  /**
   * Whether messages that the server refused for good, or that expired, stay in `client.outbox.rejected` until they are
   * discarded or retried. Default: false.
   */
  readonly keepRejected?: boolean | undefined;
  /** How long a message may wait, in milliseconds. Default: 24 hours. */
  readonly expiresIn?: number | undefined;
}

/** Where messages outlive the page, and whose they are. */
export interface DurableOptions extends OutboxBounds {
  /** `indexedDbStorage()`, `asyncStorage(store)`, or one of your own. What an earlier page left there is sent once the client is used. */
  readonly storage: OutboxStorage | OutboxStorageFactory;
  /**
   * Whose messages these are: an id of the user. They are kept apart from those of others, and never sent for anyone else.
   * Make a new client when the user changes. Default: that of `sharedToken`. Needed where tokens are used.
   */
  readonly owner?: string | undefined;
  /** Another way to the other tabs than Web Locks and BroadcastChannel. */
  readonly tabs?: TabCoordinator | undefined;
}

/** What `durable()` makes. */
export interface DurableValue {
  /** Which slot it is for. */
  readonly slot: 'outbox';
  /** @internal */
  readonly bounds: OutboxBounds;
  /** @internal */
  open(
    parts: {
      readonly context: ClientContext;
      readonly authority: Authority | undefined;
    } & Pick<LeaderSettings, 'means' | 'isBound'>,
  ): Required<Pick<OutboxSettings, 'writer' | 'tabs'>>;
}

const known = 'storage owner tabs messages bytes overflow keepRejected expiresIn';

/**
 * Messages that outlive the page: kept in `storage`, shared by the tabs of one owner, of which one sends. For
 * `publishing({ outbox })`.
 */
export function durable(options: DurableOptions): DurableValue {
  const { storage, tabs } = object(options, 'durable({ storage, owner })');
  if (typeof storage !== 'function' && typeof storage?.load !== 'function') {
    throw new ConfigurationError(
      '`durable({ storage })` takes a storage: `indexedDbStorage()`, `asyncStorage(store)`, or one of your own.',
    );
  }
  platform(tabs, 'durable({ tabs })', ['exclusive', 'join']);
  if (options.owner !== undefined) checkOwner(options.owner, 'durable({ owner })');
  return {
    slot: 'outbox',
    bounds: options,
    open: ({ context: { key, reports, clock, random }, authority, means, isBound }) => {
      reports.doubt(unknownOption(options, 'durable', known));
      const owner = options.owner ?? authority?.owner;
      // The next page's user may be another one, and nothing but this tells them apart.
      if (typeof storage === 'function' && authority?.hasToken === true && owner === undefined) {
        throw new ConfigurationError(
          'Pass the id of the user, `durable({ storage, owner })`: without it the next user of this browser would send stored messages.',
        );
      }
      const report = (error: RealtimeError): void => reports.error(error);
      return durableParts({
        storage: needed(
          typeof storage === 'function' ? storage({ key, owner, report }) : storage,
          'durable({ storage })',
          ['load', 'put', 'remove'],
        ),
        clock,
        random,
        report,
        tabs: tabs ?? new WebLocksTabs(),
        name: `surewire:outbox:${JSON.stringify([key, owner ?? null])}`,
        // It is in every record, and what is written costs by the byte: 48 bits of chance are enough for the tabs of one user.
        nameTab: () => createMessageId().slice(0, 13),
        means,
        isBound,
      });
    },
  };
}
