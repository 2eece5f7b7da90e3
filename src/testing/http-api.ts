import type { ServerApp } from './app';
import { channelTraits, isChannelName } from './channel-name';
import { equalTexts, md5Hex } from './cryptography';
import type { HttpAnswer, HttpCall } from './http-exchange';
import { asRecord, field, type JsonRecord, parseJson, textField } from './json-values';
import { publicationFault } from './publication';
import { signRequest } from './signatures';

/** What the HTTP API needs from the server around it. */
export interface HttpApiSurroundings {
  readonly apps: readonly ServerApp[];
  readonly now: () => number;
  readonly nextMessageId: () => string;
}

interface ApiEvent {
  readonly name: string;
  readonly channels: readonly string[];
  readonly data: string;
  readonly socketId: string | undefined;
  readonly info: readonly string[];
}

/** How far a caller's clock may be off, in milliseconds. */
const timestampTolerance = 600_000;
const appPath = /^\/apps\/([^/]+)\/(.+)$/;

/** Answers a call of Pusher's HTTP API; `undefined` when the path is none of it. */
export function answerHttpApi(call: HttpCall, surroundings: HttpApiSurroundings): HttpAnswer | undefined {
  const [, appId, rest] = appPath.exec(call.url.pathname) ?? [];
  if (appId === undefined || rest === undefined) return undefined;
  const app = surroundings.apps.find(({ settings }) => settings.id === appId);
  if (app === undefined) return { status: 404, body: 'App not found' };
  const unauthorized = signatureFault(call, app, surroundings.now());
  if (unauthorized !== undefined) return { status: 401, body: unauthorized };
  if (!app.settings.enabled) return { status: 403, body: 'The app is disabled' };
  return route(call, app, rest.split('/').map(decodeSegment), surroundings);
}

function route(
  call: HttpCall,
  app: ServerApp,
  path: readonly string[],
  surroundings: HttpApiSurroundings,
): HttpAnswer {
  const [noun, name = '', verb] = path;
  const info = list(call.url.searchParams.get('info'));
  if (call.method === 'POST' && path.length === 1 && noun === 'events')
    return trigger(call, app, surroundings);
  if (call.method === 'POST' && path.length === 1 && noun === 'batch_events') {
    return triggerBatch(call, app, surroundings);
  }
  if (call.method === 'POST' && noun === 'users' && verb === 'terminate_connections' && path.length === 3) {
    app.terminate(name);
    return { status: 200, body: {} };
  }
  if (call.method !== 'GET' || noun !== 'channels') return { status: 404, body: 'Not found' };
  if (path.length === 1) return describeChannels(call, app, info);
  if (!isChannelName(name, app.settings.limits.channelNameLength)) {
    return { status: 400, body: 'Invalid channel name' };
  }
  if (path.length === 2) return describeChannel(app, name, info);
  if (path.length === 3 && verb === 'users') return describeUsers(app, name);
  return { status: 404, body: 'Not found' };
}

function signatureFault({ method, url, body }: HttpCall, app: ServerApp, now: number): string | undefined {
  const query = url.searchParams;
  const timestamp = Number(query.get('auth_timestamp') ?? Number.NaN) * 1000;
  if (query.get('auth_key') !== app.settings.key) return 'Unknown auth_key';
  if (query.get('auth_version') !== '1.0') return 'Invalid auth_version: expected 1.0';
  if (!(Math.abs(now - timestamp) <= timestampTolerance)) {
    return 'Timestamp expired: auth_timestamp is not within 600 seconds of the server time';
  }
  if (body !== '' && query.get('body_md5') !== md5Hex(body)) return 'Invalid body_md5';
  const expected = signRequest(app.settings.secret, method, url.pathname, query);
  return equalTexts(expected, query.get('auth_signature') ?? '') ? undefined : 'Invalid signature';
}

function trigger(call: HttpCall, app: ServerApp, surroundings: HttpApiSurroundings): HttpAnswer {
  const body = call.body === '' ? {} : asRecord(parseJson(call.body));
  if (body === undefined) return { status: 400, body: 'The body is not a JSON object' };
  const event = readEvent({ ...queryFields(call), ...body });
  if (typeof event === 'string') return { status: 400, body: event };
  const { channels, info } = event;
  if (channels.length === 0 || channels.length > app.settings.limits.channelsPerTrigger) {
    return { status: 400, body: `An event goes to 1 to ${app.settings.limits.channelsPerTrigger} channels` };
  }
  if (channels.length > 1 && channels.some((name) => channelTraits(name).kind === 'encrypted')) {
    return { status: 400, body: 'An event for an encrypted channel goes to that channel alone' };
  }
  const fault = eventFault(app, event);
  if (fault !== undefined) return fault;
  publish(app, event, surroundings);
  if (info.length === 0) return { status: 200, body: {} };
  return {
    status: 200,
    body: {
      channels: Object.fromEntries(channels.map((name) => [name, channelAttributes(app, name, info)])),
    },
  };
}

