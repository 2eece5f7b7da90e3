import type { RequestFields } from '../backend/endpoint';
import { HttpPublisher } from '../backend/http-publisher';
import { isClientEvent } from '../contract/event-name';
import { checkPublished } from '../contract/published';
import { ConfigurationError, RateLimitError } from '../errors';
import type { RoutePublisher } from '../outbox/lane';
import { Outbox } from '../outbox/outbox';
import type { PaceOptions } from '../outbox/pace';
import { takePayload } from '../outbox/payload';
import { PeerPublisher } from '../outbox/peer-publisher';
import type { OutboxOutcome, OutboxSettings } from '../outbox/surroundings';
import type { Publisher, PublishingChannel, PublishingChannels } from '../ports';
import { type LimitOptions, resolveLimits } from '../server-limits';
import type { Authority, ClientContext, Publications, PublishSlot } from '../slots';
import { count, flag, milliseconds, object, slotValue, text, unknownOption, word } from '../support/given';
import { createMessageId } from '../support/message-id';
import { noCredentials } from '../support/no-credentials';
import type { TransportSignal } from '../transport-port';
import type { Acknowledgement, PublishOptions, Stop, SubscriptionState } from '../types';
import { address, checkRequests, surroundingsOf } from './backend-auth';
import type { DeliveryConfirmationsValue, Receipts } from './delivery-confirmations';
import type { DurableValue, OutboxBounds } from './durable';
import type { PublishBatchesValue } from './publish-batches';

/** How messages leave. */
export interface PublishingOptions {
  /** The address that publishes for us, such as `/realtime/trigger`. Left out, only client events can be published. */
  readonly endpoint?: string | undefined;
  /** Added to the request's headers: values, or a function that is asked before each request (CSRF). */
  readonly headers?: RequestFields | undefined;
  /** Added to the request's body. */
  readonly params?: RequestFields | undefined;
  /** Whether cookies go along, as in `fetch`. Default: `same-origin`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include' | undefined;
  /** Whether the server is asked to leave our own connection out (`socket_id`). Default: false, we hear ourselves. */
  readonly excludeSender?: boolean | undefined;
  /**
   * Whether a message waits until its channel is live, when this client follows the channel, so that its sender hears the echo: 10 s at
   * most from when the network is back. Default: true; with `excludeSender` nothing waits.
   */
  readonly waitForChannel?: boolean | undefined;
  /** How fast your endpoint is asked. Default: 32 requests at the same time, and as many in a second as it answers. */
  readonly pace?: PublishingPace | undefined;
  /** `publishBatches()`: messages that are due together are published in one request, for backends that know how. */
  readonly batch?: PublishBatchesValue | undefined;
  /** Another way to publish on the server route than `endpoint`. */
  readonly publisher?: Publisher | undefined;
  /**
   * Where messages wait: `durable({ storage, owner })`, so that they outlive the page, or bounds for an outbox in memory, which ends
   * with the page. Default: in memory, with the defaults of `OutboxBounds`.
   */
  readonly outbox?: DurableValue | OutboxBounds | undefined;
  /** `deliveryConfirmations()`: `acknowledge: 'delivered'` works, and this client confirms the messages of others who ask. */
  readonly confirm?: DeliveryConfirmationsValue | undefined;
}

/** How fast the server route is. The rest wait their turn; `statistics` counts it as `rateLimitWaits`. */
export interface PublishingPace {
  /** The most requests in any second. Default: no limit. */
  readonly requestsPerSecond?: number | undefined;
  /** The most requests at the same time. Default: 32. */
  readonly concurrent?: number | undefined;
}

const known =
  'endpoint headers params credentials excludeSender waitForChannel pace batch publisher outbox confirm';
const backoff = { base: 500, cap: 30_000 };
const attemptTimeout = 10_000;

