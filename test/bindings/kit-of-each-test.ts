import type { UntypedChannels } from 'surewire';
import { createTestClient, type TestClient } from 'surewire/testing';
import { afterEach, beforeEach } from 'vitest';
import { watchFrames } from './frames';

/** What `kitOfEachTest` gives: of the test that runs. */
export interface KitOfEachTest extends TestClient<UntypedChannels> {
  /** Every frame by which clients subscribed and unsubscribed, in order: `subscribe a`, `unsubscribe a`. */
  readonly frames: readonly string[];
}

/** What tests do with a kit, so that the framework has shown all of it when they go on. */
export interface Acting {
  settle(): Promise<void>;
  advance(ms: number): Promise<void>;
  /** The server says something, and everybody hears it. */
  tell(channel: string, event: string, data: unknown): Promise<void>;
}

/** A client and its server, anew for each test of the suite that calls this. `unmount` comes first when a test is over. */
export function kitOfEachTest(unmount: () => void | Promise<void>): KitOfEachTest {
  let kit: TestClient<UntypedChannels>;
  let frames: string[];
  beforeEach(() => {
    kit = createTestClient<UntypedChannels>();
    frames = watchFrames(kit.server);
  });
  afterEach(async () => {
    await unmount();
    kit.client.destroy();
  });
  return {
    get client() {
      return kit.client;
    },
    get server() {
      return kit.server;
    },
    get clock() {
      return kit.clock;
    },
    get frames() {
      return frames;
    },
  };
}

/** `act` does some work and lets the framework render what came of it. */
export function actingOn(kit: KitOfEachTest, act: (work: () => Promise<void>) => Promise<void>): Acting {
  return {
    settle: () => act(() => kit.clock.settle()),
    advance: (ms) => act(() => kit.clock.advance(ms)),
    tell: (channel, event, data) =>
      act(() => {
        kit.server.trigger(channel, event, data);
        return kit.clock.settle();
      }),
  };
}
