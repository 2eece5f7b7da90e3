import type { RealtimeClientEvents } from './client-events';
import type { Recorder } from './figures';
import type {
  Clock,
  Credentials,
  Encryption,
  MessageOpener,
  Network,
  PublishingChannel,
  PublishingChannels,
} from './ports';
import type { LimitOptions } from './server-limits';
import type { Emitter } from './support/emitter';
import type { Life } from './support/life';
import type { Reports } from './support/reports';
import type { MessageSignal, SubscriptionProof, Transport, TransportSignal } from './transport-port';
import type {
  Acknowledgement,
  ChannelKind,
  Member,
  Outbox,
  PublishOptions,
  ReadableStore,
  SignedInUser,
  SubscriptionState,
} from './types';

/** What a client shares with the values in its slots. */
export interface ClientContext {
  /** The application's public key. */
  readonly key: string;
  readonly clock: Clock;
  readonly network: Network;
  /** Chance, from 0 up to 1. */
  readonly random: () => number;
  /** As the platform's, or what the client was given instead. */
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>;
  /** As the application passed them: whoever keeps to them checks them. */
  readonly limits: LimitOptions | undefined;
  readonly transport: Transport;
  readonly reports: Reports;
  readonly emitter: Emitter<RealtimeClientEvents>;
  /** Ends with the client. */
  readonly life: Life;
  /** Counts what happens; undefined where nobody asked for statistics. */
  readonly recorder: Recorder | undefined;
  /** Opens the messages of encrypted channels; undefined where the application passed nothing that could. */
  readonly encryption: Encryption | undefined;
  /** Pusher's name for the open connection; undefined while there is none. */
  readonly socketId: () => string | undefined;
  /** How often the network was lost so far: connections that were pooled before may be dead. */
  readonly losses: () => number;
  /** Something is done with the client: from now on it watches the network, and takes in what an earlier page left. */
  readonly used: () => void;
  /** Somebody wants a connection: dials, unless the application said otherwise. */
  readonly wantConnection: () => void;
  /** A refused request may succeed now: the token is another one. */
  readonly retryRefused: () => void;
}

/** A value for `auth`: who we are, and how channels are authorized. Made by `backendAuth()`. `Write` is what the compiler shows to whoever passes data. */
export interface AuthSlot<Write extends string = 'auth: backendAuth({ endpoint, … })'> {
  /** Exists for the compiler only. */
  readonly '~write'?: Write;
  /** Which slot it is for. */
  readonly slot: 'auth';
  /** @internal */
  open(context: ClientContext): Authority;
}

/** What `auth` does for one client. */
export interface Authority {
  /** Tokens, for every request to the application. */
  readonly credentials: Credentials;
  /** Whose token it is; undefined where the application does not say. */
  readonly owner: string | undefined;
  /** Whether requests carry a token. */
  readonly hasToken: boolean;
  /** What only channels that are not public need. */
  readonly guard: Guard;
  /** The user of the connection; undefined without an endpoint that says who that is. */
  readonly user: UserSession | undefined;
  /** The client is used for the first time. */
  begin(): void;
  /** A connection is open: each reconnect needs a token at once, so one is kept good until `closed()`. */
  opened(): void;
  closed(): void;
  /** The network or the page is back: a renewal that waits need wait no longer. */
  hurry(): void;
  /** The application has a better token: the one we have is used no more. */
  renew(): void;
  /** Whoever calls `connect()` wants everything tried again. */
  reset(): void;
  /** The server refused the connection's token: resolves with another one in use, rejects when there is none. */
  replace(): Promise<void>;
  /** Forgets who we were, here and for the other tabs. */
  clear(): void;
  destroy(): void;
}

/** What only channels that are not public need; comes with `auth`. */
export interface Guard {
  readonly refusals: NamelessRefusals;
  /** Says of each of `count` channels how many milliseconds it waits before it asks, so that the application can answer them all. */
  spread(count: number): () => number;
  /** Keeps the members of one presence channel; `report` gets what subscribers of its stores throw. */
  attendance(report: (cause: unknown) => void): Attendance;
  /** Asks the application. Rejects with a `SubscriptionError` whose `retryable` says whether asking again may help. */
  admit(channel: GuardedChannel, signal: AbortSignal): Promise<Admission>;
}

/** Somebody came or went, in the words of Pusher's own events. */
export interface MemberChange {
  readonly event: 'pusher:member_added' | 'pusher:member_removed';
  readonly member: Member;
}

/** Who is on one channel. Its methods return who came and went, for those who want to hear it. */
export interface Attendance {
  readonly members: ReadableStore<readonly Member[]>;
  /** Ourselves. */
  readonly me: ReadableStore<Member | undefined>;
  /** The server confirmed the subscription with this list. */
  subscribed(members: readonly Member[], myId: string | undefined): readonly MemberChange[];
  added(member: Member): readonly MemberChange[];
  removed(id: string): readonly MemberChange[];
  /** The subscription ended: nothing is known any more. */
  ended(): void;
}

