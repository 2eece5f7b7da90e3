import { AuthenticationError, isRealtimeError, type RealtimeError } from '../errors';
import type { Clock, UserAuthenticator } from '../ports';
import { backoff } from '../support/backoff';
import { Emitter } from '../support/emitter';
import { text } from '../support/given';
import { Store } from '../support/store';
import type { Transport, TransportSignal, WatchlistChange } from '../transport-port';
import type { Member, MessageListener, RealtimeMessage, SignedInUser, Stop } from '../types';

/** A sign-in without an answer for so long is tried again. */
const answerTimeout = 10_000;
const curve = { base: 1_000, cap: 30_000 };

/** What signing in works with. */
export interface SignInParts {
  readonly authenticator: UserAuthenticator;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  /** Told when somebody listens: they want a connection. */
  readonly onListen: () => void;
  /** Told of each message to the user, and of its size, before the listeners. */
  readonly onMessage: (message: RealtimeMessage, bytes: number) => void;
  /** Gets each refusal, and the first of a row of failures. */
  readonly report: (error: RealtimeError) => void;
  /** Gets what a listener threw. */
  readonly reportThrown: (cause: unknown, event: string) => void;
}

/** Tells the server who we are on each connection, and listens to what it tells that user. */
export class SignIn implements SignedInUser {
  readonly #parts: SignInParts;
  readonly #user: Store<Member | undefined>;
  readonly #listeners: Emitter<Record<string, readonly [unknown, RealtimeMessage]>>;
  #socketId: string | undefined;
  /**
   * `none`: there is no connection. `asking`: the application. `sent`: the server is asked. `joining`: it knows us, and we
   * ask for the user's channel. `refused`: tried again when the token changes or somebody connects.
   */
  #state: 'none' | 'waiting' | 'asking' | 'sent' | 'joining' | 'joined' | 'refused' = 'none';
  #member: Member | undefined;
  #attempt: AbortController | undefined;
  #failures = 0;
  #stopTimer: Stop = () => {};

  constructor(parts: SignInParts) {
    this.#parts = parts;
    this.#user = new Store<Member | undefined>(undefined, (cause) => parts.reportThrown(cause, 'user'));
    this.#listeners = new Emitter({ threw: (cause, event = '') => parts.reportThrown(cause, event) });
  }

  /** See `Store`. */
  get __v_skip(): true {
    return true;
  }

  get initial(): Member | undefined {
    return this.#user.initial;
  }

  get(): Member | undefined {
    return this.#user.get();
  }

  subscribe(listener: (user: Member | undefined) => void): Stop {
    return this.#user.subscribe(listener);
  }

  on(event: string, listener: MessageListener): Stop {
    const stop = this.#listeners.on(text(event, 'the event of client.user.on(event, listener)'), listener);
    this.#parts.onListen();
    return stop;
  }

