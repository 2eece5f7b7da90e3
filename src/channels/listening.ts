import { isProtocolEvent } from '../contract/event-name';

/** What servers say about a channel by events of their own, by the names that pusher-js gives them. */
const protocolEvents = [
  'pusher:subscription_succeeded',
  'pusher:subscription_error',
  'pusher:subscription_count',
  'pusher:member_added',
  'pusher:member_removed',
  'pusher:cache_miss',
];

/** What is wrong with a call of `on`, and what to write instead; undefined when nothing is. */
export function checkListening(event: unknown, listener: unknown, options: unknown): string | undefined {
  const call = `on(${JSON.stringify(event)}, …)`;
  if (typeof event !== 'string' || event === '') {
    return `${call} needs the name of an event; onAny((payload, message) => { … }) hears them all.`;
  }
  if (typeof listener !== 'function') {
    return `${call} needs a function: on(${JSON.stringify(event)}, (payload) => { … }).`;
  }
  if (isProtocolEvent(event) && !protocolEvents.includes(event)) {
    return `"${event}" never comes; a server sends: ${protocolEvents.join(', ')}.`;
  }
  if (options === undefined || options === null) return undefined;
  const { filter } = options as { readonly filter?: unknown };
  if (filter !== undefined && typeof filter !== 'function') {
    return `The filter of ${call} must be a function that returns true or false; it is ignored.`;
  }
  return checkOptions('on', options, ['filter']);
}

/** What is unknown among the options of a call; undefined when nothing is. */
export function checkOptions(call: string, options: object, names: readonly string[]): string | undefined {
  if (typeof options !== 'object') return `The options of ${call}() are an object with ${names.join(', ')}.`;
  const unknown = Object.keys(options).filter((name) => !names.includes(name));
  if (unknown.length === 0) return undefined;
  return `${call}() has no option "${unknown.join('", "')}"; it has: ${names.join(', ')}.`;
}

/** What is wrong with how long a call waits; undefined when nothing is. */
export function checkTimeout(
  call: string,
  { timeout, signal }: { readonly timeout?: unknown; readonly signal?: unknown },
): string | undefined {
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0)) {
    return `\`timeout\` of ${call}() must be a number of milliseconds; got ${JSON.stringify(timeout) ?? typeof timeout}.`;
  }
  if (
    signal !== undefined &&
    typeof (signal as Partial<AbortSignal> | null)?.addEventListener !== 'function'
  ) {
    return `\`signal\` of ${call}() must be an AbortSignal.`;
  }
  return undefined;
}
