import { act, cleanup, render, screen } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { createTestClient, type TestClient } from 'surewire/testing';
import { SWRConfig } from 'swr';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Backend } from './backend';
import { channels, RealtimeProvider } from './realtime';
import { useGeneration } from './swr';

const address = '/api/generations/42';

let kit: TestClient<typeof channels>;
let backend: Backend;

beforeEach(() => {
  kit = createTestClient({ channels });
  backend = new Backend();
  backend.know(address, { title: 'A lesson', progress: 10 });
  vi.stubGlobal('fetch', backend.fetch);
});

afterEach(() => {
  cleanup();
  kit.client.destroy();
  vi.unstubAllGlobals();
});

function Generation(): ReactNode {
  const { data } = useGeneration('42');
  return <output>{data === undefined ? 'nothing yet' : `${data.title} ${data.progress} %`}</output>;
}

function show(): void {
  render(
    <StrictMode>
      <SWRConfig value={{ provider: () => new Map() }}>
        <RealtimeProvider client={kit.client}>
          <Generation />
        </RealtimeProvider>
      </SWRConfig>
    </StrictMode>,
  );
}

const shown = (): string | null => screen.getByRole('status').textContent;
const settle = (): Promise<void> => act(async () => kit.clock.settle());
const tell = (progress: number): Promise<void> =>
  act(async () => {
    kit.server.trigger('content-generation-42', 'progress', { progress });
    await kit.clock.settle();
  });

test('an event changes what was fetched, without another request', async () => {
  show();
  await settle();
  expect(shown()).toBe('A lesson 10 %');
  const before = backend.asked.length;
  await tell(40);
  expect(shown()).toBe('A lesson 40 %');
  expect(backend.asked).toHaveLength(before);
});

test('what was published before the channel was subscribed is fetched once it is', async () => {
  kit.server.delay(500);
  show();
  await settle();
  expect(shown()).toBe('A lesson 10 %');
  backend.know(address, { title: 'A lesson', progress: 20 });
  await act(async () => kit.clock.advance(10_000));
  expect(shown()).toBe('A lesson 20 %');
  expect(backend.asked).toEqual([address, address]);
});

test('what was missed in a gap is fetched after it, once, and an event meanwhile does not take that back', async () => {
  show();
  await settle();
  const before = backend.asked.length;
  kit.server.drop();
  await settle();
  backend.know(address, { title: 'Another title', progress: 70 });
  const release = backend.hold();
  await act(async () => kit.clock.advance(30_000));
  await tell(80);
  await act(async () => {
    release();
    await kit.clock.settle();
  });
  expect(shown()).toBe('Another title 80 %');
  expect(backend.asked).toHaveLength(before + 1);
});

test('an event before the first answer is in that answer, and holds it up by nothing', async () => {
  const release = backend.hold();
  show();
  await settle();
  await tell(40);
  await tell(50);
  expect(shown()).toBe('nothing yet');
  await act(async () => {
    release();
    await kit.clock.settle();
  });
  expect(shown()).toBe('A lesson 50 %');
});
