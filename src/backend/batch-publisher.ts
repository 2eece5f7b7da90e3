import { isRealtimeError, PublishError, type RealtimeError } from '../errors';
import type { Acceptance, Clock, OutboundMessage, Publisher } from '../ports';
import { allAborted } from '../support/all-aborted';
import { unlessAborted } from '../support/deadline';
import { type Deferred, deferred } from '../support/deferred';
import { fieldsOf, parseJson, recordIn } from '../support/json';
import { utf8Length } from '../support/utf8';
import type { Stop } from '../types';
import { type BackendAnswer, verdict } from './answer';
import { BackendEndpoint, type EndpointSettings } from './endpoint';
import {
  type HttpPublisherSurroundings,
  isHalf,
  notWhole,
  publishFailure,
  publishFields,
  readAcceptance,
} from './http-publisher';

/** How the endpoint for many messages wants to be asked. */
export interface BatchPublisherSettings extends EndpointSettings {
  /** Whether the server is asked to leave out our own connection (`socket_id`). */
  readonly excludeSender: boolean;
  /** The most messages in one request. */
  readonly messages: number;
  /** The most bytes of payload in one request, unless a single message has more. */
  readonly bytes: number;
}

/** What batches of messages need from outside. */
export interface BatchPublisherParts extends HttpPublisherSurroundings {
  /** Publishes one message: where there is only one, and when the endpoint does not know batches. */
  readonly single: Publisher;
  /** Told once when the endpoint does not know batches: from here on messages go one by one. */
  readonly onUnsupported: (words: string) => void;
}

/** A message that waits for its answer. */
interface Wanted {
  readonly message: OutboundMessage;
  readonly bytes: number;
  readonly signal: AbortSignal;
  readonly answer: Deferred<Acceptance>;
}

type Entries = Readonly<Record<string, unknown>>;

/** A request waits so long for more messages, in milliseconds, unless it is full before. */
const gathering = 10;

/**
 * Publishes many messages in one request: JSON `{ batch: [{ channel, event, data, id }, …] }`, answered by
 * `{ results: { [id]: { ok: true, … } | { status, error } } }`. Those of one channel stand there in their order.
 */
export class BatchPublisher implements Publisher {
  readonly #settings: BatchPublisherSettings;
  readonly #parts: BatchPublisherParts;
  readonly #clock: Clock;
  readonly #endpoint: BackendEndpoint;
  #gathered: Wanted[] = [];
  #stopGathering: Stop = () => {};
  #mostBytes: number;
  /** Whether the endpoint knows batches; undefined until it has shown it. */
  #supported: boolean | undefined;
  /** Whether it broke at a batch, and took a message alone right after that. */
  #brokeAtBatch = false;

  constructor(settings: BatchPublisherSettings, parts: BatchPublisherParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#endpoint = new BackendEndpoint(settings, parts);
    this.#mostBytes = settings.bytes;
  }

