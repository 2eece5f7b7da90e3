/** What a tab is told when it is opened, in the hash of its address. */
export interface TabOrder {
  /** Where the server is. */
  readonly server: { readonly key: string; readonly host: string; readonly port: number };
  /** Where its endpoints are. */
  readonly endpoints: { readonly auth: string; readonly publish: string };
  readonly token: string;
  readonly owner: string;
  /** The number of this page among all pages: its messages carry it. */
  readonly page: number;
  /** Whose turn it is to get a message is drawn with this. */
  readonly seed: number;
  readonly channels: readonly string[];
  /** `publish`: goes on publishing until it is killed. `drain`: only sends what others left. */
  readonly task: 'publish' | 'drain';
  /** Whether it has a connection, too: publishing needs none. */
  readonly connects: boolean;
}

/** What a message carries: whose it is, and its place among the page's messages on its channel. */
export interface Numbered {
  readonly page: number;
  readonly number: number;
}

/** What a tab tells while it lives: the truth about it is kept outside. */
export type TabReport =
  | { readonly type: 'started' }
  /** `publish()` resolved with level `stored`. */
  | { readonly type: 'stored'; readonly channel: string; readonly number: number; readonly id: string }
  /** Nothing is stored any more. */
  | { readonly type: 'drained' }
  /** The browser did not answer the outbox's storage in time, nor anybody else: the machine does much else. */
  | { readonly type: 'slow' }
  /** Something that must not happen. */
  | { readonly type: 'fault'; readonly what: string };