  /**
   * The part of the client's inbound switch that concerns the user; true when it concerns nobody else. `lastSeen` is when
   * the server was last heard.
   */
  receive(
    signal: TransportSignal,
    lastSeen: number,
    subscriptions: { readonly awaitsSignature: boolean },
  ): boolean {
    switch (signal.type) {
      case 'opened':
        this.#socketId = signal.socketId;
        this.#failures = 0;
        if (this.#state !== 'refused') this.#try();
        return false;
      case 'closed':
        this.#socketId = undefined;
        this.#stop();
        if (this.#state !== 'refused') this.#state = 'none';
        this.#user.set(undefined);
        return false;
      case 'signed-in':
        this.#known(signal.user);
        return true;
      case 'watchlist':
        for (const change of signal.changes) this.#watched(change, lastSeen);
        return true;
      case 'server-error':
        return this.#blamed(signal, subscriptions);
    }
    if (this.#member === undefined || !('channel' in signal) || signal.channel !== channelOf(this.#member))
      return false;
    if (signal.type === 'subscribed') this.#joined(this.#member);
    if (signal.type === 'subscription-refused') {
      const { code: status, message = 'no reason given', retryable } = signal;
      const words = `The server refused the channel of the signed-in user: ${message}`;
      this.#failed(new AuthenticationError(words, { status, retryable }));
    }
    if (signal.type === 'message') this.#deliver(signal, lastSeen);
    return true;
  }

  /** Tries again after a refusal: the token changed, or somebody called `connect()`. */
  retryRefused(): void {
    if (this.#state !== 'refused') return;
    this.#state = 'none';
    if (this.#socketId !== undefined) this.#try();
  }

  /** Hears nothing any more, and leaves no timer. */
  destroy(): void {
    this.#socketId = undefined;
    this.#stop();
    this.#state = 'none';
    this.#listeners.clear();
    this.#user.set(undefined);
  }

  /** Drops what is under way. */
  #stop(): void {
    this.#attempt?.abort();
    this.#stopTimer();
    this.#member = undefined;
  }

  #try(): void {
    const { authenticator, transport, clock } = this.#parts;
    const socketId = this.#socketId;
    if (socketId === undefined) return;
    this.#stop();
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#state = 'asking';
    (async () => authenticator.authenticate(socketId, attempt.signal))().then(
      (authentication) => {
        if (attempt.signal.aborted) return;
        this.#state = 'sent';
        this.#stopTimer = clock.after(answerTimeout, () => {
          const message = 'The server did not answer the sign-in of the user within 10 s; trying again';
          this.#failed(new AuthenticationError(message, { retryable: true }));
        });
        transport.signIn?.(authentication);
      },
      (cause: unknown) => {
        if (!attempt.signal.aborted) this.#failed(cause);
      },
    );
  }

  #known(user: Member): void {
    // After a refusal, too: the server's error did not say what it was about.
    if (this.#state !== 'sent' && this.#state !== 'refused') return;
    this.#state = 'joining';
    this.#member = user;
    this.#parts.transport.subscribe(channelOf(user));
  }

  #joined(user: Member): void {
    this.#stopTimer();
    this.#state = 'joined';
    this.#failures = 0;
    this.#user.set(user);
  }

  /** Errors name nothing; while we wait for the answer to a sign-in, one about identity or an unknown event is that answer. */
  #blamed(
    { kind, code, message, channel }: Extract<TransportSignal, { readonly type: 'server-error' }>,
    subscriptions: { readonly awaitsSignature: boolean },
  ): boolean {
    if (this.#state !== 'sent' || channel !== undefined) return false;
    if (kind !== 'signature-refused' && kind !== 'event-unknown') return false;
    // If it was ours after all, the sign-in runs out of time, and the next one is alone.
    // A wrong signature without a name may be a channel's.
    if (kind === 'signature-refused' && subscriptions.awaitsSignature) return false;
    const reason =
      kind === 'event-unknown'
        ? 'The server knows no sign-in: leave out `userEndpoint` if your server has none'
        : 'The server refused the sign-in of the user';
    this.#failed(new AuthenticationError(`${reason} (${message})`, { status: code ?? undefined }));
    return true;
  }

  #failed(cause: unknown): void {
    const { clock, random, report } = this.#parts;
    const error = isRealtimeError(cause)
      ? cause
      : new AuthenticationError('The user could not be signed in', { cause, retryable: true });
    this.#stop();
    if (!error.retryable) {
      this.#state = 'refused';
      report(error);
      return;
    }
    this.#state = 'waiting';
    const wait = backoff(this.#failures, curve, random, error.retryAfter);
    this.#failures += 1;
    this.#stopTimer = clock.after(wait, () => this.#try());
    if (this.#failures === 1) report(error);
  }

  #watched({ name, userIds }: WatchlistChange, receivedAt: number): void {
    const event = `pusher:${name}`;
    const data = { userIds };
    const channel = this.#member === undefined ? '' : channelOf(this.#member);
    this.#listeners.emit(event, data, { channel, event, data, receivedAt });
  }

  #deliver(signal: Extract<TransportSignal, { type: 'message' }>, receivedAt: number): void {
    const { channel, event, data, id, userId } = signal;
    const message = { channel, event, data, id, userId, receivedAt };
    this.#parts.onMessage(message, signal.bytes);
    this.#listeners.emit(event, data, message);
  }
}

/** Pusher's channel for what a server tells a user, on whatever connection. */
function channelOf({ id }: Member): string {
  return `#server-to-user-${id}`;
}
