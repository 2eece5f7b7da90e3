import { contestants } from './contestants';
import { channelName } from './flood';

// Runs in Chromium: one client, and what the main thread has to do for it.

/** What is asked of the page. */
export interface PeerBench {
  /** Receives so many messages on one channel. */
  receive(order: {
    readonly contestant: string;
    readonly port: number;
    readonly count: number;
  }): Promise<void>;
}

declare global {
  interface Window {
    readonly peerBench: PeerBench;
    /** Packages that are not the project's own, by name, put here from outside. */
    readonly peerModules?: Readonly<Record<string, unknown>>;
  }
}

async function receive(order: Parameters<PeerBench['receive']>[0]): Promise<void> {
  const load = async (name: string): Promise<unknown> => window.peerModules?.[name];
  const peer = await contestants[order.contestant]?.create({ port: order.port, load });
  await new Promise<void>((resolve) => {
    let seen = 0;
    const listener = (): void => {
      seen += 1;
      if (seen === order.count) resolve();
    };
    peer?.listen(channelName(0), listener, () => {});
  });
}

Object.assign(window, { peerBench: { receive } satisfies PeerBench });
