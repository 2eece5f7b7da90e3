/** What a page is told when it is opened, in the hash of its address. */
export interface SteeredOrder {
  readonly server: { readonly key: string; readonly host: string; readonly port: number };
  readonly endpoints: { readonly auth: string; readonly publish: string };
  readonly token: string;
  /** The page's name, in a header of its requests to publish: tabs with different endpoints would not send for each other. */
  readonly tab: string;
  readonly owner: string;
  /** Whether the page does without Web Locks. */
  readonly lockless: boolean;
}

/** How a message ended in the page that published it. */
export interface SteeredEnd {
  /** The acknowledgement's level, or the error's code. */
  readonly end: string;
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** What a test asks of a page. All of it is plain data. */
export interface Steering {
  /** Publishes the numbers from `from` on. Resolves when all are stored; how each of them ends is in `ends`. */
  publish(
    channel: string,
    numbers: { readonly from: number; readonly count: number },
    event?: string,
  ): Promise<void>;
  /** Publishes, and runs nothing else for so long as soon as the message is being written. */
  hangWriting(channel: string, number: number, milliseconds: number): Promise<void>;
  /** How the numbers published on a channel ended. */
  ends(channel: string): Record<number, SteeredEnd>;
  /** Subscribes; resolves when the server has confirmed it. What comes is in `heard`. */
  listen(channel: string, event: string): Promise<void>;
  heard(channel: string): readonly unknown[];
  /** The payload-free view that applications get. */
  pending(): readonly { readonly id: string; readonly channel: string }[];
  /** How many messages of an owner are in the database. */
  stored(owner: string): Promise<number>;
  /** How many transactions of its own are open. */
  transactions(): number;
  /** Everything that other pages told this one, as text. */
  told(): readonly string[];
  /** When this page took the turn to send from one that seemed to hang, in milliseconds since 1970. */
  robberies(): readonly number[];
  /** Errors, and what nobody caught. */
  faults(): readonly string[];
  /** Connects, or takes part without a message of its own. */
  connect(): Promise<void>;
  signOut(): Promise<void>;
  /** Runs nothing else for so long. */
  hang(milliseconds: number): void;
}
