/** A page in a tab or window of its own. */
export interface LivePage {
  /** Resolves when the page is loaded. */
  readonly goTo: (address: string) => Promise<unknown>;
  readonly reload: () => Promise<unknown>;
  /** As the button of the browser does. */
  readonly back: () => Promise<unknown>;
  /** The value of an expression, or what a promise in it resolves with: plain data. */
  readonly evaluate: <T>(expression: string) => Promise<T>;
  /** Goes in the middle of what it does: killed with its process, or closed where the browser would not outlive that. */
  readonly vanish: () => Promise<unknown>;
  readonly close: () => Promise<unknown>;
}

/** A browser with a profile of its own, which was empty. */
export interface LiveBrowser {
  /** Its name and version. */
  readonly name: string;
  /** Opens an empty page. */
  readonly open: () => Promise<LivePage>;
  readonly close: () => Promise<void>;
}
