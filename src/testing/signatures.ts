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
  const signed = channelData === undefined ? [socketId, channel] : [socketId, channel, channelData];
  return `${app.key}:${hmacSha256Hex(app.secret, signed.join(':'))}`;
}

/** Signs a user: `<key>:<hex>`. */
export function signUser(app: Credentials, socketId: string, userData: string): string {
  return `${app.key}:${hmacSha256Hex(app.secret, `${socketId}::user::${userData}`)}`;
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

/** Whether a subscription's signature is the app's. */
export function isSigned(expected: string, received: string | undefined): boolean {
  return received !== undefined && equalTexts(expected, received);
}