  /** Whether a message can go in the request that is just being gathered; `behind` others of its channel, which must all be in there. */
  joins({ channel, bytes }: { readonly channel: string; readonly bytes: number }, behind: boolean): boolean {
    const gathered = this.#gathered;
    if (gathered.length === 0 || sum(gathered) + bytes > this.#mostBytes) return false;
    return !behind || gathered.some(({ message }) => message.channel === channel);
  }

  /** Offers `message` once, with others. Settles as it would alone. */
  async publish(message: OutboundMessage, signal: AbortSignal): Promise<Acceptance> {
    const bytes = sizeOf(message);
    if (this.#supported === false || bytes === undefined) return this.#parts.single.publish(message, signal);
    const wanted: Wanted = { message, signal, bytes, answer: deferred() };
    this.#gather(wanted);
    try {
      return await unlessAborted(wanted.answer.promise, signal);
    } finally {
      this.#gathered = this.#gathered.filter((each) => each !== wanted);
      if (this.#gathered.length === 0) this.#stopGathering();
    }
  }

  /** Offers `message` once, in a request of its own. */
  publishAlone(message: OutboundMessage, signal: AbortSignal): Promise<Acceptance> {
    return this.#parts.single.publish(message, signal);
  }

  #gather(wanted: Wanted): void {
    if (sum(this.#gathered) + wanted.bytes > this.#mostBytes) this.#send();
    this.#gathered.push(wanted);
    const full = this.#gathered.length >= this.#settings.messages || sum(this.#gathered) >= this.#mostBytes;
    if (full) this.#send();
    else if (this.#gathered.length === 1)
      this.#stopGathering = this.#clock.after(gathering, () => this.#send());
  }

  #send(): void {
    this.#stopGathering();
    const batch = this.#gathered;
    this.#gathered = [];
    void this.#ask(batch.filter(({ signal }) => !signal.aborted));
  }

  /** Settles everybody in `batch`. Never rejects. */
  async #ask(batch: readonly Wanted[]): Promise<void> {
    if (batch.length <= 1 || this.#supported === false) return this.#askSingly(batch);
    const { signal, stop } = allAborted(batch.map((wanted) => wanted.signal));
    try {
      const socketId = this.#settings.excludeSender ? this.#parts.socketId() : undefined;
      const fields = { batch: batch.map(({ message }) => publishFields(message, socketId)) };
      await this.#read(batch, await this.#endpoint.ask({ fields, format: 'json' }, signal));
    } catch (cause) {
      for (const { answer } of batch) answer.reject(cause);
    } finally {
      stop();
    }
  }

  async #read(batch: readonly Wanted[], answer: BackendAnswer): Promise<void> {
    const json = parseJson(answer.text);
    const results = answer.verdict === 'accepted' ? resultsIn(json) : undefined;
    if (results !== undefined) {
      this.#supported = true;
      for (const wanted of batch) settle(wanted, () => readEntry(wanted.message, results, answer));
    } else if (answer.verdict === 'accepted' && isHalf(answer.text, json)) {
      for (const wanted of batch) wanted.answer.reject(notWhole(wanted.message, answer));
    } else if (answer.verdict === 'accepted' || answer.verdict === 'refused') {
      // Too large says nothing about batches but that they must be smaller.
      if (answer.status === 413) this.#mostBytes = Math.max(1, Math.floor(sum(batch) / 2));
      else if (this.#supported === undefined) this.#withdraw(answer.words);
      // If it was a real no, the single requests bring it once more, for each message.
      await this.#askSingly(batch);
    } else if (this.#supported === undefined && (answer.status ?? 0) >= 500 && !answer.retryAfter) {
      await this.#probe(batch, answer);
    } else for (const { message, answer: end } of batch) end.reject(publishFailure(message, answer));
  }

  /**
   * An endpoint that misses the fields of a single message may also break. One message alone shows whether it is that, if it
   * happens twice: an outage may have ended just between the two requests.
   */
  async #probe([first, ...rest]: readonly Wanted[], answer: BackendAnswer): Promise<void> {
    if (first === undefined) return;
    if (await this.#askAlone(first)) {
      if (this.#brokeAtBatch) this.#withdraw(answer.words);
      this.#brokeAtBatch = true;
      await this.#ask(rest);
    } else for (const { message, answer: end } of rest) end.reject(publishFailure(message, answer));
  }

  #withdraw(words: string): void {
    this.#supported = false;
    this.#parts.onUnsupported(words);
  }

  /** One request a message: those of a channel one after the other, up to one that must be tried again. */
  async #askSingly(batch: readonly Wanted[]): Promise<void> {
    const channels = new Map<string, Wanted[]>();
    for (const wanted of batch) {
      const { channel } = wanted.message;
      channels.set(channel, [...(channels.get(channel) ?? []), wanted]);
    }
    const asked = [...channels.values()].map(async (behindEachOther) => {
      let open = true;
      for (const wanted of behindEachOther) {
        if (open) open = await this.#askAlone(wanted);
        else wanted.answer.reject(overtaking(wanted.message));
      }
    });
    await Promise.all(asked);
  }

  /** Settles `wanted`; false when it must be tried again. */
  async #askAlone({ message, signal, answer }: Wanted): Promise<boolean> {
    try {
      answer.resolve(await this.#parts.single.publish(message, signal));
      return true;
    } catch (error) {
      answer.reject(error);
      // Nobody waits for it any more, perhaps because it took too long: then it is offered again.
      return !signal.aborted && !(isRealtimeError(error) && error.retryable);
    }
  }
}

function sum(batch: readonly Wanted[]): number {
  return batch.reduce((bytes, wanted) => bytes + wanted.bytes, 0);
}

/** The payload's size as JSON; undefined when it is none, which must not spoil the others. */
function sizeOf({ data }: OutboundMessage): number | undefined {
  try {
    return utf8Length(JSON.stringify(data) ?? 'null');
  } catch {
    return undefined;
  }
}

function settle({ answer }: Wanted, read: () => Acceptance): void {
  try {
    answer.resolve(read());
  } catch (error) {
    answer.reject(error);
  }
}

/** What an answer says of each message; undefined when it does not know batches. */
function resultsIn(json: unknown): Entries | undefined {
  const body = fieldsOf(json);
  const wrapped = [body, fieldsOf(body['data']), fieldsOf(body['result'])];
  return wrapped.map((part) => recordIn(part['results'])).find((found) => found !== undefined);
}

function readEntry(message: OutboundMessage, results: Entries, answer: BackendAnswer): Acceptance {
  const { channel, event, id } = message;
  // Own fields only: an id may be called like something that every object has.
  const entry = Object.hasOwn(results, id) ? recordIn(results[id]) : undefined;
  const { status } = entry ?? {};
  // A number that HTTP does not know is neither a yes nor a no.
  if (entry === undefined || (typeof status === 'number' && !(status >= 200 && status < 600))) {
    throw new PublishError(
      `"${event}" on "${channel}": the publish endpoint ${answer.words}, but without a result for this message.`,
      { channel, event, status: answer.status, retryable: true },
    );
  }
  if (typeof status !== 'number') return readAcceptance(message, entry, answer);
  const words = `answered ${status}${answer.explain?.(entry) ?? ''}`;
  const own: BackendAnswer = { ...answer, verdict: verdict(status), status, words };
  if (own.verdict !== 'accepted') throw publishFailure(message, own);
  return readAcceptance(message, entry, own);
}

function overtaking({ channel, event }: OutboundMessage): RealtimeError {
  return new PublishError(
    `"${event}" on "${channel}" waits for the message before it, which is tried again.`,
    {
      channel,
      event,
      retryable: true,
    },
  );
}
