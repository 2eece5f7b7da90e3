import type { ServerApp } from './app';
import { channelTraits, isChannelName, userChannel } from './channel-name';
import { asRecord, field, type JsonRecord, parseJson, stringifyJson, textField } from './json-values';
import type { RosterMember } from './presence-roster';
import type { ServerConnection } from './server-connection';
import { signatureFault, signedChannel } from './signatures';
import { utf8Length } from './utf8';

/** Why a connection may not have a channel. */
export interface SubscriptionFault {
  readonly channel: string;
  /** What is wrong: the signature, something that is there already, or anything else. */
  readonly kind: 'unsigned' | 'repeated' | 'invalid';
  /** Null where Pusher sends none. A refused subscription does not end the connection, so it is never below 4300. */
  readonly code: 4300 | null;
  readonly message: string;
}

/** Subscribes a connection as its `pusher:subscribe` asks, or says why not. */
export function subscribe(
  app: ServerApp,
  connection: ServerConnection,
  data: JsonRecord | undefined,
): SubscriptionFault | undefined {
  const channel = textField(data, 'channel') ?? '';
  if (!isChannelName(channel, app.settings.limits.channelNameLength)) {
    return { channel, kind: 'invalid', code: 4300, message: 'Invalid channel name' };
  }
  if (connection.channels.has(channel)) {
    return { channel, kind: 'repeated', code: null, message: `Existing subscription to channel ${channel}` };
  }
  const channelData = textField(data, 'channel_data');
  const member = channelData === undefined ? signedInMember(connection) : readMember(channelData);
  const fault =
    proofFault(app, connection, channel, { auth: textField(data, 'auth'), channelData }) ??
    memberFault(app, channel, member);
  if (fault !== undefined) return { channel, ...fault };
  app.subscribe(connection, channel, channelTraits(channel).kind === 'presence' ? member : undefined);
  return undefined;
}

type Fault = Omit<SubscriptionFault, 'channel'>;

function proofFault(
  app: ServerApp,
  connection: ServerConnection,
  channel: string,
  proof: { readonly auth: string | undefined; readonly channelData: string | undefined },
): Fault | undefined {
  const { kind } = channelTraits(channel);
  if (kind === 'public') return undefined;
  if (kind === 'user') {
    const isOwn = connection.user !== undefined && channel === userChannel(connection.user.id);
    return isOwn ? undefined : unsigned('Not signed in as this user');
  }
  const signed = signedChannel(connection.socketId, channel, proof.channelData);
  const fault = signatureFault(app.settings, proof.auth, signed);
  return fault === undefined ? undefined : unsigned(fault);
}

function unsigned(message: string): Fault {
  return { kind: 'unsigned', code: null, message };
}

function invalid(message: string): Fault {
  return { kind: 'invalid', code: 4300, message };
}

/** A user who signed in joins presence channels without `channel_data`, as what the sign-in said. */
function signedInMember({ user }: ServerConnection): RosterMember | undefined {
  return user && { userId: user.id, info: user.info };
}

function readMember(channelData: string): RosterMember | undefined {
  const record = asRecord(parseJson(channelData));
  const id = field(record, 'user_id');
  const isId = (typeof id === 'string' && id !== '') || typeof id === 'number';
  return isId ? { userId: String(id), info: field(record, 'user_info') } : undefined;
}

function memberFault(app: ServerApp, channel: string, member: RosterMember | undefined): Fault | undefined {
  if (channelTraits(channel).kind !== 'presence') return undefined;
  if (member === undefined) return invalid('Invalid channel_data: no user_id');
  const { limits } = app.settings;
  if (member.userId.length > limits.userIdLength) {
    return invalid(`user_id is longer than ${limits.userIdLength} characters`);
  }
  const info = stringifyJson(member.info ?? null);
  if (info === undefined || utf8Length(info) > limits.memberBytes) {
    return invalid(`user_info is larger than ${limits.memberBytes} bytes`);
  }
  const roster = app.channels.get(channel)?.roster;
  if (roster !== undefined && !roster.has(member.userId) && roster.size >= limits.presenceMembers) {
    return invalid(`The channel has its ${limits.presenceMembers} members`);
  }
  return undefined;
}
