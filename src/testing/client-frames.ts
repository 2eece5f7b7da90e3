import type { ServerApp } from './app';
import { encodeFrame } from './frames';
import { asRecord, field, type JsonRecord, parseJson, payloadText, textField } from './json-values';
import type { ServerConnection } from './server-connection';
import { signatureFault, signedUser } from './signatures';
import { type SubscriptionFault, subscribe } from './subscribe-request';
import { utf8Length } from './utf8';

/** What a client did wrong, as `pusher:error` tells it. */
interface Complaint {
  readonly code: number | null;
  readonly message: string;
}

/** Answers one frame of a client. Whatever the frame is, the worst that happens is a `pusher:error` for its sender. */
export function answerFrame(app: ServerApp, connection: ServerConnection, text: string): void {
  const complaint = obey(app, connection, text);
  if (complaint === undefined) return;
  const { code, message } = complaint;
  connection.complain(code, message);
  // Protocol, "Error codes": 4000 to 4299 are errors "resulting in the connection being closed".
  if (code !== null && code < 4300) connection.close(code, message);
}

function obey(app: ServerApp, connection: ServerConnection, text: string): Complaint | undefined {
  const { frameLength } = app.settings.limits;
  if (text.length > frameLength) {
    return { code: 4300, message: `The frame is longer than ${frameLength} characters` };
  }
  const frame = asRecord(parseJson(text));
  const event = textField(frame, 'event');
  if (frame === undefined || event === undefined) {
    return { code: 4300, message: 'The frame is not a JSON object with an event' };
  }
  const data = recordOf(field(frame, 'data'));
  switch (event) {
    case 'pusher:subscribe':
      return refuse(app, connection, subscribe(app, connection, data));
    case 'pusher:unsubscribe':
      return unsubscribe(app, connection, data);
    case 'pusher:ping':
      connection.deliver(encodeFrame({ event: 'pusher:pong', data: {} }));
      return undefined;
    case 'pusher:pong':
      return undefined;
    case 'pusher:signin':
      return signIn(app, connection, data);
    default:
      return relay(app, connection, event, frame);
  }
}

/** Clients may write `data` as an object or as a text of JSON. */
function recordOf(data: unknown): JsonRecord | undefined {
  return asRecord(typeof data === 'string' ? parseJson(data) : data);
}

function refuse(
  app: ServerApp,
  connection: ServerConnection,
  fault: SubscriptionFault | undefined,
): Complaint | undefined {
  if (fault === undefined || fault.kind === 'repeated') return fault;
  if (app.settings.refusals === 'documented') return fault;
  const { channel, kind, message: error } = fault;
  const data =
    kind === 'unsigned'
      ? { type: 'AuthError', error, status: 401 }
      : { type: 'LimitReached', error, status: 4100 };
  connection.deliver(encodeFrame({ event: 'pusher:subscription_error', channel, data, plain: true }));
  return undefined;
}

function unsubscribe(
  app: ServerApp,
  connection: ServerConnection,
  data: JsonRecord | undefined,
): Complaint | undefined {
  const name = textField(data, 'channel') ?? '';
  if (app.unsubscribe(connection, name)) return undefined;
  return { code: null, message: `No current subscription to channel ${name}` };
}

function signIn(
  app: ServerApp,
  connection: ServerConnection,
  data: JsonRecord | undefined,
): Complaint | undefined {
  const userData = textField(data, 'user_data') ?? '';
  // Pusher documents a `pusher:error` and nothing else; soketi closes the connection as well.
  const refused = (message: string): Complaint => ({
    code: app.settings.refusals === 'named' ? 4009 : null,
    message,
  });
  const fault = signatureFault(
    app.settings,
    textField(data, 'auth'),
    signedUser(connection.socketId, userData),
  );
  if (fault !== undefined) return refused(fault);
  const user = asRecord(parseJson(userData));
  const id = textField(user, 'id') ?? '';
  if (id === '') return refused('Invalid user_data: no id');
  if (connection.user !== undefined && connection.user.id !== id) {
    return refused('The connection is signed in as another user');
  }
  const { limits } = app.settings;
  const wanted = field(user, 'watchlist');
  const watchlist = Array.isArray(wanted) ? wanted.filter((entry) => typeof entry === 'string') : [];
  connection.user = { id, info: field(user, 'user_info'), watchlist: watchlist.slice(0, limits.watchlist) };
  connection.deliver(
    encodeFrame({ event: 'pusher:signin_success', data: { user_data: userData }, plain: true }),
  );
  app.users.add(connection, app.settings.watchlist);
  if (watchlist.length <= limits.watchlist) return undefined;
  return {
    code: 4302,
    message: `Watchlist limit exceeded: the first ${limits.watchlist} user ids are accepted`,
  };
}

function relay(
  app: ServerApp,
  connection: ServerConnection,
  event: string,
  frame: JsonRecord,
): Complaint | undefined {
  const channel = app.channels.get(textField(frame, 'channel') ?? '');
  const data = payloadText(field(frame, 'data'));
  const reason = clientEventFault(app, connection, event, textField(frame, 'channel') ?? '', data);
  if (reason !== undefined) return { code: 4301, message: `Client event rejected - ${reason}` };
  if (channel !== undefined && data !== undefined) app.relay(connection, channel, event, data);
  return undefined;
}

function clientEventFault(
  app: ServerApp,
  connection: ServerConnection,
  event: string,
  name: string,
  data: string | undefined,
): string | undefined {
  const { limits, clientEvents } = app.settings;
  if (!event.startsWith('client-')) return 'the event name must begin with client-';
  if (!clientEvents) return 'client events are not enabled for this app';
  if (event.length > limits.eventNameLength) return 'the event name is too long';
  if (!name.startsWith('private-') && !name.startsWith('presence-')) {
    return 'only supported on private and presence channels';
  }
  if (!connection.channels.has(name)) return 'not subscribed to the channel';
  if (!connection.spendClientEvent()) return 'rate limit exceeded';
  if (data === undefined || utf8Length(data) > limits.eventBytes) {
    return `the data is larger than ${limits.eventBytes} bytes`;
  }
  return undefined;
}
