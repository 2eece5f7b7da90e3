import type { ConnectionStatus, SubscriptionStatus } from 'surewire';
import { describeError } from '../describe-error.ts';

/** How the connection is, in words for people. `now` is for the countdown. */
export function connectionWords({ state, retryAt }: ConnectionStatus, now: number): string {
  switch (state) {
    case 'idle':
      return 'Not connected';
    case 'connecting':
      return 'Connecting …';
    case 'connected':
      return 'Connected';
    case 'offline':
      return 'Offline';
    case 'failed':
      return 'Cannot connect';
    case 'reconnecting': {
      const seconds = retryAt === undefined ? 0 : Math.ceil((retryAt - now) / 1_000);
      return seconds > 0 ? `Reconnecting in ${seconds} s` : 'Reconnecting …';
    }
    default:
      return state satisfies never;
  }
}

/** What that means for whoever writes something now. */
export function connectionAdvice({ state }: ConnectionStatus): string {
  switch (state) {
    case 'connected':
      return 'Everything you do reaches the others at once.';
    case 'failed':
      return 'The server does not know this application. Trying again would not help.';
    case 'idle':
      return 'You disconnected. What you write waits on this device.';
    default:
      return 'Keep working: what you write waits on this device and is sent automatically.';
  }
}

/** How a channel is, in words for people. */
export function subscriptionWords({ state, error }: SubscriptionStatus): string {
  switch (state) {
    case 'subscribed':
      return 'Live';
    case 'refused':
      return 'No access';
    case 'subscribing':
      return error === undefined ? 'Joining …' : 'Joining, with trouble …';
    case 'unsubscribed':
      return 'Not joined';
    default:
      return state satisfies never;
  }
}

/** What went wrong, in words for people who have never heard of sockets. */
export function errorWords(error: unknown): string {
  const { code, status, retryable } = describeError(error);
  switch (code) {
    case 'configuration':
      return 'This page is set up in a way that is not safe or cannot work, so nothing was started.';
    case 'connection':
      if (status === 4001) return 'The server does not know this application.';
      return retryable
        ? 'The connection was lost. It is being restored automatically.'
        : 'The connection failed for good.';
    case 'authentication':
      return 'You are no longer signed in.';
    case 'subscription':
      if (status === 403) return 'You have no access to this room at the moment.';
      return 'The sign-in service gave an answer that makes no sense. We keep trying.';
    case 'publish':
      return retryable
        ? 'The server could not accept it yet. It will be tried again.'
        : 'The server refused it.';
    case 'message-expired':
      return 'It waited longer than it was allowed to.';
    case 'unconfirmed':
      return 'The server has it, but nobody confirmed it in time.';
    case 'outbox-full':
      return 'Too much is waiting already.';
    case 'payload-too-large':
      return 'It is too large to send.';
    case 'recovery':
      return 'What you missed could not be fetched.';
    case 'storage':
      return 'This browser could not store it.';
    default:
      return 'Something went wrong.';
  }
}

/** A length of time as people say it. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.max(1, Math.round(milliseconds))} ms`;
  const seconds = milliseconds / 1_000;
  return seconds < 60
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** The time of day, with seconds. */
export function timeOf(moment: number): string {
  return new Date(moment).toLocaleTimeString([], { hour12: false });
}

/** So many of them. */
export function plural(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
