import type { ReactElement } from 'react';
import { describeError } from '../describe-error.ts';
import { errorWords } from './words.ts';

/** Something that went wrong: a sentence for people, and behind a disclosure what developers want to know. */
export function Problem({
  error,
  loud = false,
}: {
  readonly error: unknown;
  readonly loud?: boolean;
}): ReactElement {
  const { name, code, status, retryable, message } = describeError(error);
  const facts = [
    `code ${code}`,
    ...(status === undefined ? [] : [`status ${status}`]),
    retryable ? 'retryable' : 'final',
  ];
  return (
    <div className="problem" role={loud ? 'alert' : undefined}>
      <p>{errorWords(error)}</p>
      <details>
        <summary>For developers</summary>
        <p className="fine">
          <b>{name}</b> {facts.join(', ')}
          <br />
          {message}
        </p>
      </details>
    </div>
  );
}