function triggerBatch(call: HttpCall, app: ServerApp, surroundings: HttpApiSurroundings): HttpAnswer {
  const batch = field(asRecord(parseJson(call.body)), 'batch');
  if (!Array.isArray(batch)) return { status: 400, body: 'batch is missing' };
  const { eventsPerBatch } = app.settings.limits;
  if (batch.length > eventsPerBatch) {
    return { status: 400, body: `A batch has at most ${eventsPerBatch} events` };
  }
  const events: ApiEvent[] = [];
  for (const entry of batch) {
    const event = readEvent(asRecord(entry));
    if (typeof event === 'string') return { status: 400, body: event };
    if (event.channels.length !== 1) return { status: 400, body: 'Each event of a batch needs one channel' };
    const fault = eventFault(app, event);
    if (fault !== undefined) return fault;
    events.push(event);
  }
  for (const event of events) publish(app, event, surroundings);
  if (!events.some(({ info }) => info.length > 0)) return { status: 200, body: {} };
  return {
    status: 200,
    body: { batch: events.map(({ channels: [name = ''], info }) => channelAttributes(app, name, info)) },
  };
}

/** Reads an event, or says what it lacks. */
function readEvent(record: JsonRecord | undefined): ApiEvent | string {
  const name = textField(record, 'name');
  const data = textField(record, 'data');
  const wanted = field(record, 'channels') ?? [field(record, 'channel')];
  const socketId = field(record, 'socket_id') ?? undefined;
  if (name === undefined) return 'name is missing';
  if (data === undefined) return 'data is missing or not a string';
  if (!isTexts(wanted)) return 'channels must be a list of strings';
  if (socketId !== undefined && !(typeof socketId === 'string' && /^\d+\.\d+$/.test(socketId))) {
    return 'Invalid socket_id';
  }
  return { name, data, channels: [...new Set(wanted)], socketId, info: list(field(record, 'info')) };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function eventFault(app: ServerApp, { name, channels, data, info }: ApiEvent): HttpAnswer | undefined {
  for (const channel of channels) {
    const fault = publicationFault(app.settings, name, channel, data);
    if (fault !== undefined) return { status: fault.status, body: fault.reason };
    const unknown = info.find(
      (attribute) => attribute !== 'user_count' && attribute !== 'subscription_count',
    );
    if (unknown !== undefined) return { status: 400, body: `Unknown info attribute ${unknown}` };
  }
  return undefined;
}

function publish(app: ServerApp, event: ApiEvent, { nextMessageId }: HttpApiSurroundings): void {
  for (const channel of event.channels) {
    app.publish({
      channel,
      event: event.name,
      data: event.data,
      messageId: nextMessageId(),
      except: event.socketId,
      by: 'api',
    });
  }
}

function describeChannels(call: HttpCall, app: ServerApp, info: readonly string[]): HttpAnswer {
  const prefix = call.url.searchParams.get('filter_by_prefix') ?? '';
  if (info.includes('user_count') && !prefix.startsWith('presence-')) {
    return { status: 400, body: 'user_count is only available with filter_by_prefix=presence-' };
  }
  const unknown = info.find((attribute) => attribute !== 'user_count');
  if (unknown !== undefined)
    return { status: 400, body: `${unknown} is not available for a list of channels` };
  const channels = app.occupied.filter(
    ({ name, traits }) => name.startsWith(prefix) && traits.kind !== 'user',
  );
  return {
    status: 200,
    body: {
      channels: Object.fromEntries(channels.map(({ name }) => [name, channelAttributes(app, name, info)])),
    },
  };
}

function describeChannel(app: ServerApp, name: string, info: readonly string[]): HttpAnswer {
  const { kind, cached } = channelTraits(name);
  for (const attribute of info) {
    const available =
      (attribute === 'user_count' && kind === 'presence') ||
      (attribute === 'subscription_count' && app.settings.subscriptionCount && kind !== 'presence') ||
      (attribute === 'cache' && cached);
    if (!available) return { status: 400, body: `${attribute} is not available for this channel` };
  }
  const occupied = (app.channels.get(name)?.size ?? 0) > 0;
  return { status: 200, body: { occupied, ...channelAttributes(app, name, info) } };
}

function describeUsers(app: ServerApp, name: string): HttpAnswer {
  if (channelTraits(name).kind !== 'presence') {
    return { status: 400, body: 'Users can only be retrieved for presence channels' };
  }
  const members = app.channels.get(name)?.roster.members ?? [];
  return { status: 200, body: { users: members.map(({ userId }) => ({ id: userId })) } };
}

/** The attributes of a channel that were asked for and that it has. */
export function channelAttributes(
  app: ServerApp,
  name: string,
  info: readonly string[],
): Record<string, unknown> {
  const channel = app.channels.get(name);
  const { kind, cached } = channelTraits(name);
  const found: Record<string, unknown> = {};
  if (info.includes('user_count') && kind === 'presence') found['user_count'] = channel?.roster.size ?? 0;
  if (info.includes('subscription_count') && app.settings.subscriptionCount && kind !== 'presence') {
    found['subscription_count'] = channel?.size ?? 0;
  }
  if (info.includes('cache') && cached) found['cache'] = app.describeCache(name);
  return found;
}

function queryFields({ url }: HttpCall): JsonRecord {
  const channels = url.searchParams.getAll('channels[]');
  return { ...Object.fromEntries(url.searchParams), ...(channels.length > 0 ? { channels } : {}) };
}

function list(value: unknown): readonly string[] {
  return typeof value === 'string' && value !== '' ? value.split(',') : [];
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
