import { isProtocolEvent } from '../contract/event-name';
import type { ResolvedChannel } from '../contract/resolution';
import { ConfigurationError, RealtimeError } from '../errors';
import type { PublishingChannel } from '../ports';
import type { Attendance, MemberChange } from '../slots';
import { Emitter, type ListenerOwner } from '../support/emitter';
import { object, text, unknownOption } from '../support/given';
import type { Life } from '../support/life';
import { waitFor } from '../support/wait-for';
import type {
  Acknowledgement,
  ChannelKind,
  Gap,
  ListenOptions,
  Member,
  MessageListener,
  PublishOptions,
  ReadableStore,
  RealtimeMessage,
  Stop,
} from '../types';
import type { ChannelContext } from './channel-context';
import type { ContinuousChannel } from './gaps';
import { checkListening, checkWait } from './listening';
import { Subscription } from './subscription';

interface ChannelEvents {
  readonly [event: string]: readonly [unknown, RealtimeMessage];
}

const nothing: Stop = () => {};

/** Without anybody who could let us in, no presence channel is ever subscribed. */
const unattended: Attendance = {
  members: { initial: [], get: () => unattended.members.initial, subscribe: () => nothing },
  me: { initial: undefined, get: () => undefined, subscribe: () => nothing },
  subscribed: () => [],
  added: () => [],
  removed: () => [],
  ended: nothing,
};

/** One named stream of events. */
export class ChannelStream implements ContinuousChannel, ListenerOwner, PublishingChannel {
  resolved: ResolvedChannel;
  readonly subscription: Subscription;
  readonly #context: ChannelContext;
  /** Made for the first listener, and dropped with the last. */
  #listeners: Emitter<ChannelEvents> | undefined;
  /** Apart, so that no event of the application's can have the same name. */
  #any: Emitter<{ readonly message: readonly [unknown, RealtimeMessage] }> | undefined;
  #presence: Attendance | undefined;

  constructor(resolved: ResolvedChannel, context: ChannelContext) {
    this.resolved = resolved;
    this.#context = context;
    this.subscription = new Subscription(this, context);
  }

  get name(): string {
    return this.resolved.name;
  }

  get kind(): ChannelKind {
    return this.resolved.kind;
  }

  get params(): Readonly<Record<string, string>> {
    return this.resolved.params;
  }

  get life(): Life {
    return this.#context.life;
  }

  get members(): ReadableStore<readonly Member[]> {
    return this.#presenceOf().members;
  }

  get me(): ReadableStore<Member | undefined> {
    return this.#presenceOf().me;
  }

  on(event: string, listener: MessageListener, options?: ListenOptions): Stop {
    try {
      checkListening(event, listener, options);
    } catch (wrong) {
      // It is a `ConfigurationError`.
      this.#advise((wrong as Error).message);
    }
    if (typeof listener !== 'function' || typeof event !== 'string') return nothing;
    const filter = typeof options?.filter === 'function' ? options.filter : undefined;
    this.#listeners ??= new Emitter<ChannelEvents>(this);
    return this.#whileHeld(this.#listeners, this.#listeners.on(event, listener, filter));
  }

  onAny(listener: MessageListener): Stop {
    if (typeof listener !== 'function') {
      this.#advise('onAny() needs a function: onAny((payload, message) => { … }).');
      return nothing;
    }
    this.#any ??= new Emitter(this);
    return this.#whileHeld(this.#any, this.#any.on('message', listener));
  }

  async once(
    event: string,
    options: ListenOptions & { readonly signal?: AbortSignal; readonly timeout?: number } = {},
  ): Promise<unknown> {
    const { clock, life } = this.#context;
    text(event, 'the event of once(event)');
    const { filter, signal, timeout } = this.#checked('once', options, 'filter signal timeout');
    const late = (): RealtimeError => {
      const message = `"${event}" did not arrive on "${this.name}" within ${timeout} ms`;
      return new RealtimeError('timeout', message, { channel: this.name, event, retryable: true });
    };
    return waitFor<unknown>((resolve) => this.on(event, resolve, filter && { filter }), {
      life,
      signals: [signal],
      aborted: () => this.#aborted(`"${event}"`, signal),
      limit: { clock, timeout, late },
    });
  }

  async ready(options: { readonly timeout?: number } = {}): Promise<void> {
    const { clock, life } = this.#context;
    const { timeout } = this.#checked('ready', options, 'timeout');
    const late = (): RealtimeError => {
      const { error: cause } = this.subscription.get();
      const why = cause === undefined ? '' : `: ${cause.message}`;
      const message = `"${this.name}" was not subscribed within ${timeout} ms${why}`;
      return new RealtimeError('timeout', message, { channel: this.name, cause, retryable: true });
    };
    return waitFor<void>(
      (resolve, reject) => {
        const look = (): void => {
          const { state, error } = this.subscription.get();
          if (state === 'subscribed') resolve();
          else if (state === 'refused') reject(error);
        };
        const release = this.hold();
        const stop = this.subscription.subscribe(look);
        look();
        return () => {
          release();
          stop();
        };
      },
      {
        life,
        signals: [],
        aborted: () => this.#aborted('its subscription'),
        limit: { clock, timeout, late },
      },
    );
  }

