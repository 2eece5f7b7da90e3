import { ValidationError } from '../index';

/** A frame as the old servers speak it. Fields that are not named here pass through. */
export interface LegacyFrame {
  /** What is called an event today. */
  readonly type: string;
  /** The content. */
  readonly data?: unknown;
  /** What some senders write for `data`. */
  readonly payload?: unknown;
  /** Anything else: `channel`, `timestamp`, `messageId`, and what nobody has told us of. */
  readonly [field: string]: unknown;
}

/** A frame as it is today. Fields that are not named here pass through. */
export interface ChannelFrame {
  /** Its name. */
  readonly event: string;
  /** Where it belongs, when it says so. */
  readonly channel?: string;
  /** Its payload. */
  readonly data?: unknown;
  /** Anything else. */
  readonly [field: string]: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * `{ type, data }` as `{ event, data }`. Nothing is lost: other fields stay, a `payload` without `data` beside it becomes `data`, and
 * an `event` that is in the way changes places with `type`. Throws a `ValidationError` for what has no `type`.
 */
export function fromLegacyFrame(frame: LegacyFrame): ChannelFrame {
  return exchange(frame, 'type', 'event') as ChannelFrame;
}

/** The way back: `{ event, data }` as `{ type, data }`. Throws a `ValidationError` for what has no `event`. */
export function toLegacyFrame(frame: ChannelFrame): LegacyFrame {
  return exchange(frame, 'event', 'type') as LegacyFrame;
}

/**
 * Reads a frame of whatever form, JSON text or what was parsed from it: today's, the old servers' `{ type, data | payload }`, and
 * what the old service put around each message (an event `message` with `{ type, payload, … }` in it, which is opened; where
 * both say the same field, the inner one counts). Throws a `ValidationError` for anything else.
 */
export function readFrame(input: unknown): ChannelFrame {
  const fields = typeof input === 'string' ? parse(input) : input;
  const today = isRecord(fields) && isName(fields['event']);
  const frame = today ? withData(fields) : fromLegacyFrame(fields as LegacyFrame);
  const { event, data, ...around } = frame;
  return (event === 'message' && isEnvelope(data)
    ? { ...around, ...fromLegacyFrame(data) }
    : frame) as unknown as ChannelFrame;
}

/**
 * Whether `data` is what the old service sent as a `message`, or an old frame that a backend put there as it was: a `type` of its
 * own, and a `payload`, a `messageId`, or `data` with a `timestamp`. A `type` and `data` alone may be the application's own.
 */
export function isEnvelope(data: unknown): data is LegacyFrame {
  if (!isRecord(data) || !isName(data['type'])) return false;
  return 'payload' in data || 'messageId' in data || ('data' in data && 'timestamp' in data);
}

/** Whether `value` is an object with fields; an array is none. */
export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function exchange(frame: unknown, from: 'type' | 'event', to: 'type' | 'event'): Fields {
  const { [from]: name, [to]: other, ...rest } = isRecord(frame) ? frame : ({} as Fields);
  if (!isName(name)) throw notAFrame(`it has no \`${from}\``);
  return withData({ [to]: name, ...(other === undefined ? {} : { [from]: other }), ...rest });
}

function withData(fields: Fields): Fields {
  const { payload, ...rest } = fields;
  return payload === undefined || rest['data'] !== undefined ? fields : { ...rest, data: payload };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause: its message quotes the text.
    throw notAFrame('it is no JSON');
  }
}

function notAFrame(why: string): ValidationError {
  return new ValidationError(`This is not a frame: ${why}. Write { "type": "…", "data": … }.`, [
    { path: [], message: why },
  ]);
}
