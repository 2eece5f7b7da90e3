import { decodeBase64, encodeBase64, equalTexts, hmacSha256 } from './cryptography';
import { asRecord, type JsonRecord, parseJson } from './json-values';
import { utf8Bytes, utf8Text } from './utf8';

/** What is in a token that this server issued: who, and from when until when (seconds since 1970, with fractions). */
export type TokenClaims = JsonRecord & { readonly sub: string; readonly iat: number; readonly exp: number };

/** Issues a token signed with HS256. */
export function signToken(secret: string, claims: TokenClaims): string {
  const content = `${encodePart({ alg: 'HS256', typ: 'JWT' })}.${encodePart(claims)}`;
  return `${content}.${toUrlAlphabet(encodeBase64(hmacSha256(secret, content)))}`;
}

/** Whether a token's end has come at `now` (milliseconds). */
export function isExpired({ exp }: TokenClaims, now: number): boolean {
  return now >= exp * 1000;
}

/**
 * Reads a token. `undefined` unless it is ours and whole; whether it is still good is `isExpired`.
 *
 * The algorithm in the token's head is not consulted, so `alg: none` gets nobody in.
 */
export function readToken(secret: string, token: string): TokenClaims | undefined {
  const [head, body, signature, ...rest] = token.split('.');
  if (head === undefined || body === undefined || signature === undefined || rest.length > 0)
    return undefined;
  const expected = toUrlAlphabet(encodeBase64(hmacSha256(secret, `${head}.${body}`)));
  if (!equalTexts(expected, signature)) return undefined;
  const claims = decodePart(body);
  return isClaims(claims) ? claims : undefined;
}

function isClaims(claims: JsonRecord | undefined): claims is TokenClaims {
  return typeof claims?.['sub'] === 'string' && typeof claims['exp'] === 'number';
}

function encodePart(part: JsonRecord): string {
  return toUrlAlphabet(encodeBase64(utf8Bytes(JSON.stringify(part))));
}

function decodePart(part: string): JsonRecord | undefined {
  const bytes = decodeBase64(part.replaceAll('-', '+').replaceAll('_', '/'));
  return asRecord(parseJson(utf8Text(bytes) ?? ''));
}

function toUrlAlphabet(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
