import { RealtimeError } from '../errors';
import type { Credentials, Recover } from '../ports';
import { object, text } from '../support/given';
import { fieldsOf, idIn, parseJson } from '../support/json';
import type { RecoveredMessage } from '../types';
import { failureDetails } from './channel-authorization';
import { BackendEndpoint, type RequestFields } from './endpoint';

/** Where the application's history is. */
export interface HistoryOptions {
  /** Its address, such as `/realtime/history`. */
  readonly endpoint: string;
  /** Added to the request's headers: values, or a function asked before each request. */
  readonly headers?: RequestFields | undefined;
  /** Added to the request's query. */
  readonly params?: RequestFields | undefined;
  /** Whether cookies go along, as in `fetch`. Default: `same-origin`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include' | undefined;
}

/**
 * A `recover` that asks the application's own history: `GET endpoint?channel=…&after=<last id>&since=<ms since 1970>` with the
 * client's token, answered by `{ "messages": [{ "event", "data", "id"? }], "complete"? }`, oldest first. `complete: false`
 * says that the history does not reach back to `after`: what there is is delivered, and the hole is reported.
 * `after` is absent when no message with an id came before the gap; `since` is when the server was last heard.
 */
export function recoverFromHistory(options: HistoryOptions): Recover {
  const { endpoint } = object(options, 'recoverFromHistory({ endpoint })');
  text(endpoint, 'recoverFromHistory({ endpoint })', "the address of your backend's history");
  // One for each client: what it asked us to wait, and what it was found to be, counts for every channel.
  const endpoints = new WeakMap<Credentials, BackendEndpoint>();
  return async (gap, context) => {
    const { signal, credentials, report } = context;
    const history =
      endpoints.get(credentials) ??
      new BackendEndpoint(options, {
        losses: () => 0,
        onDeprecation: () => {},
        random: Math.random,
        ...context,
      });
    endpoints.set(credentials, history);
    const { channel, from, lastId } = gap;
    const fields = { channel, since: from, ...(lastId === undefined ? undefined : { after: lastId }) };
    const answer = await history.ask({ fields, format: 'query' }, signal);
    const { status } = answer;
    if (answer.verdict !== 'accepted') {
      const details = { channel, ...failureDetails(answer) };
      throw new RealtimeError('recovery', `The history endpoint ${answer.words}.`, details);
    }
    const { messages: listed, complete } = fieldsOf(parseJson(answer.text));
    if (!Array.isArray(listed)) {
      throw new RealtimeError('recovery', 'The history endpoint answered without a list of `messages`.', {
        channel,
        status,
      });
    }
    if (complete === false) {
      const message = `The history of "${channel}" does not reach back to the last message received; some are lost.`;
      report(new RealtimeError('recovery', message, { channel }));
    }
    return listed.flatMap((each): RecoveredMessage[] => {
      const { event, data, id, user_id } = fieldsOf(each);
      if (typeof event !== 'string' || event === '') return [];
      return [
        {
          event,
          data,
          id: idIn(id),
          userId: idIn(user_id),
        },
      ];
    });
  };
}
