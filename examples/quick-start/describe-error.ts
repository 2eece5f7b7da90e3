import { isRealtimeError } from 'surewire';

/** An error as people read it: its class, its code, the status behind it, what it says. */
export interface ErrorDescription {
  readonly name: string;
  readonly code: string;
  readonly status?: number;
  readonly retryable: boolean;
  readonly message: string;
}

/** What an error is. One that is not surewire's says so in its code. */
export function describeError(error: unknown): ErrorDescription {
  if (isRealtimeError(error)) {
    const { name, code, status, retryable, message } = error;
    return { name, code, retryable, message, ...(status === undefined ? {} : { status }) };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { name, code: 'not surewire’s', retryable: false, message };
}
