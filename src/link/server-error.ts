import { errorIn } from './frames';

/** What a server complains about, in one reading for all of them. */
export interface ServerError {
  readonly code: number | null;
  readonly message: string;
  /** The channel whose subscription was refused, where the server's words name it. */
  readonly channel?: string;
}

/** Pusher's words about a signature; after them come what was to be signed, the member's data included, and what came. */
const badSignature = 'Invalid signature';
const badKey = 'Invalid key';
const badUser = 'Invalid user_data';

/**
 * Reads a `pusher:error`. Pusher itself refuses signatures with `code: null`, which is read as the 4009 that others send, and
 * names the channel in its sentence. Reverb rejects client events with 4009, for which everybody else has 4301.
 */
export function readServerError(data: unknown): ServerError {
  const { code = null, message = 'The server reported an error without a message' } = errorIn(data);
  if (code === 4009 && message.includes('not a member')) return { code: 4301, message };
  if (code !== null) return { code, message };
  if (message.startsWith(badSignature)) {
    const channel = signedChannel(message);
    // Without what was signed: a member's data is nobody's business in an error.
    const said = `${badSignature}: check that your backend signs with the secret of this \`key\``;
    return { code: 4009, message: said, ...(channel === undefined ? undefined : { channel }) };
  }
  if (message.startsWith(badKey))
    return { code: 4009, message: `${badKey}: your backend signs for another app than that of \`key\`` };
  return message.startsWith(badUser) ? { code: 4009, message } : { code, message };
}

/** The channel in "… hex digest of <socket id>:<channel>[:<member>], but got <signature>"; not of a sign-in, which has "::". */
function signedChannel(message: string): string | undefined {
  const [, signed = ''] = message.split(' digest of ', 2);
  const name = signed.split(', but got', 1)[0]?.split(':', 2)[1];
  return name === '' ? undefined : name;
}
