import type { ServerErrorKind } from '../transport-port';
import type { ConnectionTrouble } from '../types';

/**
 * What a close code asks of us. `again`: dial on the curve. `at-once`: the first time without waiting, then on the curve.
 * `later`: not within a second. `slowly`: in minutes. `renew`: with another token. `never`: dialling unchanged is pointless.
 */
export type CloseReaction = 'again' | 'at-once' | 'later' | 'slowly' | 'renew' | 'never';

const troubles: Readonly<Partial<Record<CloseReaction, ConnectionTrouble>>> = {
  never: 'refused',
  renew: 'needs-sign-in',
  slowly: 'busy',
  later: 'busy',
};

const otherVersion = 'The server does not speak version 7 of the protocol.';
/** What went wrong and what the reader can do about it, by Pusher's close code. */
const explanations: Readonly<Record<number, string>> = {
  1009: 'The server does not take messages as large as the last one, which is lost. Pass its limits as `limits`.',
  4000: 'The server accepts TLS connections only. Remove `tls: false`.',
  4001: 'The server does not know this app key. Check `key` and `cluster` (or `host`).',
  4003: 'The application is disabled: enable it on the server.',
  4004: 'The application has all the connections of its plan. Trying again slowly.',
  4005: 'The server does not know this path. Check `host` and `pusherOptions.wsPath`.',
  4006: otherVersion,
  4007: otherVersion,
  4008: otherVersion,
  4009: 'This connection is not authorized. Check the token and the user that your backend signs for.',
};

/** Whether the connection was closed for something we wrote, which is lost with it. RFC 6455, section 7.4.1. */
export function blamesMessage(code: number | undefined): boolean {
  return code === 1009;
}

/** Protocol: "Error codes" of the Pusher Channels websockets protocol, version 7. */
export function closeReaction(code: number | undefined): CloseReaction {
  if (code === undefined || code < 4000) return 'again';
  if (code === 4004) return 'slowly';
  if (code === 4009) return 'renew';
  if (code < 4100) return 'never';
  if (code < 4200) return 'later';
  if (code < 4300) return 'at-once';
  return 'again';
}

/** What a close code means for the people in front of the page. */
export function troubleOf(reaction: CloseReaction): ConnectionTrouble {
  return troubles[reaction] ?? 'unreachable';
}

/** One sentence for developers about a lost or refused connection. */
export function explainClose(code: number | undefined, reason: string | undefined): string {
  if (code === undefined) return reason ?? 'The connection was lost.';
  if (code === 1006)
    return (
      reason ??
      'The connection broke, or the server could not be reached. If it never was: check `cluster`, or `host`, `port` and `tls`.'
    );
  const words = `(${code}${reason === undefined ? '' : `: ${reason}`})`;
  const known = explanations[code];
  return known === undefined ? `The server closed the connection ${words}.` : `${known} ${words}`;
}

/** What an error is about that came without a channel's name, by its code and, where servers differ, by its words. */
export function serverErrorKind(code: number | null, message: string): ServerErrorKind {
  switch (code) {
    case null:
      // Pusher itself goes by sentences. It refuses signatures so, of channels and of users.
      if (/^Invalid (?:signature|key|user_data)/.test(message)) return 'signature-refused';
      // To the end of a subscription that it had refused without naming it.
      return message.startsWith('No current subscription') ? 'not-subscribed' : 'other';
    case 4009:
      // Reverb rejects client events with the code of a bad signature; everybody else does it with 4301.
      return message.includes('not a member') ? 'event-rejected' : 'signature-refused';
    case 4200:
      return 'event-unknown';
    case 4300:
      return 'subscription-refused';
    case 4301:
      return /rate|quota/i.test(message) ? 'rate-limited' : 'event-rejected';
  }
  return code < 4100 ? 'closing' : 'other';
}

/**
 * Whether a refusal of a channel with that code may be another one later: the server's own trouble, or a limit. Servers write
 * HTTP's codes and Pusher's there.
 */
export function refusalPasses(code: number | undefined): boolean {
  if (code === undefined) return false;
  return code === 408 || code === 429 || (code >= 500 && code < 600) || code >= 4100;
}
