import type { RealtimeClient, UntypedChannels } from 'surewire';

/** The words that both bindings have. */
export type Word =
  | 'useRealtime'
  | 'useConnection'
  | 'useStatistics'
  | 'useOutbox'
  | 'useGap'
  | 'useChannel'
  | 'useEvent'
  | 'useLatest'
  | 'useEventReducer'
  | 'usePresence'
  | 'usePublish';

/** A hook or composable, and its arguments for the properties of the component that uses it. */
export interface Use<Props> {
  readonly word: Word;
  readonly args: (props: Props) => readonly unknown[];
}

/** A component that uses one hook, as a test sees it. */
export interface Mounted<Props> {
  /** What the hook says now: plain values, no refs. */
  value<T = unknown>(): T;
  /** How often the component has rendered. */
  readonly renders: number;
  /** Gives the component other properties. */
  update(props: Props): Promise<void>;
  unmount(): Promise<void>;
}

/** A framework's binding, brought to one form, so that what it promises is written down once. */
export interface Binding {
  readonly framework: string;
  mount<Props extends object>(
    client: RealtimeClient<UntypedChannels>,
    use: Use<Props>,
    props: Props,
  ): Promise<Mounted<Props>>;
  /** Runs what changes values, and waits until the components have rendered them. */
  act(change: () => unknown): Promise<void>;
  /** The text that a server renders of a component that shows what the hook says. */
  renderOnServer<Props extends object>(
    client: RealtimeClient<UntypedChannels>,
    use: Use<Props>,
    props: Props,
  ): Promise<string>;
  /** Takes over a page that a server rendered; the first text, the last text, and what the framework complained about. */
  hydrate<Props extends object>(
    client: RealtimeClient<UntypedChannels>,
    use: Use<Props>,
    props: Props,
    html: string,
  ): Promise<{
    readonly texts: readonly string[];
    readonly complaints: readonly string[];
    unmount(): Promise<void>;
  }>;
}

/** What a component shows of a value, for texts that are compared. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => (key === 'channel' ? undefined : part)) ?? 'nothing';
}
