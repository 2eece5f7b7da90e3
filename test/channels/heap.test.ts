import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import {
  type FrameLink,
  type FrameLinkEvents,
  RealtimeClient,
  type Stop,
  type UntypedChannels,
} from '../../src/index';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A server that confirms every channel as soon as it is asked. */
class ConfirmingLink implements FrameLink {
  #events: FrameLinkEvents | undefined;

  open(events: FrameLinkEvents): void {
    this.#events = events;
    const data = { socket_id: '1.1', activity_timeout: 120 };
    queueMicrotask(() => events.received({ event: 'pusher:connection_established', data }, 80));
  }

  write(text: string): boolean {
    const { event, data } = JSON.parse(text);
    if (event === 'pusher:subscribe') {
      const { channel } = data;
      this.#events?.received({ event: 'pusher_internal:subscription_succeeded', channel, data: {} }, 80);
    }
    return true;
  }

  close(): void {
    this.#events = undefined;
  }

  destroy(): void {
    this.close();
  }
}

async function used(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  return process.memoryUsage().heapUsed;
}

const count = 5_000;
/** Bytes per channel; raw pusher-js needs 1,030. */
const most = 1_150;

test('a channel costs little: with a listener, after that has gone, watched, and when it was only asked for', async () => {
  const make = (): RealtimeClient<UntypedChannels> =>
    new RealtimeClient<UntypedChannels>({ key: 'key', transport: () => new ConfirmingLink() });
  const warm = make();
  for (let index = 0; index < 1_000; index += 1) warm.channel(`warm-${index}`).on('said', () => {})();
  await warm.connect();
  warm.destroy();

  const client = make();
  await client.connect();
  const names = Array.from({ length: count }, (_, index) => `room-${index}`);
  const listener = (): void => {};
  const stops: Stop[] = new Array(count);
  const before = await used();
  const kept = names.map((name) => client.channel(name));
  const asked = (await used()) - before;
  for (const [index, channel] of kept.entries()) stops[index] = channel.on('said', listener);
  const withStops = (await used()) - before;
  const late = stops.splice(0);
  for (const [index, stop] of late.entries()) {
    stop();
    kept[index]?.hold();
  }
  late.length = 0;
  const afterOff = (await used()) - before;
  for (const channel of kept) channel.on('said', listener);
  const listened = (await used()) - before;
  for (const channel of kept) channel.subscription.subscribe(listener);
  const watched = (await used()) - before;
  expect(kept.every(({ subscription }) => subscription.get().state === 'subscribed')).toBe(true);
  const bytes = { asked, withStops, afterOff, listened, watched };
  const perChannel = Object.fromEntries(
    Object.entries(bytes).map(([what, total]) => [what, Math.round(total / count)]),
  );
  console.info(`bytes per channel: ${JSON.stringify(perChannel)}`);
  for (const each of Object.values(perChannel)) expect(each).toBeLessThan(most);
  client.destroy();
});
