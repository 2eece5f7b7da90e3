import { ConfigurationError } from '../index';
import { isRecord } from './frames';
import { checkInput, checkText, hasFunctions } from './service-input';
import type { HandedToken } from './service-token';

/** What becomes of the old action types: those of `surewire/redux`. */
export const oldActionTypes: {
  readonly 'websocket/connect': 'realtime/connect';
  readonly 'websocket/disconnect': 'realtime/disconnect';
  readonly 'websocket/send': 'realtime/publish';
  readonly 'websocket/subscribe': 'realtime/subscribe';
  readonly 'websocket/unsubscribe': 'realtime/unsubscribe';
} = {
  'websocket/connect': 'realtime/connect',
  'websocket/disconnect': 'realtime/disconnect',
  'websocket/send': 'realtime/publish',
  'websocket/subscribe': 'realtime/subscribe',
  'websocket/unsubscribe': 'realtime/unsubscribe',
};

/** What old actions do not say themselves. */
export interface OldActionsOptions {
  /** Where messages go that name no channel. */
  readonly channel?: string;
  /** Where a token goes that comes with `websocket/connect`. Left out, it is not needed: the client's own source serves. */
  readonly token?: HandedToken;
}

/** An action that `surewire/redux` understands. */
export type TodaysAction = {
  /** One of its types. */
  readonly type: (typeof oldActionTypes)[keyof typeof oldActionTypes];
  /** Its content. */
  readonly payload: unknown;
};

/** A middleware for Redux 4 and 5, without the types of either. */
export type OldActionsMiddleware = (store: {
  /** Dispatches an action. */
  dispatch(action: TodaysAction): unknown;
}) => (next: (action: never) => unknown) => (action: unknown) => unknown;

/**
 * Lets code that dispatches `websocket/connect`, `/disconnect`, `/send`, `/subscribe` and `/unsubscribe` run on the middleware of
 * `surewire/redux`: each old action goes on to the reducers, and its counterpart of today is dispatched after it. `dispatch`
 * returns what that one returns. Throws a `ConfigurationError` for options that cannot work, and for an old action without what it needs.
 */
export function translateOldActions(options: OldActionsOptions = {}): OldActionsMiddleware {
  checkInput(isRecord(options), 'translateOldActions', 'an object of options', options);
  const { channel, token } = options;
  if (channel !== undefined) {
    checkText(channel, 'The option `channel` of translateOldActions', 'the name of a channel');
  }
  const isHanded = token === undefined || hasFunctions(token, ['hand']);
  checkInput(isHanded, 'The option `token` of translateOldActions', 'what createHandedToken() makes', token);
  return ({ dispatch }) =>
    (pass) =>
    (action) => {
      // Each version of Redux has another type for what it passes on.
      const next = pass as (action: unknown) => unknown;
      if (!isOld(action)) return next(action);
      const todays = translated(action, options);
      let answer = next(action);
      for (const each of todays) answer = dispatch(each);
      return answer;
    };
}

interface OldAction {
  readonly type: keyof typeof oldActionTypes;
  readonly payload?: unknown;
}

function isOld(action: unknown): action is OldAction {
  return isRecord(action) && Object.hasOwn(oldActionTypes, String(action['type']));
}

function translated(action: OldAction, options: OldActionsOptions): TodaysAction[] {
  const type = oldActionTypes[action.type];
  const { payload } = action;
  const fields = isRecord(payload) ? payload : {};
  switch (type) {
    case 'realtime/connect': {
      const token = typeof payload === 'string' ? payload : fields['token'];
      // Callers pass what they found in a storage: '' is no token.
      if (typeof token === 'string' && token !== '') options.token?.hand(token);
      return [{ type, payload: undefined }];
    }
    case 'realtime/disconnect':
      return [{ type, payload: undefined }];
    case 'realtime/publish':
      return [{ type, payload: publication(fields, options.channel) }];
    case 'realtime/subscribe':
    case 'realtime/unsubscribe':
      return channelsIn(action).map((channel) => ({ type, payload: { channel } }));
    default:
      return type satisfies never;
  }
}

/** Senders write `type` or `event`, and `payload` or `data`. */
function publication(fields: Readonly<Record<string, unknown>>, defaultChannel?: string): object {
  const { channel = defaultChannel, type, event = type, data, payload = data } = fields;
  if (typeof event !== 'string' || typeof channel !== 'string') {
    throw new ConfigurationError(
      'A "websocket/send" needs { type, payload, channel } as its payload; `channel` may be left out when translateOldActions has one.',
    );
  }
  const acknowledge = fields['awaitAcknowledgment'] === false ? 'none' : 'accepted';
  return { channel, event, payload, options: { acknowledge } };
}

/** Senders write the name itself, `{ channel }` or `{ channels: […] }`. */
function channelsIn({ type, payload }: OldAction): string[] {
  const fields = isRecord(payload) ? payload : { channel: payload };
  const names: unknown = fields['channels'] ?? [fields['channel']];
  if (Array.isArray(names) && names.every((name): name is string => typeof name === 'string')) return names;
  throw new ConfigurationError(`A "${type}" needs { channel } or { channels: […] } as its payload.`);
}
