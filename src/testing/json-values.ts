/** A JSON object whose fields nobody has checked yet. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** Parses what a stranger sent; `undefined` when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes `value` as JSON; `undefined` when it cannot be written (a cycle, nesting deeper than the stack). */
export function stringifyJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** `value` as an object with fields, or `undefined` for anything else, arrays included. */
export function asRecord(value: unknown): JsonRecord | undefined {
  return isRecord(value) ? value : undefined;
}

/** A field of `record`. Own fields only: a frame must not reach `Object.prototype` by asking for `constructor`. */
export function field(record: JsonRecord | undefined, name: string): unknown {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

/** A field of `record` if it is a text. */
export function textField(record: JsonRecord | undefined, name: string): string | undefined {
  const value = field(record, name);
  return typeof value === 'string' ? value : undefined;
}

/** What Pusher's server libraries do with a payload: a text goes as it is, anything else as JSON. */
export function payloadText(payload: unknown): string | undefined {
  return typeof payload === 'string' ? payload : stringifyJson(payload ?? null);
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
