/** What the tests need of the application; `before` and `after` both are one. */
export interface App {
  /** Raw WebSocket code. */
  readonly panel: {
    readonly players: readonly string[];
    readonly online: boolean;
    open(): void;
    kick(name: string): void;
    close(): void;
  };
  /** Raw WebSocket code for the address that says the least. */
  readonly content: {
    readonly progress: readonly number[];
    open(): void;
    close(): void;
  };
  /** The old service's caller. */
  readonly lesson: {
    readonly good: readonly string[];
    readonly announcements: readonly unknown[];
    readonly states: readonly string[];
    readonly isConnected: boolean;
    readonly stats: {
      readonly messagesSent: number;
      readonly messagesReceived: number;
      readonly connectionState: string;
      readonly reconnectAttempts: number;
    };
    open(token: string): Promise<void>;
    start(lesson: number): Promise<unknown>;
    note(text: string): void;
    refresh(token: string): Promise<void>;
    close(): void;
  };
  /** Old Redux code. */
  readonly dashboard: {
    open(): unknown;
    close(): unknown;
    watch(channel: string): unknown;
    leave(channel: string): unknown;
    send(channel: string, type: string, payload: unknown): unknown;
    isConnected(): boolean;
    messages(channel: string): readonly { readonly type: string; readonly payload: unknown }[];
  };
}

/** What the tests need of the backend; the old server and the embedded one both are one. */
export interface Backend {
  /** Tells everybody who is subscribed. */
  tell(channel: string, type: string, payload: unknown): void;
  /** What clients have sent so far. */
  readonly received: readonly {
    readonly channel: string;
    readonly type: string;
    readonly payload: unknown;
  }[];
  /** A token that it accepts. */
  token(): string;
  /** Breaks every connection. */
  drop(): void;
  /** Ends it. */
  stop(): Promise<void>;
}
