import { BatchAuthorizer } from '../backend/batch';
import type { EndpointSettings, EndpointSurroundings } from '../backend/endpoint';
import type { Authorizer } from '../ports';
import { milliseconds, object, text, unknownOption } from '../support/given';
import type { Reports } from '../support/reports';

/** How many channels are authorized in one request. */
export interface BatchesOptions {
  /** The address that signs many subscriptions. Default: the endpoint of `backendAuth`. */
  readonly endpoint?: string | undefined;
  /** How long a request waits for channels to go with it, in milliseconds. Default: 15. */
  readonly window?: number | undefined;
}

/** What `batches()` makes. */
export interface BatchesValue {
  /** Which slot it is for. */
  readonly slot: 'batch';
  /** @internal */
  open(
    parts: EndpointSurroundings & {
      /** How the endpoint for single channels is asked. */
      readonly settings: EndpointSettings;
      readonly single: Authorizer;
      readonly reports: Reports;
    },
  ): Authorizer;
}

/**
 * Authorizes channels that are wanted together in one request (see the guide to authentication); a backend that does not know
 * how is asked for one channel at a time. For `backendAuth({ batch })`.
 */
export function batches(options: BatchesOptions = {}): BatchesValue {
  const { endpoint } = object(options, 'batches({ endpoint })');
  const window = milliseconds(options.window, 'batches({ window })', 15, true);
  if (endpoint !== undefined)
    text(endpoint, 'batches({ endpoint })', "the address of your backend's endpoint");
  return {
    slot: 'batch',
    open: ({ settings, single, reports, ...surroundings }) => {
      reports.doubt(unknownOption(options, 'batches', 'endpoint window'));
      return new BatchAuthorizer(
        { ...settings, endpoint: endpoint ?? settings.endpoint, window },
        {
          ...surroundings,
          single,
          onUnsupported: (words) =>
            reports.log(
              'warn',
              `Channels are authorized one by one: asked for several at once, the endpoint ${words}`,
            ),
        },
      );
    },
  };
}
