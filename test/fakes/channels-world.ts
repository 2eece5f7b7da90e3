import type { ChannelStream } from '../../src/channels/channel';
import type { ChannelsOptions } from '../../src/channels/channel-context';
import { Channels } from '../../src/channels/channels';
import { Delivery } from '../../src/channels/delivery';
import type { FetchMissed } from '../../src/channels/gaps';
import { ChannelGuard } from '../../src/channels/guard';
import { Inbound } from '../../src/channels/inbound';
import type { RealtimeError } from '../../src/errors';
import type { CountedFigure } from '../../src/figures';
import { encryption } from '../../src/parts/encryption';
import type { Authorizer, ChannelAuthorization, Encryption } from '../../src/ports';
import { type Deferred, deferred } from '../../src/support/deferred';
import { Life } from '../../src/support/life';
import { Reports } from '../../src/support/reports';
import type { SubscriptionProof, Transport, TransportSignal } from '../../src/transport-port';
import type { Gap, RealtimeMessage, Stop } from '../../src/types';
import { ManualClock } from './manual-clock';

/** An authorization that the application has not answered yet. */
export interface AuthorizationRequest {
  readonly socketId: string;
  readonly channel: string;
  readonly signal: AbortSignal;
  readonly answer: Deferred<ChannelAuthorization>;
}

/** What a world may have in another shape. */
type WorldOptions = Partial<ChannelsOptions> & {
  /** The application, as far as it authorizes channels. */
  readonly authorizer?: Authorizer;
  readonly encryption?: Encryption | undefined;
  readonly recover?: FetchMissed;
};

/** Channels between an application and a transport that both do as the test says. */
export class ChannelsWorld {
  readonly clock = new ManualClock(1_000_000);
  readonly life = new Life();
  /** What was written: `+name` asks, `-name` takes back. */
  readonly wire: string[] = [];
  readonly proofs: (SubscriptionProof | undefined)[] = [];
  readonly errors: RealtimeError[] = [];
  /** Channels that are held no more. */
  readonly released: string[] = [];
  readonly messages: RealtimeMessage[] = [];
  readonly gaps: Gap[] = [];
  readonly unopened: string[] = [];
  /** Statuses as they were told. */
  readonly told: string[] = [];
  readonly requests: AuthorizationRequest[] = [];
  /** Whether the application says yes at once. */
  authorizes = true;
  cryptography: unknown;
  duplicates = 0;
  sockets = 0;
  readonly channels: Channels;
  /** Brings a message straight to the listeners of a channel. */
  readonly deliver: (stream: ChannelStream, message: RealtimeMessage) => void;

  constructor(world: WorldOptions = {}) {
    const { authorizer, recover, encryption: opener, ...options } = { encryption: encryption(), ...world };
    const clock = options.clock ?? this.clock;
    const random = options.random ?? (() => 0.5);
    const transport: Transport = options.transport ?? {
      open: () => {},
      close: () => {},
      destroy: () => {},
      ping: () => {},
      send: () => true,
      subscribe: (channel, proof) => {
        this.wire.push(`+${channel}`);
        this.proofs.push(proof);
        return true;
      },
      unsubscribe: (channel) => {
        this.wire.push(`-${channel}`);
      },
      cryptography: () => this.cryptography,
    };
    const reports = new Reports({ clock });
    reports.emitter.on('error', (error) => this.errors.push(error));
    reports.emitter.on('message', (message) => this.messages.push(message));
    reports.emitter.on('gap', (gap) => this.gaps.push(gap));
    reports.emitter.on('log', ({ message }) => {
      const [, channel] = /^Dropped a payload on "(.*)" that does not open/.exec(message) ?? [];
      if (channel !== undefined) this.unopened.push(channel);
    });
    const recorder = {
      received: () => {},
      held: () => {},
      released: (name: string) => {
        this.released.push(name);
      },
      count: (what: CountedFigure) => {
        if (what === 'duplicates') this.duplicates += 1;
      },
    };
    this.deliver = (stream, message) =>
      new Delivery({ clock, recorder, reports, delivery: undefined }).deliver(stream, message, undefined);
    this.channels = new Channels({
      definitions: undefined,
      clock,
      random,
      transport,
      life: this.life,
      reports,
      recorder,
      guard: new ChannelGuard({
        authorizer: authorizer ?? { authorize: (request, signal) => this.#authorize(request, signal) },
        batched: false,
        encryption: opener,
        transport,
        clock,
        random,
        reports,
        recorder,
      }),
      messageId: undefined,
      publish: () => Promise.reject(new Error('not here')),
      wantConnection: () => {},
      changed: (name, state) => this.told.push(`${name} ${state}`),
      ...options,
    });
    this.channels.begin(Inbound, recover);
  }

  #authorize(
    { socketId, channel }: Pick<AuthorizationRequest, 'socketId' | 'channel'>,
    signal: AbortSignal,
  ): Promise<ChannelAuthorization> {
    const answer = deferred<ChannelAuthorization>();
    this.requests.push({ socketId, channel, signal, answer });
    if (this.authorizes) answer.resolve({ auth: 'key:1' });
    return answer.promise;
  }

  channel(name: string): ChannelStream {
    return this.channels.get(name);
  }

  hold(name: string): Stop {
    return this.channel(name).hold();
  }

  /** The statuses of these channels, in their order. */
  states(...names: readonly string[]): string[] {
    return names.map((name) => this.channel(name).subscription.get().state);
  }

  receive(signal: TransportSignal, lastSeen: number = this.clock.now()): void {
    this.channels.receive(signal, lastSeen);
  }

  open(): void {
    this.sockets += 1;
    this.receive({ type: 'opened', socketId: `${this.sockets}.1`, idleLimit: 120_000 });
  }

  close(lastSeen?: number): void {
    this.receive({ type: 'closed' }, lastSeen);
  }

  confirm(channel: string, members?: readonly { readonly id: string; readonly info: unknown }[]): void {
    this.receive({ type: 'subscribed', channel, members });
  }

  /** A refusal with a name. */
  refuse(
    channel: string,
    details: Partial<Extract<TransportSignal, { type: 'subscription-refused' }>> = {},
  ): void {
    this.receive({ type: 'subscription-refused', channel, retryable: false, message: 'no', ...details });
  }

  /** A refusal without one. */
  nameless(kind: 'signature-refused' | 'subscription-refused' = 'signature-refused'): void {
    const code = kind === 'signature-refused' ? 4009 : 4300;
    this.receive({ type: 'server-error', kind, code, message: 'Connection not authorized' });
  }

  say(
    channel: string,
    event: string,
    data: unknown = {},
    { id, userId }: { readonly id?: string; readonly userId?: string } = {},
  ): void {
    this.receive({ type: 'message', channel, event, data, id, userId, bytes: 10 });
  }
}
