import fc from 'fast-check';

/** The channels that tabs publish on. */
export const channels = ['a', 'b'] as const;
/** The most tabs at the same time. */
export const most = 4;

/** How a tab differs from the others of its owner. */
export type TabKind = 'usual' | 'other endpoint' | 'no endpoint' | 'session over' | 'keeps rejected';

/** One thing that happens. */
export type HistoryStep =
  | {
      readonly do: 'publish';
      readonly tab: number;
      readonly channel: string;
      readonly peer: boolean;
      readonly none: boolean;
      readonly key: boolean;
    }
  | { readonly do: 'answer'; readonly with: 'yes' | 'later' | 'no' | 'lost'; readonly which: number }
  | { readonly do: 'kill' | 'freeze' | 'thaw' | 'close' | 'flush' | 'sign out'; readonly tab: number }
  | { readonly do: 'open'; readonly as: TabKind }
  | { readonly do: 'offline' | 'online' }
  | { readonly do: 'deafen' | 'hear'; readonly tab: number; readonly channel: string }
  | { readonly do: 'discard' | 'withdraw'; readonly tab: number; readonly which: number }
  | { readonly do: 'storage'; readonly is: 'quick' | 'slow' | 'broken' }
  | { readonly do: 'wait'; readonly ms: number };

const tab = fc.nat(most - 1);
const which = fc.nat(20);
const channel = fc.constantFrom(...channels);
const step: fc.Arbitrary<HistoryStep> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      tab,
      channel,
      peer: fc.boolean(),
      none: fc.boolean(),
      key: fc.constantFrom(false, false, true),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      with: fc.constantFrom('yes', 'yes', 'yes', 'later', 'no', 'lost'),
      which,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('kill', 'freeze', 'thaw', 'thaw', 'flush', 'close'),
      tab,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sign out' as const), tab }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('open' as const),
      as: fc.constantFrom<TabKind>(
        'usual',
        'usual',
        'other endpoint',
        'no endpoint',
        'session over',
        'keeps rejected',
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('offline', 'online', 'online') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('deafen', 'hear', 'hear'), tab, channel }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('discard', 'withdraw', 'withdraw'), tab, which }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('storage' as const),
      is: fc.constantFrom('quick', 'quick', 'slow', 'slow', 'broken'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 1, 2, 30, 800, 2_500, 31_000),
    }),
  },
);

/** What may happen to the tabs of one owner. */
export const histories: fc.Arbitrary<HistoryStep[]> = fc.array(step, { minLength: 5, maxLength: 50 });
