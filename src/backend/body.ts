import { onAbort } from '../support/abort';

/** The most of an answer that is read, in bytes: ten times what any answer of the contract has. */
export const longestBody: number = 1024 * 1024;

/** An answer that is longer than anybody may make us keep. */
export class EndlessBody extends Error {}

/**
 * The text of an answer, at most `limit` bytes of it: throws an `EndlessBody` at the first byte more, and hangs up. Where the platform
 * cannot read bit by bit (React Native), the length that the answer announces decides. When `signal` aborts it hangs up, also where `fetch` does not look at it.
 */
export async function readBody(response: Response, limit: number, signal: AbortSignal): Promise<string> {
  const announced = Number(response.headers.get('content-length') ?? 0);
  const stream = response.body as ReadableStream<Uint8Array> | null | undefined;
  if (announced > limit) {
    void stream?.cancel().catch(() => {});
    throw new EndlessBody();
  }
  // One that says how long it is cannot be longer: the platform itself cuts it off there. Reading bit by bit costs three times as much.
  const bounded = announced > 0 && response.headers.get('content-encoding') === null;
  if (bounded || typeof stream?.getReader !== 'function' || typeof TextDecoder !== 'function') {
    const text = await response.text();
    if (text.length > limit) throw new EndlessBody();
    return text;
  }
  const reader = stream.getReader();
  const hangUp = (): void => void reader.cancel().catch(() => {});
  const decoder = new TextDecoder();
  let read = 0;
  let text = '';
  const stop = onAbort(signal, hangUp);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      // An empty piece counts, too: without an end of them no timer would ever have its turn.
      read += Math.max(1, value.byteLength);
      if (read > limit) {
        hangUp();
        throw new EndlessBody();
      }
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    stop();
  }
}