/**
 * The value for the option `publish`: an outbox whose messages are sent when that is possible, through your backend's endpoint or, as
 * client events, over the socket. Every publish settles. Throws a `ConfigurationError` for options that cannot work.
 */
export function publishing(options: PublishingOptions = {}): PublishSlot {
  object(options, 'publishing({ endpoint })');
  if (options.endpoint !== undefined) text(options.endpoint, 'publish.endpoint', address);
  checkRequests(options, 'publish');
  slotValue(options.batch, 'publish-batches', 'publish.batch', 'publishBatches()');
  if (options.batch !== undefined && (options.endpoint === undefined || options.publisher !== undefined)) {
    throw new ConfigurationError(
      '`publish.batch` is for messages that go to `publish.endpoint`: pass an endpoint and no `publisher`.',
    );
  }
  slotValue(options.confirm, 'confirm', 'publish.confirm', 'deliveryConfirmations()');
  if (options.outbox !== undefined) object(options.outbox, 'publishing({ outbox: durable({ storage }) })');
  const bounds = boundsOf(options.outbox);
  const pace = paceOf(options.pace);
  flag(options.waitForChannel, 'publish.waitForChannel', true);
  flag(options.excludeSender, 'publish.excludeSender', false);
  if (options.publisher !== undefined && typeof options.publisher?.publish !== 'function') {
    throw new ConfigurationError('`publish.publisher` must have a function `publish(message, signal)`.');
  }
  return {
    slot: 'publish',
    open: (context, neighbours) => new Publishing(options, { bounds, pace }, context, neighbours),
  };
}

function boundsOf(outbox: DurableValue | OutboxBounds | undefined): OutboxSettings['bounds'] {
  const bounds: OutboxBounds = outbox !== undefined && 'slot' in outbox ? outbox.bounds : (outbox ?? {});
  return {
    messages: count(bounds.messages, 'outbox.messages', 1_000, true),
    bytes: count(bounds.bytes, 'outbox.bytes', 5 * 1024 * 1024, true),
    overflow: word(bounds.overflow, 'outbox.overflow', ['reject', 'drop-oldest']),
    keepRejected: flag(bounds.keepRejected, 'outbox.keepRejected', false),
    expiresIn: milliseconds(bounds.expiresIn, 'outbox.expiresIn', 24 * 60 * 60 * 1000),
  };
}

function paceOf(pace: PublishingPace = {}): Pick<PaceOptions, 'requestsPerSecond' | 'concurrent'> {
  object(pace, 'publishing({ pace })');
  return {
    requestsPerSecond: count(
      pace.requestsPerSecond,
      'publish.pace.requestsPerSecond',
      Number.POSITIVE_INFINITY,
      true,
    ),
    // Browsers hold more requests back, but their answers would be late, and count as failed.
    concurrent: count(pace.concurrent, 'publish.pace.concurrent', 32),
  };
}

/** What takes messages to the application's endpoint; undefined where there is none. */
function serverPublisher(
  options: PublishingOptions,
  context: ClientContext,
  authority: Authority | undefined,
): RoutePublisher | undefined {
  const { endpoint, headers, params, credentials, excludeSender = false, batch } = options;
  if (endpoint === undefined) return undefined;
  const settings = { endpoint, headers, params, credentials };
  const surroundings = {
    ...surroundingsOf(context, authority?.credentials ?? noCredentials),
    socketId: context.socketId,
  };
  const single = new HttpPublisher({ ...settings, excludeSender }, surroundings);
  if (batch === undefined) return single;
  return batch.open({ ...surroundings, settings, excludeSender, single, reports: context.reports });
}

class Publishing implements Publications {
  readonly outbox: Outbox;
  readonly #context: ClientContext;
  readonly #limits: Required<LimitOptions>;
  readonly #channels: PublishingChannels;
  readonly #peer: PeerPublisher;
  readonly #receipts: Receipts | undefined;
  readonly #peerHolds = new Map<string, Stop>();
  readonly #keepsMessages: boolean;

