import type { ComponentType } from 'react';
import { RealtimeClient } from 'surewire';
import { createTestServer } from 'surewire/testing';
import { channels, RealtimeProvider } from './realtime';

/** A server and a client for each story, both in memory. */
function createRealtime() {
  const server = createTestServer();
  return { server, client: new RealtimeClient({ ...server.options, channels }) };
}

/** What stories get: in decorators and in `play`. */
export interface WithRealtime {
  readonly loaded: { readonly realtime: ReturnType<typeof createRealtime> };
}

const preview = {
  loaders: [() => ({ realtime: createRealtime() })],
  // What it returns is called when the story goes.
  beforeEach:
    ({ loaded: { realtime } }: WithRealtime) =>
    () =>
      realtime.client.destroy(),
  decorators: [
    (Story: ComponentType, { loaded: { realtime } }: WithRealtime) => (
      <RealtimeProvider client={realtime.client}>
        <Story />
      </RealtimeProvider>
    ),
  ],
};

export default preview;
