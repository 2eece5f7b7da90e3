import { useEffect } from 'react';
import { type Gap, type MessageListener, neededFunction, neededText } from '../index';
import { type AnyClient, type AnyName, channelOf } from './channel-of';
import { useNewest } from './use-newest';

export function useEvent(client: AnyClient, name: AnyName, event: string, listener: MessageListener): void {
  neededText(event, 'the event of useEvent(name, event, listener)');
  const channel = channelOf(client, name);
  const newest = useNewest(neededFunction(listener, 'useEvent(name, event, (payload) => { … })'));
  useEffect(
    () => channel?.on(event, (payload, message) => newest.current(payload, message)),
    [channel, event, newest],
  );
}

export function useGap(client: AnyClient, listener: (gap: Gap) => void): void {
  const newest = useNewest(neededFunction(listener, 'useGap((gap) => { … })'));
  useEffect(() => client.on('gap', (gap) => newest.current(gap)), [client, newest]);
}
