import type { RealtimeError } from '../errors';
import type { Clock, OutboxStorage, Publisher, StoredMessage, TabCoordinator } from '../ports';
import type { BackoffOptions } from '../support/backoff';
import type { Acknowledgement, PendingMessage, Stop } from '../types';
import type { ConfirmationFate } from './acknowledgements';

/** A message as it comes to the outbox. */
export interface OutgoingMessage {
  /** Its id, where the payload has it in it. Default: a new one. */
  readonly id?: string;
  readonly channel: string;
  readonly event: string;
  /** The payload. The outbox keeps the reference: hand in a copy when the caller may change it. */
  readonly data: unknown;
  readonly route: 'server' | 'peer';
  /** The payload's size in UTF-8 bytes. */
  readonly bytes: number;
}

/** How a message ended, also one whose `publish` was called before the page was reloaded. */
export type OutboxOutcome =
  | {
      readonly type: 'acknowledged';
      readonly message: PendingMessage;
      readonly acknowledgement: Acknowledgement;
    }
  | { readonly type: 'rejected'; readonly message: PendingMessage; readonly error: RealtimeError }
  /** Never sent: the message with the id `by` took its place. */
  | { readonly type: 'replaced'; readonly message: PendingMessage; readonly by: string };

/** How tabs share the sending. */
export interface OutboxTabsSettings {
  /** The other tabs. */
  readonly tabs: TabCoordinator;
  /** Outboxes with this name have the same messages: it must tell owners apart, and applications. */
  readonly name: string;
  /** This tab's own name, which no other has or had. */
  readonly tab: string;
  /** Whether messages of the route must leave by the connection of the tab that published them. */
  isBound(route: StoredMessage['route']): boolean;
}

/** What everything that has to do with other tabs needs. */
export interface TabSurroundings extends OutboxTabsSettings {
  readonly clock: Clock;
  readonly random: () => number;
  /** Aborts when we take part no longer. */
  readonly life: AbortSignal;
  /** Resolves, after that, when others may have our turns: what we wrote is written. */
  readonly over: Promise<void>;
}

/** Sharing with nobody. */
export const alone: OutboxTabsSettings = {
  tabs: {
    kind: 'none',
    exclusive: (_, { signal }, work) => work(signal),
    join: () => ({ post: () => {}, leave: () => {} }),
  },
  name: '',
  tab: '',
  isBound: () => false,
};

/** What the outbox needs. */
export interface OutboxSettings {
  readonly clock: Clock;
  readonly random: () => number;
  /** Makes an id that nobody else makes. */
  readonly createId: () => string;
  readonly storage: OutboxStorage;
  readonly publishers: { readonly server?: Publisher | undefined; readonly peer?: Publisher | undefined };
  /** The most that may be pending. */
  readonly limits: { readonly messages: number; readonly bytes: number };
  /** What becomes of a message too many. Default: `reject`, the new one; `drop-oldest` gives up the oldest waiting ones. */
  readonly overflow?: 'reject' | 'drop-oldest';
  /** Whether messages that were refused or expired can be looked at until somebody decides. Default: false. */
  readonly keepRejected?: boolean;
  /** How long a message may wait when it does not say so itself, in milliseconds. */
  readonly expiresIn: number;
  /** The wait between two attempts. */
  readonly backoff: BackoffOptions;
  /** How long an attempt on the server route may take, in milliseconds. */
  readonly attemptTimeout: number;
  /** Gets warnings: the storage fails, messages were dropped. Nothing is reported that an outcome tells. */
  readonly report: (error: RealtimeError) => void;
  /** How tabs share the sending. Left out, this outbox is the only one that has these messages. */
  readonly tabs?: OutboxTabsSettings;
  /** Told when the first message for a channel's peer route comes in (it needs the subscription), and when the last one has gone. */
  readonly onPeerDemand?: (channel: string, wanted: boolean) => void;
  /** Keeps a channel subscribed while a message for it waits for receivers. Default: nothing does. */
  readonly hold?: (channel: string) => Stop;
  /**
   * Whether a message that receivers are to confirm may go to the server: not while the subscription is on its way, for their
   * word would be missed. Default: once it is confirmed.
   */
  readonly hears?: (channel: string) => boolean;
  /** Told of each confirmation of a message of ours. */
  readonly onConfirmation?: (fate: ConfirmationFate) => void;
  /** Gets the end of every message. */
  readonly onSettled?: (outcome: OutboxOutcome) => void;
}
