import { fieldsOf, numberIn, sentenceIn } from '../support/json';
import type { ServerErrorKind } from '../transport-port';
import { serverErrorKind } from './codes';

/** What a server complains about, in one reading for all of them. */
export interface ServerError {
  readonly kind: ServerErrorKind;
  readonly code: number | null;
  readonly message: string;
  /** The channel whose subscription was refused, where the server's words name it. */
  readonly channel?: string | undefined;
}

/** Pusher's words about a signature; after them come what was to be signed, the member's data included, and what came. */
const badSignature = 'Invalid signature';
const badKey = 'Invalid key';

/**
 * Reads the data of a `pusher:error`. Pusher itself refuses signatures with `code: null`, and names the channel in its sentence;
 * that sentence is read and not passed on: what was signed is nobody's business in an error.
 */
export function readServerError(data: unknown): ServerError {
  const fields = fieldsOf(data);
  const code = numberIn(fields['code']) ?? null;
  const message = sentenceIn(fields['message']) ?? 'The server reported an error without a message';
  const kind = serverErrorKind(code, message);
  if (code !== null || kind !== 'signature-refused') return { kind, code, message };
  if (message.startsWith(badSignature)) {
    const words = `${badSignature}: check that your backend signs with the secret of this \`key\``;
    return { kind, code, message: words, channel: signedChannel(message) };
  }
  if (!message.startsWith(badKey)) return { kind, code, message };
  const words = `${badKey}: your backend signs for another app than that of \`key\``;
  return { kind, code, message: words };
}

/** The channel in "… hex digest of <socket id>:<channel>[:<member>], but got <signature>"; not of a sign-in, which has "::". */
function signedChannel(message: string): string | undefined {
  const [, signed = ''] = message.split(' digest of ', 2);
  const name = signed.split(', but got', 1)[0]?.split(':', 2)[1];
  return name === '' ? undefined : name;
}