  constructor(
    options: PublishingOptions,
    { bounds, pace }: { readonly bounds: OutboxSettings['bounds']; readonly pace: ReturnType<typeof paceOf> },
    context: ClientContext,
    {
      channels,
      authority,
    }: { readonly channels: PublishingChannels; readonly authority: Authority | undefined },
  ) {
    this.#context = context;
    this.#channels = channels;
    const { clock, random, recorder, reports } = context;
    const { endpoint, publisher, excludeSender = false, waitForChannel = true, confirm } = options;
    reports.doubt(unknownOption(options, 'publishing', known));
    this.#limits = resolveLimits(context.limits);
    reports.doubt(unknownOption(context.limits ?? {}, 'limits', 'payloadBytes clientEventsPerSecond'));
    const durable = options.outbox !== undefined && 'slot' in options.outbox ? options.outbox : undefined;
    this.#keepsMessages = durable !== undefined;
    const onWait = (): void => recorder?.count('rateLimitWaits');
    this.#peer = new PeerPublisher({
      transport: context.transport,
      clock,
      eventsPerSecond: this.#limits.clientEventsPerSecond,
      onWait,
    });
    this.#receipts = confirm?.open({
      clock,
      peer: this.#peer,
      channels,
      reports,
      hold: (channel) => this.#hold(channel),
      stateOf: (channel) => this.#stateOf(channel),
      onConfirmation: (fate) => recorder?.count(fate),
    });
    const server: RoutePublisher | undefined = publisher ?? serverPublisher(options, context, authority);
    const isGathering = (): boolean => server?.joins?.({ channel: '', bytes: 0 }, false) === true;
    this.outbox = new Outbox({
      clock,
      random,
      createId: createMessageId,
      publishers: {
        server,
        peer: this.#peer,
      },
      bounds,
      waitForChannel,
      backoff,
      attemptTimeout,
      pace: { ...pace, onWait, isGathering },
      report: (error) => reports.error(error),
      ...durable?.open({
        context,
        authority,
        means: publisher === undefined ? (endpoint ?? '') : 'publisher',
        // A peer message, and a server that is told whom to leave out, need the connection of the tab that published.
        isBound: ({ route }) => route === 'peer' || excludeSender,
      }),
      ...(this.#receipts && { acknowledgements: this.#receipts.acknowledgements }),
      channels: {
        demand: (channel, wanted) => this.#peerDemand(channel, wanted),
        // Refused channels, and those that nobody here follows, are not waited for.
        isAwaited: (channel) => !excludeSender && this.#stateOf(channel) === 'subscribing',
      },
      onSettled: (outcome) => this.#settled(outcome),
    });
    recorder?.outbox(() => this.outbox.depth);
    if (this.#receipts !== undefined) channels.confirmWith(this.#receipts);
  }

  async publish(
    channel: PublishingChannel,
    event: string,
    payload: unknown,
    options: PublishOptions = {},
  ): Promise<Acknowledgement> {
    object(options, 'publish(event, payload, { acknowledge, … })');
    checkPublished(channel.resolved, event, payload);
    const { name } = channel;
    const route = word(
      options.route || undefined,
      'route',
      isClientEvent(event) ? ['peer', 'server'] : ['server', 'peer'],
    );
    if (route === 'peer' && !isClientEvent(event)) {
      throw new ConfigurationError(
        `"${event}" cannot take the peer route: Pusher passes on events named "client-…" only.`,
        { channel: name, event },
      );
    }
    const place = { channel: name, event, limit: this.#limits.payloadBytes };
    const taken = takePayload(payload, place);
    this.#context.used();
    const message = { channel: name, event, route, ...taken };
    if (options.acknowledge !== 'delivered') return this.outbox.publish(message, options);
    if (this.#receipts === undefined) throw missingConfirmations(name, event);
    const id = options.id || createMessageId();
    return this.outbox.publish(
      { ...message, id, ...this.#receipts.ask(taken.data, { id, ...place }) },
      options,
    );
  }

  begin(): void {
    // What is published from now on waits behind what an earlier page left.
    if (this.#keepsMessages) void this.outbox.load();
  }

  online(online: boolean): void {
    this.outbox.setOnline(online);
  }

  away(): void {
    this.outbox.away();
  }

  doubted(): void {
    this.#peer.doubt();
  }

  receive(signal: TransportSignal): boolean {
    switch (signal.type) {
      case 'opened':
        this.#peer.renew();
        this.#receipts?.renew();
        // Where the server is back, the application's endpoint may be, too: do not wait out a backoff of the outage.
        this.outbox.setOnline(this.#context.network.online());
        return false;
      case 'pong':
        this.#peer.ponged();
        return false;
      case 'server-error':
        return (
          (signal.kind === 'event-rejected' || signal.kind === 'rate-limited') && this.#eventRejected(signal)
        );
      default:
        return false;
    }
  }

  subscription(channel: string, state: SubscriptionState): void {
    this.outbox.setConfirmed(channel, state === 'subscribed');
    this.#receipts?.subscription(channel, state);
  }

  signOut(): Promise<void> {
    return this.outbox.empty();
  }

  destroy(): void {
    this.#receipts?.destroy();
    this.#peer.destroy();
    this.outbox.destroy();
  }

  #eventRejected(signal: Extract<TransportSignal, { readonly type: 'server-error' }>): true {
    const { code, message } = signal;
    this.#peer.slowDown();
    if (this.#receipts?.takesBlame(signal)) return true;
    const words = `The server rejected a client event, without saying which: ${message}`;
    this.#context.reports.error(new RateLimitError(words, { status: code ?? undefined }));
    return true;
  }

  #settled(outcome: OutboxOutcome): void {
    const { recorder, emitter, reports } = this.#context;
    const { message } = outcome;
    if (outcome.type === 'acknowledged') {
      const { acknowledgement } = outcome;
      recorder?.sent(message.channel, message.bytes, acknowledgement.latency);
      emitter.emit('acknowledged', acknowledgement, message);
    } else if (outcome.type === 'rejected') {
      recorder?.failed(outcome.error.code);
      reports.watch?.(outcome.error);
      const event = outcome.error.code === 'message-expired' ? 'expired' : 'rejected';
      emitter.emit(event, outcome.error, message);
    }
    reports.log('debug', `"${message.event}" on "${message.channel}" was ${outcome.type}`);
  }

  /** Undefined for a channel of an earlier page, which this one does not know. */
  #stateOf(name: string): SubscriptionState | undefined {
    try {
      return this.#channels.get(name).subscription.get().state;
    } catch {
      return undefined;
    }
  }

  /** The peer route needs a confirmed subscription for as long as it has messages. */
  #peerDemand(name: string, wanted: boolean): void {
    this.#peerHolds.get(name)?.();
    this.#peerHolds.delete(name);
    if (wanted) this.#peerHolds.set(name, this.#hold(name));
  }

  /** Holds a channel for its messages. */
  #hold(name: string): Stop {
    try {
      return this.#channels.get(name).hold();
    } catch (cause) {
      // An earlier page knew more channels than this one does.
      this.#context.reports.error(
        new ConfigurationError(
          `Stored messages for "${name}" cannot be sent by this page; they wait until they expire.`,
          { channel: name, cause },
        ),
      );
      return () => {};
    }
  }
}

function missingConfirmations(channel: string, event: string): ConfigurationError {
  return new ConfigurationError(
    "`acknowledge: 'delivered'` needs receipts: import { deliveryConfirmations } from 'surewire' and pass publish: publishing({ confirm: deliveryConfirmations(), … }).",
    { channel, event, code: 'missing-feature' },
  );
}
