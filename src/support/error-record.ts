import {
  AuthenticationError,
  ConfigurationError,
  MessageExpiredError,
  OutboxFullError,
  PublishError,
  RateLimitError,
  RealtimeError,
  type RealtimeErrorCode,
} from '../errors';

/** An error as plain data, for another tab or a later page; what caused it stays behind. */
export interface ErrorRecord {
  readonly code: RealtimeErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly channel?: string | undefined;
  readonly event?: string | undefined;
  readonly status?: number | undefined;
}

/** The error as plain data. */
export function recordOf({ code, message, retryable, channel, event, status }: RealtimeError): ErrorRecord {
  return { code, message, retryable, channel, event, status };
}

/** The error that a record tells of, of the class that its code belongs to. */
export function errorOf({ code, message, ...details }: ErrorRecord): RealtimeError {
  switch (code) {
    case 'publish':
      return new PublishError(message, details);
    case 'authentication':
      return new AuthenticationError(message, details);
    case 'message-expired':
      return new MessageExpiredError(message, details);
    case 'outbox-full':
      return new OutboxFullError(message, details);
    case 'rate-limit':
      return new RateLimitError(message, details);
    case 'configuration':
      return new ConfigurationError(message, details);
    default:
      return new RealtimeError(code, message, details);
  }
}

/** Whether what came from elsewhere is such a record. */
export function isErrorRecord(value: unknown): value is ErrorRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message, retryable } = value as Partial<Record<keyof ErrorRecord, unknown>>;
  return typeof code === 'string' && typeof message === 'string' && typeof retryable === 'boolean';
}
