import { SubscriptionError } from '../errors';
import type { Authorizer, ChannelAuthorization, Clock } from '../ports';
import { allAborted } from '../support/all-aborted';
import { unlessAborted } from '../support/deadline';
import { type Deferred, deferred } from '../support/deferred';
import { parseJson, recordIn } from '../support/json';
import type { Stop } from '../types';
import { type BackendAnswer, verdict } from './answer';
import { readAuthorization, unasked, unauthorized } from './channel-authorization';
import { BackendEndpoint, type EndpointSettings, type EndpointSurroundings } from './endpoint';

/** How the endpoint for many channels wants to be asked. */
export interface BatchAuthorizerSettings extends EndpointSettings {
  /** How long a request waits for channels to go with it, in milliseconds. */
  readonly window: number;
}

/** What batches need from outside. */
export interface BatchAuthorizerParts extends EndpointSurroundings {
  /** Asks for one channel: where there is only one, and when the endpoint does not know batches. */
  readonly single: Authorizer;
  /** Told once when the endpoint does not know batches: from here on channels are asked for one by one. */
  readonly onUnsupported: (words: string) => void;
}

/** Somebody who waits for a channel. */
interface Wanted {
  readonly socketId: string;
  readonly channel: string;
  readonly signal: AbortSignal;
  readonly answer: Deferred<ChannelAuthorization>;
}

/** So many channels go into one request. */
const most = 100;
/** So many requests are under way at a time, not to flood the application's endpoint. */
const atOnce = 6;

/**
 * Asks for many channels in one request: JSON `{ socket_id, channel_names }`, answered by
 * `{ channels: { [name]: { auth, … } | { status, error } } }`.
 */
export class BatchAuthorizer implements Authorizer {
  readonly #window: number;
  readonly #clock: Clock;
  readonly #parts: BatchAuthorizerParts;
  readonly #endpoint: BackendEndpoint;
  readonly #wanted = new Set<Wanted>();
  #gathering = false;
  #cancelGathering: Stop = () => {};
  #running = 0;
  #supported = true;

  constructor(settings: BatchAuthorizerSettings, parts: BatchAuthorizerParts) {
    this.#window = settings.window;
    this.#clock = parts.clock;
    this.#parts = parts;
    this.#endpoint = new BackendEndpoint(settings, parts);
  }

  async authorize(
    request: { readonly socketId: string; readonly channel: string },
    signal: AbortSignal,
  ): Promise<ChannelAuthorization> {
    if (!this.#supported) return this.#parts.single.authorize(request, signal);
    const wanted: Wanted = { ...request, signal, answer: deferred() };
    this.#wanted.add(wanted);
    this.#gather();
    try {
      return await unlessAborted(wanted.answer.promise, signal);
    } finally {
      this.#wanted.delete(wanted);
      if (this.#wanted.size === 0) this.#stopGathering();
    }
  }

  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.#cancelGathering = this.#clock.after(this.#window, () => {
      this.#stopGathering();
      this.#pump();
    });
  }

  #stopGathering(): void {
    this.#gathering = false;
    this.#cancelGathering();
  }

  #pump(): void {
    while (this.#running < atOnce) {
      const [first] = this.#wanted;
      if (first === undefined) return;
      const batch = [...this.#wanted].filter(({ socketId }) => socketId === first.socketId).slice(0, most);
      for (const wanted of batch) this.#wanted.delete(wanted);
      this.#running++;
      void this.#ask(first.socketId, batch).then(() => {
        this.#running--;
        // What came meanwhile and is still gathering waits for the rest of its window.
        if (!this.#gathering) this.#pump();
      });
    }
  }

  /** Settles everybody in `batch`. Never rejects. */
  async #ask(socketId: string, batch: readonly Wanted[]): Promise<void> {
    if (batch.length === 1 || !this.#supported) return this.#askSingly(batch);
    const channels = [...new Set(batch.map(({ channel }) => channel))];
    const abandoned = allAborted(batch.map(({ signal }) => signal));
    try {
      const fields = { socket_id: socketId, channel_names: channels };
      const answer = await this.#endpoint.ask({ fields, format: 'json' }, abandoned.signal);
      const body = recordIn(parseJson(answer.text));
      const entries = recordIn(body?.['channels']);
      // Endpoints for single channels miss `channel_name`: they refuse with some 4xx, or sign nonsense and say so without
      // `channels`. If it was a real no, the single requests bring it once more, for each channel.
      const accepted = answer.verdict === 'accepted';
      if (answer.verdict === 'refused' || (accepted && body !== undefined && entries === undefined)) {
        if (this.#supported) this.#parts.onUnsupported(answer.words);
        this.#supported = false;
        await this.#askSingly(batch);
      } else for (const wanted of batch) settle(wanted, () => readEntry(wanted.channel, answer, entries));
    } catch (cause) {
      for (const { channel, answer } of batch) answer.reject(unasked(channel, cause));
    } finally {
      abandoned.stop();
    }
  }

  async #askSingly(batch: readonly Wanted[]): Promise<void> {
    const asked = batch.map(({ socketId, channel, signal, answer }) =>
      this.#parts.single.authorize({ socketId, channel }, signal).then(answer.resolve, answer.reject),
    );
    await Promise.all(asked);
  }
}

function settle({ answer }: Wanted, read: () => ChannelAuthorization): void {
  try {
    answer.resolve(read());
  } catch (error) {
    answer.reject(error);
  }
}

function readEntry(
  channel: string,
  answer: BackendAnswer,
  entries: Readonly<Record<string, unknown>> | undefined,
): ChannelAuthorization {
  if (answer.verdict !== 'accepted') throw unauthorized(channel, answer);
  // Own fields only: a channel may be called like something that every object has.
  const own = entries !== undefined && Object.hasOwn(entries, channel);
  const entry = own ? recordIn(entries[channel]) : undefined;
  if (entry === undefined) {
    const missing = entries === undefined ? '{ "channels": { … } }' : 'an entry for this channel';
    throw new SubscriptionError(
      `"${channel}": the authorization endpoint ${answer.words}, but not with ${missing}. It is asked again.`,
      { channel, status: answer.status, retryable: true },
    );
  }
  const status = entry['status'];
  if (typeof status === 'number' && verdict(status) !== 'accepted') {
    const words = `answered ${status}${answer.explain?.(entry) ?? ''}`;
    throw unauthorized(channel, { verdict: verdict(status), status, text: '', words });
  }
  return readAuthorization(channel, answer, entry);
}
