import { act, cleanup, render, renderHook, screen } from '@testing-library/react';
import { StrictMode, useEffect, useState } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { UntypedChannels } from '../../src/index';
import { createLegacyService, type LegacyService } from '../../src/legacy/index';
import { LegacyServiceProvider, useWebSocket } from '../../src/legacy/react';
import { createTestClient, type TestClient } from '../../src/testing/index';

let kit: TestClient<UntypedChannels>;
let service: LegacyService;

beforeEach(() => {
  kit = createTestClient<UntypedChannels>();
  service = createLegacyService(kit.client, { channel: 'test-channel', clock: kit.clock });
});

afterEach(() => {
  cleanup();
  kit.client.destroy();
});

const settle = () => act(() => kit.clock.settle());

/** A component as it is written in the field. */
function Scores() {
  const { connect, subscribe, unsubscribe, isConnected, state, stats } = useWebSocket();
  const [scores, setScores] = useState<number[]>([]);
  useEffect(() => void connect(), [connect]);
  useEffect(() => {
    const id = subscribe<number>('presence-game-1', ({ payload }) => setScores((all) => [...all, payload]));
    return () => unsubscribe(id);
  }, [subscribe, unsubscribe]);
  return (
    <p>{`${state} ${isConnected} ${scores.join()} ${stats.connectionState} ${stats.messagesReceived}`}</p>
  );
}

test('a component of old keeps working with another import, also in strict mode', async () => {
  const { unmount } = render(
    <StrictMode>
      <LegacyServiceProvider service={service}>
        <Scores />
      </LegacyServiceProvider>
    </StrictMode>,
  );
  screen.getByText(/^connecting false/);
  await settle();
  kit.server.trigger('presence-game-1', 'score', 7);
  await act(() => kit.clock.advance(1_000));
  screen.getByText('connected true 7 connected 1');
  unmount();
  await kit.clock.advance(2_000);
  expect(kit.server.channels.map(({ name }) => name)).toEqual(['test-channel']);
});

test('a component that never unsubscribes hears each message once in strict mode, and its channel ends with it', async () => {
  const heard: unknown[] = [];
  function Careless() {
    const { connect, subscribe } = useWebSocket(service);
    useEffect(() => {
      void connect();
      subscribe('my-channel', ({ payload }) => heard.push(payload));
    }, [connect, subscribe]);
    return null;
  }
  const { unmount } = render(
    <StrictMode>
      <Careless />
    </StrictMode>,
  );
  await settle();
  kit.server.trigger('my-channel', 'said', 1);
  await settle();
  expect(heard).toEqual([1]);
  unmount();
  await kit.clock.advance(2_000);
  kit.server.trigger('my-channel', 'said', 2);
  await settle();
  expect(heard).toEqual([1]);
  expect(kit.server.channels.map(({ name }) => name)).toEqual(['test-channel']);
});

test('what a child subscribes with functions of its parent is heard once in strict mode, and ends with the parent', async () => {
  const heard: unknown[] = [];
  function Child({ subscribe }: Pick<LegacyService, 'subscribe'>) {
    useEffect(() => {
      subscribe('my-channel', ({ payload }) => heard.push(payload));
    }, [subscribe]);
    return null;
  }
  function Parent() {
    const { connect, subscribe } = useWebSocket(service);
    useEffect(() => void connect(), [connect]);
    return <Child subscribe={subscribe} />;
  }
  const { unmount } = render(
    <StrictMode>
      <Parent />
    </StrictMode>,
  );
  await settle();
  kit.server.trigger('my-channel', 'said', 1);
  await settle();
  expect(heard).toEqual([1]);
  unmount();
  await kit.clock.advance(2_000);
  expect(kit.server.channels.map(({ name }) => name)).toEqual(['test-channel']);
});

test('what a component subscribes after it is gone, when a request comes back, stays with nobody', async () => {
  const { result, unmount } = renderHook(() => useWebSocket(service));
  const { connect, subscribe } = result.current;
  void connect();
  await settle();
  unmount();
  subscribe('late-channel', () => {});
  await kit.clock.advance(2_000);
  expect(kit.server.channels.map(({ name }) => name)).toEqual(['test-channel']);
});

test('another service takes over: what was subscribed on the one before ends', async () => {
  const other = createTestClient<UntypedChannels>();
  const next = createLegacyService(other.client);
  const { result, rerender } = renderHook(({ current }) => useWebSocket(current), {
    initialProps: { current: service },
  });
  result.current.subscribe('my-channel', () => {});
  await settle();
  rerender({ current: next });
  await act(() => kit.clock.advance(2_000));
  expect(kit.server.channels.map(({ name }) => name)).not.toContain('my-channel');
  other.client.destroy();
});

test('the functions are the same at every render', async () => {
  const { result, rerender } = renderHook(() => useWebSocket(service));
  const { connect, disconnect, send, subscribe, unsubscribe } = result.current;
  void connect();
  await settle();
  rerender();
  expect(result.current.isConnected).toBe(true);
  expect(result.current).toMatchObject({ connect, disconnect, send, subscribe, unsubscribe });
});

test('a hook without arguments can be made of a service, as the old module had it', async () => {
  const useOurs = () => useWebSocket(service);
  const { result } = renderHook(useOurs);
  void result.current.connect();
  await settle();
  expect(result.current.state).toBe('connected');
});

test('a page where nothing happens is not rendered', async () => {
  let renders = 0;
  renderHook(() => {
    renders += 1;
    return useWebSocket(service);
  });
  const before = renders;
  await act(() => kit.clock.advance(10_000));
  expect(renders).toBe(before);
});

test('nobody listens any more when everything is unmounted', async () => {
  void service.connect();
  await settle();
  const before = kit.clock.pending;
  const { unmount } = renderHook(() => useWebSocket(service));
  expect(kit.clock.pending).toBe(before + 1);
  unmount();
  expect(kit.clock.pending).toBe(before);
});

test('a server renders the first picture without a socket or a timer', () => {
  const html = renderToString(
    <LegacyServiceProvider service={service}>
      <Scores />
    </LegacyServiceProvider>,
  );
  expect(html).toContain('disconnected false  disconnected 0');
  expect(kit.client.status.get().state).toBe('idle');
  expect(kit.clock.pending).toBe(0);
});

test('a page that takes over from a server shows what that one showed, also when it is connected already', async () => {
  const page = (
    <LegacyServiceProvider service={service}>
      <Scores />
    </LegacyServiceProvider>
  );
  const container = document.createElement('div');
  document.body.append(container);
  container.innerHTML = renderToString(page);
  void service.connect();
  await kit.clock.settle();
  const complaints: unknown[] = [];
  const root = await act(async () =>
    hydrateRoot(container, page, { onRecoverableError: (error) => complaints.push(error) }),
  );
  expect(complaints).toEqual([]);
  expect(container.textContent).toBe('connected true  connected 0');
  act(() => root.unmount());
  container.remove();
});

test('without a service the hook says what is missing', () => {
  const quiet = vi.spyOn(console, 'error').mockImplementation(() => {});
  expect(() => renderHook(() => useWebSocket())).toThrow(/LegacyServiceProvider/);
  quiet.mockRestore();
});
