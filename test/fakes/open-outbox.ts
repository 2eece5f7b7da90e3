import { Acknowledgements, type ConfirmationFate } from '../../src/outbox/acknowledgements';
import { durableParts } from '../../src/outbox/durable-parts';
import { Outbox } from '../../src/outbox/outbox';
import type { LeaderSettings, OutboxSettings } from '../../src/outbox/surroundings';
import type { OutboxStorage, TabCoordinator } from '../../src/ports';
import type { Stop } from '../../src/types';

/** An outbox's settings, with what makes it durable and what it asks its channels in one list. */
export interface OpenOutboxSettings
  extends Omit<
      OutboxSettings,
      | 'writer'
      | 'tabs'
      | 'acknowledgements'
      | 'channels'
      | 'waitForChannel'
      | 'bounds'
      | 'pace'
      | 'backoff'
      | 'attemptTimeout'
    >,
    Partial<Pick<OutboxSettings['bounds'], 'expiresIn' | 'overflow' | 'keepRejected'>> {
  readonly pace?: Partial<OutboxSettings['pace']>;
  readonly limits?: Pick<OutboxSettings['bounds'], 'messages' | 'bytes'>;
  readonly storage?: OutboxStorage;
  readonly tabs?: Pick<LeaderSettings, 'tabs' | 'name' | 'tab' | 'isBound'> & { readonly means?: string };
  readonly hold?: (channel: string) => Stop;
  readonly hears?: (channel: string) => boolean;
  /** Whether a channel that this tab follows is not live yet: its messages wait. */
  readonly awaits?: (channel: string) => boolean;
  readonly onPeerDemand?: (channel: string, wanted: boolean) => void;
  readonly onConfirmation?: (fate: ConfirmationFate) => void;
}

/** No other tab. */
const nobody: TabCoordinator = {
  kind: 'none',
  exclusive: (_, { signal }, work) => work(signal),
  join: () => ({ post: () => {}, leave: () => {} }),
};

/** An outbox as a client makes it, with a client's bounds and patience; in memory without `storage`. */
export function openOutbox(settings: OpenOutboxSettings) {
  const { storage, tabs, hold = () => () => {}, hears, awaits = () => false, ...others } = settings;
  const { onPeerDemand, onConfirmation, limits, overflow, keepRejected, expiresIn, pace, ...rest } = others;
  const { clock, random, report } = rest;
  const confirmed = new Set<string>();
  const acknowledgements = new Acknowledgements({
    clock,
    hold,
    stateOf: (channel) => ((hears?.(channel) ?? confirmed.has(channel)) ? 'subscribed' : 'subscribing'),
    onConfirmation: onConfirmation ?? (() => {}),
  });
  const outbox: Outbox = new Outbox({
    ...rest,
    backoff: { base: 500, cap: 30_000 },
    attemptTimeout: 10_000,
    bounds: {
      ...(limits ?? { messages: 1_000, bytes: 5 * 1_024 * 1_024 }),
      overflow: overflow ?? 'reject',
      keepRejected: keepRejected ?? false,
      expiresIn: expiresIn ?? 86_400_000,
    },
    pace: {
      concurrent: 32,
      requestsPerSecond: Number.POSITIVE_INFINITY,
      onWait: () => {},
      isGathering: () => false,
      ...pace,
    },
    waitForChannel: true,
    acknowledgements,
    channels: {
      demand: onPeerDemand ?? (() => {}),
      isAwaited: awaits,
    },
    ...(storage && {
      ...durableParts({
        storage,
        clock,
        random,
        report,
        nameTab: () => tabs?.tab ?? 'only',
        ...{ tabs: nobody, name: 'alone', isBound: () => false, means: 'same' },
        ...tabs,
      }),
    }),
  });
  const setConfirmed = outbox.setConfirmed.bind(outbox);
  return Object.assign(outbox, {
    acknowledgements,
    setConfirmed: (channel: string, isConfirmed: boolean): void => {
      if (isConfirmed) confirmed.add(channel);
      else confirmed.delete(channel);
      setConfirmed(channel, isConfirmed);
    },
  });
}
