import { onTestFinished } from 'vitest';
import {
  deliveryConfirmations,
  type PublishingOptions,
  publishing,
  RealtimeClient,
  type RealtimeClientOptions,
  type RealtimeError,
  type UntypedChannels,
} from '../../src/index';
import { createManualClock, createTestServer, type TestServerOptions } from '../../src/testing/index';

/** A server, and clients of it that all go by one clock, listen, and confirm what they hear. */
export function confirmingWorld(options: Omit<TestServerOptions, 'clock'> = {}) {
  const clock = createManualClock();
  const server = createTestServer({ ids: 'sequential', ...options, clock });
  const connect = (own: Partial<RealtimeClientOptions<UntypedChannels>> = {}) => {
    const client = new RealtimeClient<UntypedChannels>({ ...server.options, ...own });
    const errors: RealtimeError[] = [];
    client.on('error', (error) => errors.push(error));
    onTestFinished(() => client.destroy());
    return Object.assign(client, { errors });
  };
  /** A client that listens to everything on the channel; what it heard is in `heard`. */
  const listen = async (channel: string, own: Partial<RealtimeClientOptions<UntypedChannels>> = {}) => {
    const client = connect(own);
    const heard: { readonly event: string; readonly data: unknown; readonly id: string | undefined }[] = [];
    client
      .channel(channel)
      .onAny((data, message) => heard.push({ event: message.event, data, id: message.id }));
    await clock.advance(100);
    return Object.assign(client, { heard });
  };
  /** The value for `publish` with something else in it. */
  const receipts = (own: PublishingOptions) =>
    publishing({ endpoint: server.endpoints.publish, confirm: deliveryConfirmations(), ...own });
  return { clock, server, connect, listen, receipts };
}
