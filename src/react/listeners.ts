import { useEffect } from 'react';
import type { Gap, MessageListener } from '../index';
import { type AnyClient, type AnyName, channelOf } from './channel-of';
import { useNewest } from './use-newest';

export function useEvent(client: AnyClient, name: AnyName, event: string, listener: MessageListener): void {
  const channel = channelOf(client, name);
  const newest = useNewest(listener);
  useEffect(
    () => channel?.on(event, (payload, message) => newest.current(payload, message)),
    [channel, event, newest],
  );
}

export function useGap(client: AnyClient, listener: (gap: Gap) => void): void {
  const newest = useNewest(listener);
  useEffect(() => client.on('gap', (gap) => newest.current(gap)), [client, newest]);
}
