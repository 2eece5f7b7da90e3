import { vi } from 'vitest';
import type { ChannelStream } from '../../src/channels/channel';
import type { ChannelsOptions } from '../../src/channels/channel-context';
import { messagesOf } from '../../src/channels/message-iterator';
import type { ChannelDefinitions } from '../../src/contract/define';
import type { Channel, RealtimeMessage } from '../../src/types';
import { ChannelsWorld } from './channels-world';

/** One channel of a `ChannelsWorld`, whose holds are counted. */
export function countedChannel(
  name = 'news',
  definitions?: ChannelDefinitions,
  more: Partial<ChannelsOptions> = {},
) {
  const world = new ChannelsWorld({ definitions, ...more });
  const { clock, life, errors } = world;
  const stream = world.channel(name);
  const holds = { now: 0, ever: 0 };
  const { subscription } = stream;
  const [hold, release] = [subscription.hold.bind(subscription), subscription.release.bind(subscription)];
  vi.spyOn(subscription, 'hold').mockImplementation(() => {
    holds.now += 1;
    holds.ever += 1;
    hold();
  });
  vi.spyOn(subscription, 'release').mockImplementation(() => {
    holds.now -= 1;
    release();
  });
  /** What listeners to any event of the client's got. */
  const deliver = (name: string, data: unknown): RealtimeMessage | undefined => {
    const before = world.messages.length;
    world.deliver(stream, { channel: stream.name, event: name, data, receivedAt: clock.now() });
    return world.messages[before];
  };
  return { world, clock, life, errors, holds, stream, deliver };
}

/** The messages `said` on a channel. The client, too, hands out its channels under the public type. */
export const saidOn = (stream: ChannelStream, options?: { readonly signal?: AbortSignal }) =>
  messagesOf(stream as unknown as Channel, 'said', options);
