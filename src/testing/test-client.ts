import {
  type ChannelContract,
  neededObject,
  RealtimeClient,
  type RealtimeClientOptions,
  type RegisteredChannels,
} from '../index';
import { createManualClock, type ManualClock } from './manual-clock';
import { createTestServer, type TestServer } from './test-server';
import type { TestServerOptions } from './test-server-options';

/** Options of the client, with those of its server beside them. */
export type TestClientOptions<Contract extends ChannelContract = RegisteredChannels> = Partial<
  RealtimeClientOptions<Contract>
> & {
  /** How the server is made. Its ids are sequential unless you say otherwise. */
  readonly server?: Omit<TestServerOptions, 'clock'>;
};

/** A client, its server, and the clock that both go by. */
export interface TestClient<Contract extends ChannelContract = RegisteredChannels> {
  /** The client; nothing of it is mocked. */
  readonly client: RealtimeClient<Contract>;
  /** The server that it talks to, in memory. */
  readonly server: TestServer;
  /** Stands still until the test moves it. */
  readonly clock: ManualClock;
}

/**
 * Makes a real client of a test server in memory, on a clock that stands still: `await clock.advance(1_000)` is a second,
 * `await clock.settle()` lets everything arrive that needs no time.
 */
export function createTestClient<Contract extends ChannelContract = RegisteredChannels>(
  options: TestClientOptions<Contract> = {},
): TestClient<Contract> {
  const { server: serverOptions, ...clientOptions } = neededObject(options, 'createTestClient({ … })');
  const clock = createManualClock();
  const server = createTestServer({ ids: 'sequential', ...serverOptions, clock });
  const client = new RealtimeClient<Contract>({ ...server.options, ...clientOptions });
  return { client, server, clock };
}
