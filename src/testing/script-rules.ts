import { ConfigurationError } from '../index';
import { utf8Length } from './utf8';

/** What a close frame's reason may take, in UTF-8 bytes (RFC 6455, section 5.5). */
const reasonBytes = 123;
/** RFC 9110, sections 5.1 and 5.5. */
const headerName = /^[!#$%&'*+.^_`|~\w-]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Codes that RFC 6455 reserves: they are what one side sees, and never sent. */
const unsendable = new Set([1004, 1005, 1006]);

/** Takes a code that a close frame can carry; `lost` is the call that looks like 1006 to a client. */
export function checkCloseCode(code: unknown, call: string, lost: string): void {
  const isSendable =
    isWhole(code) &&
    ((code >= 1000 && code <= 1014 && !unsendable.has(code)) || (code >= 3000 && code <= 4999));
  if (isSendable) return;
  const advice =
    code === 1005 || code === 1006 ? ` It is what clients see when there is none: use \`${lost}\`.` : '';
  throw new ConfigurationError(
    `${call} needs a code that a close frame can carry: 1000 to 1003, 1007 to 1014, or 3000 to 4999; got ${show(code)}.${advice}`,
  );
}

/** Takes a text that fits into a close frame. */
export function checkReason(reason: unknown, call: string): void {
  if (typeof reason === 'string' && utf8Length(reason) <= reasonBytes) return;
  const got = typeof reason === 'string' ? `${utf8Length(reason)} bytes` : show(reason);
  throw new ConfigurationError(`${call} needs a reason of at most ${reasonBytes} UTF-8 bytes; got ${got}.`);
}

/** Takes how often something is to happen: a whole number from 1, or Infinity. */
export function checkCount(times: unknown, call: string): void {
  if (times === Number.POSITIVE_INFINITY || (isWhole(times) && times >= 1)) return;
  throw new ConfigurationError(
    `${call} needs \`times\` to be a positive integer or Infinity; got ${show(times)}.`,
  );
}

/** Takes a length of time in milliseconds, 0 included. */
export function checkLength(ms: unknown, call: string): void {
  if (typeof ms === 'number' && ms >= 0 && ms < Number.POSITIVE_INFINITY) return;
  throw new ConfigurationError(`${call} needs a number of milliseconds, at least 0; got ${show(ms)}.`);
}

/** Takes the status of an answer. */
export function checkStatus(status: unknown, call: string): void {
  if (status === 'network' || status === 'hang' || isStatus(status)) return;
  throw new ConfigurationError(
    `${call} needs an HTTP status from 200 to 599, or 'network'; got ${show(status)}.`,
  );
}

/** Takes headers that HTTP can carry. */
export function checkHeaders(headers: Readonly<Record<string, unknown>>, call: string): void {
  for (const [name, value] of Object.entries(headers)) {
    if (headerName.test(name) && headerValue.test(String(value))) continue;
    throw new ConfigurationError(`${call} has a header that HTTP cannot carry: ${show(name)}.`);
  }
}

/** Takes a text; `what` names it in the error. */
export function checkText(text: unknown, what: string): void {
  if (typeof text === 'string') return;
  throw new ConfigurationError(`${what} must be a string; got ${show(text)}.`);
}

/** Whether an answer can have the status. */
export function isStatus(status: unknown): status is number {
  return isWhole(status) && status >= 200 && status <= 599;
}

/** Whether `text` is a whole address. */
export function isAddress(text: string): boolean {
  try {
    return new URL(text).href !== '';
  } catch {
    return false;
  }
}

/** Whether `value` is a whole number. */
export function isWhole(value: unknown): value is number {
  return Number.isInteger(value);
}

/** A value as an error message shows it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
