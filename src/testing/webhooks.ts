import type { Clock, Stop } from '../index';
import { hmacSha256Hex } from './cryptography';
import type { JsonRecord } from './json-values';
import type { Credentials } from './signatures';

/** The names of the events that a webhook can tell. */
export type WebhookEventName =
  | 'channel_occupied'
  | 'channel_vacated'
  | 'member_added'
  | 'member_removed'
  | 'client_event'
  | 'cache_miss'
  | 'subscription_count';

/** One thing that happened on a channel, as a webhook tells it. */
export type WebhookEvent = JsonRecord & { readonly name: WebhookEventName; readonly channel: string };

/** Where an app's webhooks go. */
export interface WebhookTarget {
  /** The address that gets the POST. Without one, webhooks are only recorded in `server.webhooks`. */
  readonly url?: string;
  /** The events it wants. Default: all. */
  readonly events?: readonly WebhookEventName[];
  /** Gathers the events of so many milliseconds into one request. Default 0: a request per event. */
  readonly batch?: number;
  /** Milliseconds before `channel_vacated` and `member_removed` go out; a return in between takes both back. Default 3,000. */
  readonly leaveDelay?: number;
}

/** One webhook, delivered or not. */
export interface WebhookRecord {
  /** Where it went, if anywhere. */
  readonly url?: string;
  /** The app's key, as in `X-Pusher-Key`. */
  readonly key: string;
  /** The signature of `body`, as in `X-Pusher-Signature`. */
  readonly signature: string;
  /** The raw body. */
  readonly body: string;
  /** What it tells. */
  readonly events: readonly WebhookEvent[];
  /** How often it was sent so far. */
  attempts: number;
  /** Whether the receiver answered 2xx; `recorded` when there is no receiver. */
  state: 'pending' | 'delivered' | 'given-up' | 'recorded';
}

const retryFor = 5 * 60_000;
const opposites: Partial<Record<WebhookEventName, WebhookEventName>> = {
  channel_occupied: 'channel_vacated',
  member_added: 'member_removed',
};

/** What the webhooks of one app need from the server. */
export interface WebhookSurroundings {
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  readonly record: (webhook: WebhookRecord) => void;
}

/** Tells one receiver what happens on an app's channels: signed, batched, sent again for five minutes. */
export class WebhookSender {
  readonly #target: WebhookTarget;
  readonly #surroundings: WebhookSurroundings;
  readonly #leaving = new Map<string, Stop>();
  readonly #timers = new Set<Stop>();
  #batch: WebhookEvent[] = [];

  constructor(target: WebhookTarget, surroundings: WebhookSurroundings) {
    this.#target = target;
    this.#surroundings = surroundings;
  }

  /** Takes note of an event, if this receiver wants to hear of such. */
  tell(event: WebhookEvent): void {
    const opposite = opposites[event.name];
    if (opposite !== undefined && this.#takeBack(leaveKey({ ...event, name: opposite }))) return;
    if (event.name === 'channel_vacated' || event.name === 'member_removed') this.#gatherLater(event);
    else this.#gather(event);
  }

  /** Sends nothing more. */
  stop(): void {
    for (const stop of this.#timers) stop();
    this.#timers.clear();
    this.#leaving.clear();
    this.#batch = [];
  }

  #takeBack(key: string): boolean {
    this.#leaving.get(key)?.();
    return this.#leaving.delete(key);
  }

  #gatherLater(event: WebhookEvent): void {
    const key = leaveKey(event);
    const stop = this.#after(this.#target.leaveDelay ?? 3000, () => {
      this.#leaving.delete(key);
      this.#gather(event);
    });
    this.#leaving.set(key, stop);
  }

  #gather(event: WebhookEvent): void {
    // Asked last: whoever only wants arrivals must not hear of those who were away for a moment.
    if (this.#target.events?.includes(event.name) === false) return;
    this.#batch.push(event);
    if (!this.#target.batch) this.#send();
    else if (this.#batch.length === 1) this.#after(this.#target.batch, () => this.#send());
  }

  #send(): void {
    const { credentials, clock, record } = this.#surroundings;
    const events = this.#batch;
    this.#batch = [];
    const body = JSON.stringify({ time_ms: clock.now(), events });
    const { url } = this.#target;
    const webhook: WebhookRecord = {
      ...(url === undefined ? {} : { url }),
      key: credentials.key,
      signature: hmacSha256Hex(credentials.secret, body),
      body,
      events,
      attempts: 0,
      state: url === undefined ? 'recorded' : 'pending',
    };
    record(webhook);
    if (url !== undefined) void this.#attempt(webhook, url, clock.now());
  }

  async #attempt(webhook: WebhookRecord, url: string, since: number): Promise<void> {
    webhook.attempts += 1;
    if (await this.#post(webhook, url)) {
      webhook.state = 'delivered';
      return;
    }
    const wait = 1000 * 2 ** (webhook.attempts - 1);
    if (this.#surroundings.clock.now() + wait - since > retryFor) {
      webhook.state = 'given-up';
      return;
    }
    this.#after(wait, () => void this.#attempt(webhook, url, since));
  }

  async #post({ key, signature, body }: WebhookRecord, url: string): Promise<boolean> {
    const headers = {
      'content-type': 'application/json',
      'x-pusher-key': key,
      'x-pusher-signature': signature,
    };
    try {
      const answer = await this.#surroundings.fetch(url, { method: 'POST', headers, body });
      return answer.ok;
    } catch {
      return false;
    }
  }

  #after(ms: number, wake: () => void): Stop {
    const cancel = this.#surroundings.clock.after(ms, () => {
      this.#timers.delete(stop);
      wake();
    });
    const stop = (): void => {
      cancel();
      this.#timers.delete(stop);
    };
    this.#timers.add(stop);
    return stop;
  }
}

function leaveKey(event: WebhookEvent): string {
  return JSON.stringify([event.name, event.channel, event['user_id'] ?? null]);
}
