import { BatchPublisher } from '../backend/batch-publisher';
import type { EndpointSettings } from '../backend/endpoint';
import type { HttpPublisherSurroundings } from '../backend/http-publisher';
import type { Publisher } from '../ports';
import { count, object, text, unknownOption } from '../support/given';
import type { Reports } from '../support/reports';

/** How many messages are published in one request. */
export interface PublishBatchesOptions {
  /** The address that publishes many messages. Default: the endpoint of `publishing`. */
  readonly endpoint?: string | undefined;
  /** The most messages in one request. Default: 10, as many as Pusher takes at a time. */
  readonly messages?: number | undefined;
  /** The most bytes of payload in one request, unless a single message has more. Default: 81,920. */
  readonly bytes?: number | undefined;
}

/** What `publishBatches()` makes. */
export interface PublishBatchesValue {
  /** Which slot it is for. */
  readonly slot: 'publish-batches';
  /** @internal */
  open(
    parts: HttpPublisherSurroundings & {
      /** How the endpoint for single messages is asked. */
      readonly settings: EndpointSettings;
      readonly excludeSender: boolean;
      readonly single: Publisher;
      readonly reports: Reports;
    },
  ): BatchPublisher;
}

/**
 * Publishes messages that are due together in one request (see the guide to publishing); a backend that does not know how gets one
 * message at a time. For `publishing({ batch })`. Throws a `ConfigurationError` for options that cannot work.
 */
export function publishBatches(options: PublishBatchesOptions = {}): PublishBatchesValue {
  const { endpoint } = object(options, 'publishBatches({ messages, bytes })');
  if (endpoint !== undefined)
    text(endpoint, 'publishBatches({ endpoint })', "the address of your backend's endpoint");
  const messages = count(options.messages, 'publishBatches({ messages })', 10);
  const bytes = count(options.bytes, 'publishBatches({ bytes })', 81_920);
  return {
    slot: 'publish-batches',
    open: ({ settings, excludeSender, single, reports, ...surroundings }) => {
      reports.doubt(unknownOption(options, 'publishBatches', 'endpoint messages bytes'));
      return new BatchPublisher(
        { ...settings, endpoint: endpoint ?? settings.endpoint, excludeSender, messages, bytes },
        {
          ...surroundings,
          single,
          onUnsupported: (words) =>
            reports.log(
              'warn',
              `Messages are published one by one: asked to publish several at once, the endpoint ${words}, without { "results": { "<id>": … } }`,
            ),
        },
      );
    },
  };
}
