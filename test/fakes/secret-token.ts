import { expect } from 'vitest';
import type { RealtimeError } from '../../src/errors';

/** A token that nobody may see but the backend. */
export const secretToken = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTQyIn0.s3cr3t-s1gn4tur3';

/** What `promise` was rejected with. No error may show the token, whichever way one looks at it. */
export async function failure(promise: Promise<unknown>): Promise<RealtimeError> {
  const error = await promise.then(
    () => expect.fail('should have been rejected'),
    (reason: RealtimeError) => reason,
  );
  for (let link: unknown = error; link instanceof Error; link = link.cause) {
    const shown = [
      link.message,
      link.stack,
      String(link),
      JSON.stringify(link),
      JSON.stringify({ ...link }),
    ].join();
    expect(shown).not.toContain(secretToken);
    expect(shown).not.toContain('s3cr3t');
  }
  return error;
}
