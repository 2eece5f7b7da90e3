import { type Gap, type MessageListener, neededFunction, neededText, type Stop } from '../index';
import { type AnyClient, type AnyName, channelIn, findChannel } from './channel-of';
import { whileLive } from './while-live';

export function useEvent(client: AnyClient, name: AnyName, event: string, listener: MessageListener): Stop {
  neededText(event, 'the event of useEvent(name, event, listener)');
  neededFunction(listener, 'useEvent(name, event, (payload) => { … })');
  const found = findChannel(client, name);
  return whileLive(
    () => found.value,
    (current) => channelIn(current)?.on(event, listener) ?? (() => {}),
  );
}

export function useGap(client: AnyClient, listener: (gap: Gap) => void): Stop {
  neededFunction(listener, 'useGap((gap) => { … })');
  return whileLive(
    () => client,
    (current) => current.on('gap', listener),
  );
}