  hold(): Stop {
    if (this.life.ended) {
      this.#advise(`The client of "${this.name}" is destroyed. Make a new RealtimeClient and listen there.`);
      return nothing;
    }
    this.subscription.hold();
    this.#context.wantConnection();
    let live = true;
    return () => {
      if (!live) return;
      live = false;
      this.subscription.release();
    };
  }

  publish(event: string, payload: unknown, options?: PublishOptions): Promise<Acknowledgement> {
    return this.#context.publish(this, event, payload, options);
  }

  /** Brings a message to its listeners; a payload that does not fit its schema is reported instead. */
  deliver(received: RealtimeMessage, asked: string | undefined): void {
    const { event } = received;
    const message = this.resolved.contract.check === undefined ? received : this.#fitting(received);
    if (message === undefined) return;
    const before = this.#calls;
    this.#listeners?.emit(event, message.data, message);
    if (isProtocolEvent(event)) return;
    this.#any?.emit('message', message.data, message);
    if (asked !== undefined && this.#calls > before) this.#context.delivery?.heard(this, asked);
    this.#context.reports.emitter.emit('message', message);
  }

  repeated(asked: string | undefined): void {
    this.#context.recorder?.count('duplicates');
    if (asked !== undefined) this.#context.delivery?.repeated(this, asked);
  }

  gapped(gap: Gap): void {
    const { recorder, reports } = this.#context;
    recorder?.count('gaps');
    reports.log('info', `"${this.name}" may have missed messages of ${gap.to - gap.from} ms`);
    reports.emitter.emit('gap', gap);
  }

  present(members: readonly Member[], me: string | undefined, now: number): void {
    this.#say(this.#presenceOf().subscribed(members, me), now);
  }

  absent(): void {
    this.#presence?.ended();
  }

  memberAdded(member: Member, now: number): void {
    this.#say(this.#presenceOf().added(member), now);
  }

  memberRemoved({ id }: Member, now: number): void {
    this.#say(this.#presenceOf().removed(id), now);
  }

  announce(event: string, data: unknown): void {
    if (this.#listeners?.has(event) !== true) return;
    const receivedAt = this.#context.clock.now();
    const said = data ?? (this.kind === 'presence' ? this.members.get() : {});
    this.deliver({ channel: this.name, event, data: said, receivedAt }, undefined);
  }

  threw(cause: unknown, event?: string): void {
    const { name: channel } = this;
    const where = event === undefined || event === 'message' ? `"${channel}"` : `"${event}" on "${channel}"`;
    this.#context.reports.error(
      new RealtimeError('listener', `A listener of ${where} threw`, { channel, event, cause }),
    );
  }

  /** How often a listener was called. */
  get #calls(): number {
    return (this.#listeners?.calls ?? 0) + (this.#any?.calls ?? 0);
  }

  /** Made when somebody asks for it. It reports to us, and so it keeps us alive: who has only a store must not lose what fills it. */
  #presenceOf(): Attendance {
    this.#presence ??= this.#context.guard?.attendance((cause) => this.threw(cause)) ?? unattended;
    return this.#presence;
  }

  /** Members came or went: says so to the listeners of `pusher:member_added` and `pusher:member_removed`. */
  #say(changes: readonly MemberChange[], receivedAt: number): void {
    for (const { event, member } of changes) {
      this.deliver({ channel: this.name, event, data: member, receivedAt }, undefined);
    }
  }

  #fitting(received: RealtimeMessage): RealtimeMessage | undefined {
    const { event } = received;
    try {
      const data = this.resolved.contract.check?.(received.data, { channel: this.name, event });
      return data === received.data ? received : { ...received, data };
    } catch (error) {
      // A check throws nothing else.
      this.#context.reports.error(error as RealtimeError);
      return undefined;
    }
  }

  #whileHeld(listeners: { readonly size: number }, stop: Stop): Stop {
    const release = this.hold();
    return () => {
      stop();
      release();
      if (listeners.size > 0) return;
      if (listeners === this.#listeners) this.#listeners = undefined;
      if (listeners === this.#any) this.#any = undefined;
    };
  }

  /** The options of a call; unknown ones are told once. Throws a `ConfigurationError` for values that cannot be. */
  #checked<Options extends { readonly signal?: AbortSignal; readonly timeout?: number }>(
    call: string,
    options: Options,
    known: string,
  ): Options {
    const given = object(options ?? {}, `${call}({ … })`);
    const unknown = unknownOption(given, call, known);
    if (unknown !== undefined) this.#advise(unknown.message);
    checkWait(call, given);
    return given;
  }

  /** Tells once what is wrong with a call. */
  #advise(words: string): void {
    this.#context.reports.advise(new ConfigurationError(words, { channel: this.name }));
  }

  #aborted(what: string, signal?: AbortSignal): RealtimeError {
    const message = `Stopped waiting for ${what} on "${this.name}"`;
    return new RealtimeError('aborted', message, { channel: this.name, cause: signal?.reason });
  }
}
