import { Acknowledgements, type ConfirmationFate } from '../../src/outbox/acknowledgements';
import { durableParts } from '../../src/outbox/durable-parts';
import { EchoGate } from '../../src/outbox/echo-gate';
import { Outbox } from '../../src/outbox/outbox';
import type { LeaderSettings, OutboxSettings } from '../../src/outbox/surroundings';
import type { OutboxStorage, TabCoordinator } from '../../src/ports';
import type { Stop } from '../../src/types';

/** An outbox's settings, with what makes it durable and what it asks its channels in one list. */
export interface OpenOutboxSettings
  extends Omit<OutboxSettings, 'writer' | 'tabs' | 'acknowledgements' | 'channels' | 'waitForChannel'> {
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

/** An outbox as a client makes it; in memory without `storage`. */
export function openOutbox(settings: OpenOutboxSettings) {
  const { storage, tabs, hold = () => () => {}, hears, awaits = () => false, ...others } = settings;
  const { onPeerDemand, onConfirmation, ...rest } = others;
  const { clock, random, report } = rest;
  const confirmed = new Set<string>();
  const acknowledgements = new Acknowledgements({
    clock,
    hold,
    onConfirmation: onConfirmation ?? (() => {}),
  });
  const echo = new EchoGate(clock, awaits, () => outbox.advance());
  const outbox: Outbox = new Outbox({
    ...rest,
    waitForChannel: true,
    acknowledgements,
    channels: {
      demand: onPeerDemand ?? (() => {}),
      holdsBack: ({ delivery, channel }) =>
        (delivery !== undefined && !(hears?.(channel) ?? confirmed.has(channel))) || echo.isShut(channel),
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
  const setOnline = outbox.setOnline.bind(outbox);
  const destroy = outbox.destroy.bind(outbox);
  return Object.assign(outbox, {
    acknowledgements,
    setOnline: (online: boolean): void => {
      echo.setOnline(online);
      setOnline(online);
    },
    destroy: (): void => {
      destroy();
      echo.setOnline(false);
    },
    setConfirmed: (channel: string, isConfirmed: boolean): void => {
      if (isConfirmed) confirmed.add(channel);
      else confirmed.delete(channel);
      echo.changed(channel);
      setConfirmed(channel, isConfirmed);
    },
  });
}
