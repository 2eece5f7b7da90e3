// A program of pusher-js, run over both.
import RealPusher from 'pusher-js';
import { expect, test } from 'vitest';
import Pusher, { type Options } from '../../src/pusher/index';
import { createTestServer, type TestServer, type TestServerOptions } from '../../src/testing/index';
import { connectAs } from './face';

/** What a program works with: instances, the server, and a list of what happened. */
interface Stage {
  readonly server: TestServer;
  /** The class under test. */
  readonly Pusher: typeof Pusher;
  /** A `Pusher` of the server for this user. */
  readonly connect: (userId?: string, options?: Partial<Options>) => Pusher;
  readonly note: (...values: unknown[]) => void;
  /** Until the condition holds. */
  readonly until: (condition: () => unknown) => Promise<void>;
  /** Until this instance is connected. */
  readonly connected: (pusher: Pusher) => Promise<void>;
}

type Program = (stage: Stage) => Promise<void>;

async function told(Class: typeof Pusher, program: Program, options: TestServerOptions): Promise<string[]> {
  const server = createTestServer(options);
  const listening = await server.listen();
  const notes: string[] = [];
  const made: Pusher[] = [];
  const until: Stage['until'] = (condition) => expect.poll(condition, { interval: 5 }).toBeTruthy();
  const connect: Stage['connect'] = (userId = 'ada', own = {}) => {
    const pusher = connectAs(Class, server, listening, userId, own);
    made.push(pusher);
    return pusher;
  };
  const connected: Stage['connected'] = (pusher) => until(() => pusher.connection.state === 'connected');
  try {
    await program({
      server,
      Pusher: Class,
      connect,
      note: (...values) => notes.push(JSON.stringify(values)),
      until,
      connected,
    });
  } finally {
    for (const pusher of made) pusher.disconnect();
    await server.stop();
  }
  // Each has sockets of its own.
  return notes.map((each) => each.replaceAll(/\d{3,}\.\d+/g, 'socket'));
}

/** A program that both run, and are told the same: over pusher-js, and over surewire/pusher in its place. */
export function same(name: string, program: Program, options: TestServerOptions = {}): void {
  test(name, async () => {
    const theirs = await told(RealPusher as unknown as typeof Pusher, program, options);
    const ours = await told(Pusher, program, options);
    expect(theirs.length).toBeGreaterThan(0);
    expect(ours).toEqual(theirs);
  });
}