/** A channel that asks to be let in. */
export interface GuardedChannel {
  readonly name: string;
  readonly kind: ChannelKind;
  /** Pusher's name for the connection. */
  readonly socketId: string;
  /** Gets a message of an encrypted channel with its payload opened. */
  readonly opened: (message: MessageSignal, receivedAt: number) => void;
}

/** What the application's yes brings. */
export interface Admission {
  /** What the server is shown. */
  readonly proof: SubscriptionProof;
  /** Who we are on a presence channel. */
  readonly me: string | undefined;
  /** Opens the messages of an encrypted channel. */
  readonly sealed: MessageOpener | undefined;
}

/** What a server said that did not name a channel. */
export interface UnnamedRefusal {
  /** The protocol's number for it. */
  readonly code: number | undefined;
  /** The server's words. */
  readonly message: string;
  /** It is about a signature, and public channels have none that could be wrong. */
  readonly aboutSignature: boolean;
}

/** A channel that must be the one of a refusal without a name. */
export interface RefusedChannel extends UnnamedRefusal {
  readonly channel: string;
}

/** Finds out whom refusals without a name are about. */
export interface NamelessRefusals {
  /** Whether a refusal that says only that a signature is wrong may be about a channel. */
  readonly awaitsSignature: boolean;
  /** Milliseconds until nothing is left that a refusal which was not understood might be about. */
  readonly unclearFor: number;
  /** The server was asked for `channel`; `guarded` where a bad signature can be what is wrong with it. */
  asked(channel: string, guarded: boolean): void;
  /** Nobody waits for the answer any more; one without a name may still be about it. */
  givenUp(channel: string): void;
  /** Whether the next answer about `channel` may be to a question that was given up. */
  isOverdue(channel: string): boolean;
  /** An answer with a name came. Returns the channels that are thereby known to be refused. */
  answered(channel: string): readonly RefusedChannel[];
  /** A refusal without a name came. Returns the channels that are thereby known to be refused. */
  refused(refusal: UnnamedRefusal): readonly RefusedChannel[];
  /** The connection is over, and with it every answer. */
  clear(): void;
}

/** The user of the connection, as far as the client is concerned. */
export interface UserSession extends SignedInUser {
  /** True when the signal concerns nobody else. `lastSeen` is when the server was last heard. */
  receive(
    signal: TransportSignal,
    lastSeen: number,
    subscriptions: { readonly awaitsSignature: boolean },
  ): boolean;
  retryRefused(): void;
  destroy(): void;
}

/** A value for `publish`: how messages leave. Made by `publishing()`. */
export interface PublishSlot<Write extends string = 'publish: publishing({ endpoint, … })'> {
  /** Exists for the compiler only. */
  readonly '~write'?: Write;
  /** Which slot it is for. */
  readonly slot: 'publish';
  /** @internal */
  open(
    context: ClientContext,
    neighbours: { readonly channels: PublishingChannels; readonly authority: Authority | undefined },
  ): Publications;
}

/** What `publish` does for one client. */
export interface Publications {
  /** What applications see. */
  readonly outbox: Outbox;
  /** Settles as the outbox says; rejects at once, and nothing is queued, for what no server would take. */
  publish(
    channel: PublishingChannel,
    event: string,
    payload: unknown,
    options: PublishOptions | undefined,
  ): Promise<Acknowledgement>;
  /** The client is used for the first time: what an earlier page left is taken in. */
  begin(): void;
  /** What the device says about its network. */
  online(online: boolean): void;
  /** A connection that was lost could not be had again yet, whatever the device says about its network. */
  away(): void;
  /** The connection may be dead, and is asked: client events, which nobody confirms, wait for its answer or for another. */
  doubted(): void;
  /** The part of the client's inbound switch that concerns publishing; true when it concerns nobody else. */
  receive(signal: TransportSignal): boolean;
  /** A channel's subscription is in another state. */
  subscription(channel: string, state: SubscriptionState): void;
  /** Empties the outbox, here, in the other tabs and in the storage. */
  signOut(): Promise<void>;
  destroy(): void;
}

/** A value for `statistics`. Made by `statistics()`. */
export interface StatisticsSlot<Figures, Write extends string = 'statistics: statistics()'> {
  /** Exists for the compiler only. */
  readonly '~write'?: Write;
  /** Which slot it is for. */
  readonly slot: 'statistics';
  /** @internal */
  open(context: { readonly clock: Clock; readonly reports: Reports }): Recorder & ReadableStore<Figures>;
}

/** A value for `encryption`: opens the messages of `private-encrypted-` channels. Made by `encryption()`. */
export interface EncryptionSlot extends Encryption {
  /** Which slot it is for. */
  readonly slot: 'encryption';
}
