/** A frame of the Pusher protocol, its `data` parsed where it was JSON text. */
export interface PusherFrame {
  readonly event: string;
  readonly channel: string | undefined;
  readonly data: unknown;
  readonly userId: string | undefined;
  /** Sockudo and the embedded server name messages; Pusher does not. */
  readonly id: string | undefined;
}

/** What a link tells about one dial, in this order: `opened` at most once, then frames, then `closed` once. */
export interface PusherLinkEvents {
  opened(socketId: string, idleLimit: number): void;
  frame(frame: PusherFrame, bytes: number): void;
  malformed(reason: string, bytes: number): void;
  closed(code?: number, reason?: string): void;
}

/** How frames reach a server through pusher-js. */
export interface PusherLink {
  /** Dials once. */
  open(events: PusherLinkEvents): void;
  /** Lets go; nothing is told afterwards. */
  close(): void;
  /** Closes, and takes its listeners off whatever it listens to. */
  destroy(): void;
  /** Writes a frame; false when there is nothing to write to. */
  write(event: string, data: unknown, channel?: string): boolean;
  /** The cryptography that this build of pusher-js carries, if it does. */
  cryptography(): unknown;
}

/** The fields of what a stranger sent; none where it is not made of fields. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** What the data of a `pusher:error` says, as far as it says anything. */
export function errorIn(data: unknown): {
  readonly code: number | undefined;
  readonly message: string | undefined;
} {
  const { code, message } = fieldsOf(data);
  return {
    code: typeof code === 'number' ? code : undefined,
    message: typeof message === 'string' ? message : undefined,
  };
}

/** JSON text parsed; other text, and what is no text, as it is. */
export function parseData(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

/** The frame in `text`, or the reason why there is none. */
export function readFrame(text: unknown): PusherFrame | string {
  if (typeof text !== 'string') return 'a frame that is not text';
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return 'a frame that is not JSON';
  }
  return frameOf(frame);
}

/** The frame in a parsed value, or the reason why there is none. `parse` makes a payload of its `data`. */
export function frameOf(value: unknown, parse: (data: unknown) => unknown = parseData): PusherFrame | string {
  if (typeof value !== 'object' || value === null) return 'a frame that is not an object';
  const { event, channel, data, user_id, message_id } = value as Readonly<Record<string, unknown>>;
  if (typeof event !== 'string') return 'a frame without an event';
  if (channel !== undefined && typeof channel !== 'string') return 'a frame whose channel is not a text';
  // All fields, always: one shape for the engine on the hottest path there is.
  return {
    event,
    channel,
    data: parse(data),
    userId: typeof user_id === 'string' ? user_id : undefined,
    id: typeof message_id === 'string' ? message_id : undefined,
  };
}
