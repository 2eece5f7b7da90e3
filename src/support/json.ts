/** The fields of a value that somebody else made; nobody has checked them. */
export type Fields = Readonly<Record<string, unknown>>;

const noFields: Fields = Object.freeze({});
const noItems: readonly unknown[] = Object.freeze([]);

/** The longest id that is believed, in UTF-16 code units: what is kept of strangers must not grow with what they send. */
export const longestId = 256;
/** As much of a stranger's sentence is passed on, in UTF-16 code units. */
export const longestSentence = 500;

/** The JSON in `text`; undefined when it is none. */
export function parseJson(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** JSON text parsed; other text, and what is no text, as it is. */
export function parseData(data: unknown): unknown {
  if (typeof data !== 'string' || !mayBeJson(data)) return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

/** Whether `text` begins as JSON does: exceptions are slow, and most text that is no JSON can be told by its first letter. */
function mayBeJson(text: string): boolean {
  const first = text.charCodeAt(0);
  // White space, `"`, `-`, digits, `[`, `f`, `n`, `t`, `{`.
  if (first <= 57) return first <= 34 || first === 45 || first >= 48;
  return first === 123 || first === 91 || first === 116 || first === 102 || first === 110;
}

/** `value` as something with fields; undefined when it is a list, a text, a number or nothing. */
export function recordIn(value: unknown): Fields | undefined {
  // Checked: it is an object and no list.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The fields of `value`; none where it has none. */
export function fieldsOf(value: unknown): Fields {
  return recordIn(value) ?? noFields;
}

/** `value` as a text that says something; undefined for the empty one and for everything else. */
export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A sentence that a stranger wrote, fit to be passed on: shortened to `longestSentence`. Undefined when there is none. */
export function sentenceIn(value: unknown): string | undefined {
  const text = textIn(value);
  return text === undefined || text.length <= longestSentence ? text : `${text.slice(0, longestSentence)}…`;
}

/** `value` as a number, also where it was written as a text; undefined for NaN, Infinity, the empty text and everything else. */
export function numberIn(value: unknown): number | undefined {
  const number =
    typeof value === 'string' && value.length <= 32 && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** `value` as somebody's or something's id: texts and numbers are ids, written as texts. Undefined when it says nothing. */
export function idIn(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  return typeof value === 'string' && value !== '' && value.length <= longestId ? value : undefined;
}

/** `value` as a list; the empty one where it is none. */
export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : noItems;
}
