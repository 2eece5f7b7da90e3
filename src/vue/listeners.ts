import type { Gap, MessageListener, Stop } from '../index';
import { type AnyClient, type AnyName, channelIn, findChannel } from './channel-of';
import { whileLive } from './while-live';

export function useEvent(client: AnyClient, name: AnyName, event: string, listener: MessageListener): Stop {
  const found = findChannel(client, name);
  return whileLive(
    () => found.value,
    (current) => channelIn(current)?.on(event, listener) ?? (() => {}),
  );
}

export function useGap(client: AnyClient, listener: (gap: Gap) => void): Stop {
  return whileLive(
    () => client,
    (current) => current.on('gap', listener),
  );
}
