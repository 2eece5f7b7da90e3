import { jwtDecode } from 'jwt-decode';
import { numberIn } from '../support/json';

/**
 * How long the token is good from the moment of its issue, in milliseconds; undefined when it does not say, or is no JWT.
 * It is `exp - iat`, in which our own clock has no part. A token without `iat` is measured from `nbf`, and one with
 * neither from `now`, the only case in which a wrong clock shows. The signature is not checked: that is the server's task.
 */
export function jwtLifetime(token: string, now: number): number | undefined {
  let claims: { readonly exp?: unknown; readonly iat?: unknown; readonly nbf?: unknown } | null;
  try {
    claims = jwtDecode(token);
  } catch {
    // Opaque tokens are as good as any; the decoder's error would carry parts of it.
    return undefined;
  }
  const expires = numberIn(claims?.exp);
  if (expires === undefined) return undefined;
  const issued = numberIn(claims?.iat) ?? numberIn(claims?.nbf) ?? now / 1000;
  const lifetime = (expires - issued) * 1000;
  return lifetime > 0 ? lifetime : undefined;
}
