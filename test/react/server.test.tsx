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
  useEventReducer,
  useLatest,
  useOutbox,
  usePresence,
  usePublish,
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

test('a stream that is aborted while a component waits leaves nothing behind', async () => {
  const { client, server, clock } = createTestClient<UntypedChannels>();
  const LateRoom = lazy(() => new Promise<never>(() => {}));
  function Room(): ReactNode {
    const { state } = useEventReducer('news', { progress: () => 1 }, 0, { recover: async () => 2 });
    const { status, publish } = usePublish('private-plugin-7', 'command');
    void publish;
    return <p>{[state, status, useOutbox(({ pending }) => pending.length)].join(' ')}</p>;
  }
  const errors: unknown[] = [];
  const out = new PassThrough({ encoding: 'utf8' });
  let html = '';
  out.on('data', (chunk: string) => {
    html += chunk;
  });
  const stream = renderToPipeableStream(
    <RealtimeProvider client={client}>
      <Room />
      <Suspense fallback={<i>waiting</i>}>
        <Room />
        <LateRoom />
      </Suspense>
    </RealtimeProvider>,
    {
      onShellReady: () => {
        stream.pipe(out);
        stream.abort(new Error('the visitor has gone'));
      },
      onError: (error) => void errors.push(error),
    },
  );
  await finished(out);
  expect(html).toContain('<p>0 idle 0</p>');
  expect(html).toContain('<i>waiting</i>');
  expect(errors).toMatchObject([{ message: 'the visitor has gone' }]);
  await clock.settle();
  expect(clock.pending).toBe(0);
  expect(server.connections).toEqual([]);
  expect(server.requests).toEqual([]);
  expect(client.statistics.get().channels).toEqual({});
});
