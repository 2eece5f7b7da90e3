import { RealtimeError } from '../errors';
import type { Credentials, Recover, RecoveryContext } from '../ports';
import { object, text } from '../support/given';
import { fieldsOf, idIn, parseJson } from '../support/json';
import type { Gap, RecoveredMessage } from '../types';
import { failureDetails } from './channel-authorization';
import { BackendEndpoint, type RequestFields } from './endpoint';
import { RequestQueue } from './request-queue';

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
  const histories = new WeakMap<Credentials, History>();
  return (gap, context) => {
    const { credentials } = context;
    const history = histories.get(credentials) ?? new History(options, context);
    histories.set(credentials, history);
    return history.since(gap, context);
  };
}

/** The history, as one client asks it. */
class History {
  readonly #endpoint: BackendEndpoint;
  readonly #queue = new RequestQueue();

  constructor(settings: HistoryOptions, context: RecoveryContext) {
    this.#endpoint = new BackendEndpoint(settings, {
      losses: () => 0,
      onDeprecation: () => {},
      random: Math.random,
      ...context,
    });
  }

  /** What was published in the gap. After a reconnect every channel asks in the same moment: the endpoint is asked a few at a time. */
  since(gap: Gap, context: RecoveryContext): Promise<RecoveredMessage[]> {
    return this.#queue.run(() => this.#ask(gap, context), context.signal);
  }

  async #ask(
    { channel, from, lastId }: Gap,
    { signal, report }: RecoveryContext,
  ): Promise<RecoveredMessage[]> {
    const fields = { channel, since: from, ...(lastId === undefined ? undefined : { after: lastId }) };
    const answer = await this.#endpoint.ask({ fields, format: 'query' }, signal);
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
  }
}
