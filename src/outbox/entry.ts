import type { RealtimeError } from '../errors';
import type { StoredMessage } from '../ports';
import type { Acknowledgement, PendingMessage, Stop } from '../types';
import type { OutboxLane } from './lane';

/** A message on its way through the outbox. */
export interface Entry {
  message: StoredMessage;
  readonly lane: OutboxLane;
  /**
   * `unconfirmed` is past its lane, and waits for receivers; `accepted` is past all that, and only waits for the storage to
   * forget it.
   */
  state: 'storing' | 'waiting' | 'in-flight' | 'unconfirmed' | 'accepted' | 'ended';
  waiters: readonly Waiter[];
  /** Why the last attempt failed. */
  error: RealtimeError | undefined;
  /** Published in another tab that still waits for its end, and is told of it. */
  foreign: boolean;
  /** The ids of the messages whose place it took, and which end with it. */
  covers: readonly string[];
  /** In flight when its publisher withdrew it: it gets no other attempt. */
  withdrawn: boolean;
  /** What applications see of it, kept until it changes so that lists of thousands stay cheap. */
  view: PendingMessage | undefined;
  // The neighbours in the lane.
  previous: Entry | undefined;
  next: Entry | undefined;
}

/** Somebody who waits for a message's end. */
export interface Waiter {
  /** The message that was published. */
  readonly own: Entry;
  /** The message whose end counts: another one once `own` was replaced. */
  entry: Entry;
  /** Being stored is enough. */
  readonly none: boolean;
  readonly resolve: (acknowledgement: Acknowledgement) => void;
  readonly reject: (error: RealtimeError) => void;
  /** Stops listening for the signal. */
  readonly release: Stop;
}

/** What an application sees of an entry; the same object until `entry.view` is cleared. */
export function viewOf(entry: Entry): PendingMessage {
  if (!entry.view) {
    const { id, channel, event, route, attempts, createdAt, expiresAt, bytes } = entry.message;
    const { error } = entry;
    entry.view = {
      id,
      channel,
      event,
      route,
      state: visibleState(entry),
      attempts,
      createdAt,
      expiresAt,
      bytes,
      ...(error ? { error } : undefined),
    };
  }
  return entry.view;
}

function visibleState({ state }: Entry): PendingMessage['state'] {
  if (state === 'unconfirmed') return state;
  return state === 'in-flight' || state === 'accepted' ? 'in-flight' : 'waiting';
}

/** Whether the message has not been offered, or is to be offered again. */
export function isWaiting({ state }: Entry): boolean {
  return state === 'waiting' || state === 'storing';
}

/** What is told of a message that was stored, accepted, or more than that, at this time. */
export function acknowledgementOf(
  { message: { id, createdAt, attempts } }: Entry,
  how: Omit<Acknowledgement, 'id' | 'acceptedAt' | 'attempts' | 'latency'>,
  acceptedAt: number,
): Acknowledgement {
  return { id, ...how, acceptedAt, attempts, latency: Math.max(0, acceptedAt - createdAt) };
}

/** A message's end, for everybody who waits for it. */
export function settleWaiters({ waiters }: Entry, end: Acknowledgement | RealtimeError): void {
  for (const { release, resolve, reject } of waiters) {
    release();
    if (end instanceof Error) reject(end);
    else resolve(end);
  }
}
