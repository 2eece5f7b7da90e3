// @vitest-environment node
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { lazy, type ReactNode, Suspense } from 'react';
import { renderToPipeableStream } from 'react-dom/server';
import type { UntypedChannels } from 'surewire';
import {
  RealtimeProvider,
  useChannel,
  useConnection,
  useEvent,
  useLatest,
  usePresence,
} from 'surewire/react';
import { createTestClient } from 'surewire/testing';
import { expect, test } from 'vitest';
import { deferred } from '../../src/support/deferred';

test('a streaming server opens no socket and leaves no timer, also not for what comes late', async () => {
  const { client, server, clock } = createTestClient<UntypedChannels>();
  function Room(): ReactNode {
    const { channel, subscription } = useChannel('presence-room');
    useEvent('presence-room', 'progress', () => {});
    const { members } = usePresence('presence-room');
    const latest = useLatest('presence-room', 'progress');
    const state = useConnection((status) => status.state);
    return <p>{[channel?.name, subscription.state, members.length, String(latest), state].join(' ')}</p>;
  }
  const late = deferred<{ default: () => ReactNode }>();
  const LateRoom = lazy(() => late.promise);
  const page = (
    <RealtimeProvider client={client}>
      <main>
        <Suspense fallback={<p>waiting</p>}>
          <LateRoom />
        </Suspense>
      </main>
    </RealtimeProvider>
  );
  const out = new PassThrough({ encoding: 'utf8' });
  let html = '';
  out.on('data', (chunk: string) => {
    html += chunk;
    if (html.includes('waiting')) late.resolve({ default: Room });
  });
  const stream = renderToPipeableStream(page, { onShellReady: () => stream.pipe(out) });
  await finished(out);
  expect(html).toContain('<p>waiting</p>');
  expect(html).toContain('<p>presence-room unsubscribed 0 undefined idle</p>');
  await clock.settle();
  expect(clock.pending).toBe(0);
  expect(server.connections).toEqual([]);
  expect(client.status.get().state).toBe('idle');
});
