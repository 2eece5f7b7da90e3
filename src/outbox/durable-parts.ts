import type { RealtimeError } from '../errors';
import type { OutboxStorage } from '../ports';
import { Leader } from './leader';
import type { LeaderSettings, OutboxSettings } from './surroundings';
import { OutboxWriter } from './writer';

/** What an outbox needs to outlive its page. */
export interface DurableSettings extends Omit<LeaderSettings, 'writer' | 'tab'> {
  readonly storage: OutboxStorage;
  /** Names this tab; asked once, when the outbox is first used. */
  readonly nameTab: () => string;
  /** Gets warnings: the storage fails. */
  readonly report: (error: RealtimeError) => void;
}

/** The parts that make an outbox one that outlives its page, and that tabs share. */
export function durableParts({
  storage,
  report,
  nameTab,
  ...settings
}: DurableSettings): Required<Pick<OutboxSettings, 'writer' | 'tabs'>> {
  const writer = new OutboxWriter({ storage, report, clock: settings.clock });
  return {
    writer,
    tabs: (dispatcher) => {
      const leader = new Leader(dispatcher, { ...settings, tab: nameTab(), writer });
      // What it says so late is taken in now, and not only by the next page.
      writer.answered = () => leader.resume();
      return leader;
    },
  };
}
