import { equalTexts, hmacSha256Hex } from './cryptography';

/** The half of an app that signs. */
export interface Credentials {
  readonly key: string;
  readonly secret: string;
}

/** Signs a subscription: `<key>:<hex>`. `channelData` must be the very text that the client will send. */
export function signChannel(
  app: Credentials,
  socketId: string,
  channel: string,
  channelData?: string,
): string {
  return `${app.key}:${hmacSha256Hex(app.secret, signedChannel(socketId, channel, channelData))}`;
}

/** What the signature of a subscription is made of. */
export function signedChannel(socketId: string, channel: string, channelData?: string): string {
  return (channelData === undefined ? [socketId, channel] : [socketId, channel, channelData]).join(':');
}

/** Signs a user: `<key>:<hex>`. */
export function signUser(app: Credentials, socketId: string, userData: string): string {
  return `${app.key}:${hmacSha256Hex(app.secret, signedUser(socketId, userData))}`;
}

/** What the signature of a user is made of. */
export function signedUser(socketId: string, userData: string): string {
  return `${socketId}::user::${userData}`;
}

/** Signs a call of the HTTP API. Every query parameter counts except the signature itself. */
export function signRequest(secret: string, method: string, path: string, query: URLSearchParams): string {
  const parameters = [...query]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name !== 'auth_signature')
    .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`);
  return hmacSha256Hex(secret, [method.toUpperCase(), path, parameters.join('&')].join('\n'));
}

/** What is wrong with the signature of `signed`, in the words in which Pusher tells it; `undefined` when nothing is. */
export function signatureFault(
  app: Credentials,
  received: string | undefined,
  signed: string,
): string | undefined {
  const [key = '', signature = ''] = received?.split(':') ?? [];
  if (key !== app.key) return `Invalid key in subscription auth data: '${key}'`;
  if (equalTexts(hmacSha256Hex(app.secret, signed), signature)) return undefined;
  return `Invalid signature: Expected HMAC SHA256 hex digest of ${signed}, but got ${signature}`;
}
