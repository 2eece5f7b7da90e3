import { RealtimeError } from '../errors';
import type { Recover } from '../ports';
import type { RecoveredMessage } from '../types';
import { fieldsOf, parseJson } from './answer';
import { BackendEndpoint, endpointSettings, type RequestFields } from './endpoint';

/** Where the application's history is. */
export interface HistoryOptions {
  /** Its address, such as `/realtime/history`. */
  readonly endpoint: string;
  /** Added to the request's headers: values, or a function asked before each request. */
  readonly headers?: RequestFields;
  /** Added to the request's query. */
  readonly params?: RequestFields;
  /** Whether cookies go along, as in `fetch`. Default: `same-origin`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include';
}

/**
 * A `recover` that asks the application's own history: `GET endpoint?channel=…&after=<last id>&since=<ms since 1970>` with the
 * client's token, answered by `{ "messages": [{ "event", "data", "id"? }], "complete"? }`, oldest first. `complete: false`
 * says that the history does not reach back to `after`: what there is is delivered, and the hole is reported.
 * `after` is absent when no message with an id came before the gap; `since` is when the server was last heard.
 */
export function recoverFromHistory(options: HistoryOptions): Recover {
  const settings = endpointSettings(options);
  return async (gap, { signal, fetch, clock, credentials, report, onDeprecation = () => {} }) => {
    const history = new BackendEndpoint(settings, { fetch, clock, credentials, onDeprecation });
    const { channel, from, lastId } = gap;
    const fields = { channel, since: from, ...(lastId === undefined ? undefined : { after: lastId }) };
    const answer = await history.ask({ fields, format: 'query' }, signal);
    const { status, cause, verdict } = answer;
    if (verdict !== 'accepted') {
      const retryable = verdict === 'later';
      throw new RealtimeError('recovery', `The history endpoint ${answer.words}.`, {
        channel,
        status,
        retryable,
        cause,
      });
    }
    const body = fieldsOf(parseJson(answer.text));
    const listed = body?.['messages'];
    if (!Array.isArray(listed)) {
      throw new RealtimeError('recovery', 'The history endpoint answered without a list of `messages`.', {
        channel,
        status,
      });
    }
    if (body?.['complete'] === false) {
      const message = `The history of "${channel}" does not reach back to the last message we had; some are lost.`;
      report(new RealtimeError('recovery', message, { channel }));
    }
    return listed.flatMap((each): RecoveredMessage[] => {
      const { event, data, id, user_id } = fieldsOf(each) ?? {};
      if (typeof event !== 'string') return [];
      return [
        {
          event,
          data,
          id: typeof id === 'string' ? id : undefined,
          userId: typeof user_id === 'string' ? user_id : undefined,
        },
      ];
    });
  };
}
