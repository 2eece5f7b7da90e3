import {
  type ChannelContract,
  ConfigurationError,
  neededObject,
  type RealtimeMessage,
  type RegisteredChannels,
  type UntypedChannels,
} from '../index';
import { realtimeNews as news } from './actions';
import type { ChannelState, RealtimeState } from './state';

/** How much the store remembers. */
export interface RealtimeReducerOptions {
  /** The most messages kept of one channel. Default: 50. */
  readonly messagesPerChannel?: number;
}

/** Takes in what the middleware dispatches; everything else leaves the state as it is. */
export type RealtimeReducer<Contract extends ChannelContract = RegisteredChannels> = (
  state: RealtimeState<Contract> | undefined,
  action: { readonly type: string },
) => RealtimeState<Contract>;

type State = RealtimeState<UntypedChannels>;
type Entry = ChannelState<UntypedChannels, string>;

/** What is known before anything was told. */
export const initialState: State = {
  status: { state: 'idle', since: 0, attempt: 0 },
  statistics: undefined,
  channels: {},
  pending: [],
  error: undefined,
};

const newChannel: Entry = { subscription: { state: 'unsubscribed' }, messages: [], members: [] };

/** The reducer, typed by the channels that the application registered: `reducer: { realtime: realtimeReducer }`. */
export const realtimeReducer: RealtimeReducer = createRealtimeReducer();

/** A reducer that remembers more or less, or is typed by another contract: `createRealtimeReducer<typeof channels>()`. */
export function createRealtimeReducer<Contract extends ChannelContract = RegisteredChannels>(
  options: RealtimeReducerOptions = {},
): RealtimeReducer<Contract> {
  const { messagesPerChannel = 50 } = neededObject(options, 'createRealtimeReducer({ messagesPerChannel })');
  if (
    !(Number.isInteger(messagesPerChannel) || messagesPerChannel === Number.POSITIVE_INFINITY) ||
    messagesPerChannel < 0
  ) {
    throw new ConfigurationError('The option `messagesPerChannel` must be an integer from 0, or Infinity.');
  }
  const reduce = (state: State = initialState, action: { readonly type: string }): State => {
    if (news.statusChanged.match(action)) return { ...state, status: action.payload };
    if (news.statisticsChanged.match(action)) return { ...state, statistics: action.payload };
    if (news.pendingChanged.match(action)) return { ...state, pending: action.payload };
    if (news.failed.match(action)) return { ...state, error: action.payload };
    if (news.rejected.match(action)) return { ...state, error: action.payload.error };
    if (news.subscriptionChanged.match(action)) {
      const { channel, subscription } = action.payload;
      return withChannel(state, channel, { ...(entryOf(state, channel) ?? newChannel), subscription });
    }
    if (news.channelReleased.match(action)) return withoutChannel(state, action.payload.channel);
    if (news.membersChanged.match(action)) {
      const { channel, members, me } = action.payload;
      const { me: _, ...entry } = entryOf(state, channel) ?? newChannel;
      return withChannel(state, channel, { ...entry, members, ...(me && { me }) });
    }
    if (news.messagesReceived.match(action)) return remember(state, action.payload, messagesPerChannel);
    return state;
  };
  // The contract is the compiler's alone: at run time every channel looks the same.
  return reduce as unknown as RealtimeReducer<Contract>;
}

/** Own properties only: a channel may be named `constructor`. */
function entryOf({ channels }: State, channel: string): Entry | undefined {
  return Object.hasOwn(channels, channel) ? channels[channel] : undefined;
}

function withChannel(state: State, channel: string, entry: Entry): State {
  return { ...state, channels: { ...state.channels, [channel]: entry } };
}

function withoutChannel(state: State, channel: string): State {
  const { [channel]: _, ...channels } = state.channels;
  return { ...state, channels };
}

/** Messages of channels that were left meanwhile are dropped: nobody would ever remove them. */
function remember(state: State, messages: readonly RealtimeMessage[], limit: number): State {
  const byChannel = new Map<string, RealtimeMessage[]>();
  for (const message of messages) {
    const known = byChannel.get(message.channel);
    if (known === undefined) byChannel.set(message.channel, [message]);
    else known.push(message);
  }
  let { channels } = state;
  for (const [channel, added] of byChannel) {
    const entry = entryOf(state, channel);
    if (entry === undefined) continue;
    const all = [...entry.messages, ...added];
    channels = { ...channels, [channel]: { ...entry, messages: all.slice(Math.max(0, all.length - limit)) } };
  }
  return channels === state.channels ? state : { ...state, channels };
}
