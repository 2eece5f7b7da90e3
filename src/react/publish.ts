import { useMemo } from 'react';
import { type Acknowledgement, type PublicationStatus, type PublishOptions, publicationOf } from '../index';
import { type AnyClient, type AnyName, channelOf } from './channel-of';
import { useKept } from './use-kept';
import { useNewest } from './use-newest';
import { useStore } from './use-store';

interface Publishing {
  publish(payload: unknown, options?: PublishOptions): void;
  publishAsync(payload: unknown, options?: PublishOptions): Promise<Acknowledgement>;
  reset(): void;
}

export function usePublish(
  client: AnyClient,
  name: AnyName,
  event: string,
  options?: PublishOptions,
): PublicationStatus & Publishing {
  const channel = channelOf(client, name);
  const newest = useNewest(options);
  const publication = useKept([client, channel, event], () => publicationOf(client, channel, event));
  const publishing = useMemo((): Publishing => {
    const publishAsync: Publishing['publishAsync'] = (payload, own) =>
      publication.publish(payload, { ...newest.current, ...own });
    return {
      publishAsync,
      // Its end is in `error`.
      publish: (payload, own) => void publishAsync(payload, own).catch(() => {}),
      reset: () => publication.reset(),
    };
  }, [publication, newest]);
  return { ...useStore(publication), ...publishing };
}
