import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, render, screen } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { createTestClient, type TestClient } from 'surewire/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Backend } from './backend';
import { channels, RealtimeProvider } from './realtime';
import { refetchAfterGaps } from './refetch-after-gaps';
import { useGeneration } from './tanstack-query';

const address = '/api/generations/42';
const channel = 'content-generation-42';

let kit: TestClient<typeof channels>;
let backend: Backend;
let queries: QueryClient;

beforeEach(() => {
  kit = createTestClient({ channels });
  queries = new QueryClient();
  backend = new Backend();
  backend.know(address, { title: 'A lesson', progress: 10 });
  vi.stubGlobal('fetch', backend.fetch);
});

afterEach(() => {
  cleanup();
  kit.client.destroy();
  queries.clear();
  vi.unstubAllGlobals();
});

function Generation(): ReactNode {
  const { data } = useGeneration('42');
  return <output>{data === undefined ? 'nothing yet' : `${data.title} ${data.progress} %`}</output>;
}

function show(): void {
  render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RealtimeProvider client={kit.client}>
          <Generation />
        </RealtimeProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}

// The cache tells its observers in a timer of its own.
const shows = (text: string): Promise<HTMLElement> => screen.findByText(text, {}, { timeout: 60_000 });
const settle = (): Promise<void> => act(async () => kit.clock.settle());
const tell = (progress: number): Promise<void> =>
  act(async () => {
    kit.server.trigger(channel, 'progress', { progress });
    await kit.clock.settle();
  });

test('an event changes what was fetched, without another request', async () => {
  show();
  await settle();
  await shows('A lesson 10 %');
  const before = backend.asked.length;
  await tell(40);
  await shows('A lesson 40 %');
  expect(backend.asked).toHaveLength(before);
});

test('what was published before the channel was subscribed is fetched once it is', async () => {
  kit.server.delay(500);
  show();
  await settle();
  await shows('A lesson 10 %');
  const before = backend.asked.length;
  backend.know(address, { title: 'A lesson', progress: 20 });
  await act(async () => kit.clock.advance(10_000));
  await shows('A lesson 20 %');
  expect(backend.asked).toHaveLength(before + 1);
});

test('what was missed in a gap is fetched after it, once', async () => {
  show();
  await settle();
  const before = backend.asked.length;
  await act(async () => {
    kit.server.drop();
    await kit.clock.settle();
    backend.know(address, { title: 'A lesson', progress: 70 });
    await kit.clock.advance(30_000);
  });
  await shows('A lesson 70 %');
  expect(backend.asked).toHaveLength(before + 1);
});

test('an answer that is older than an event does not take the event back', async () => {
  const release = backend.hold();
  show();
  await settle();
  await tell(40);
  await tell(50);
  await shows('nothing yet');
  backend.know(address, { title: 'A lesson', progress: 50 });
  await act(async () => {
    release();
    await kit.clock.settle();
  });
  await shows('A lesson 50 %');
});

test('a component that goes takes its subscription with it', async () => {
  show();
  await settle();
  expect(kit.server.channels).toHaveLength(1);
  cleanup();
  await act(async () => kit.clock.advance(1_000));
  expect(kit.server.channels).toEqual([]);
});

test('one line refetches after gaps whatever is keyed by its channel, and nothing else', async () => {
  const stop = refetchAfterGaps(kit.client, queries);
  const release = kit.client.channel(channel).hold();
  await queries.fetchQuery({ queryKey: [channel, 'comments'], queryFn: () => 'old' });
  await queries.fetchQuery({ queryKey: ['agent-status'], queryFn: () => 'old' });
  await settle();
  kit.server.drop();
  await act(async () => kit.clock.advance(30_000));
  const isStale = (...queryKey: string[]): boolean | undefined =>
    queries.getQueryState(queryKey)?.isInvalidated;
  expect([isStale(channel, 'comments'), isStale('agent-status')]).toEqual([true, false]);
  stop();
  release();
});
