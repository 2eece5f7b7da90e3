// What only React can get wrong.
import { act, cleanup, render, screen } from '@testing-library/react';
import {
  Component,
  memo,
  type ReactNode,
  StrictMode,
  startTransition,
  useEffect,
  useState,
  version,
} from 'react';
import {
  backendAuth,
  RealtimeClient,
  type RealtimeError,
  reduceEvents,
  type UntypedChannels,
  userEndpoint,
} from 'surewire';
import {
  createRealtimeHooks,
  RealtimeProvider,
  useChannel,
  useConnection,
  useEvent,
  useEventReducer,
  useLatest,
  usePresence,
  usePublish,
  useStore,
} from 'surewire/react';
import { createTestClient } from 'surewire/testing';
import { describe, expect, test, vi } from 'vitest';
import { actingOn, kitOfEachTest } from '../bindings/kit-of-each-test';

describe(`React ${version}`, () => {
  const kit = kitOfEachTest(cleanup);
  const { settle, tell } = actingOn(kit, (work) => act(work));

  function inProvider(children: ReactNode): ReactNode {
    return <RealtimeProvider client={kit.client}>{children}</RealtimeProvider>;
  }

  test('a new listener at each render is called, and subscribes nothing anew', async () => {
    const heard: string[] = [];
    function Listener({ label }: { readonly label: string }): null {
      useEvent('news', 'progress', (payload) => heard.push(`${label} ${String(payload)}`));
      return null;
    }
    const { rerender } = render(inProvider(<Listener label="first" />));
    await settle();
    for (let index = 0; index < 50; index++) rerender(inProvider(<Listener label={`render-${index}`} />));
    await tell('news', 'progress', 1);
    expect(heard).toEqual(['render-49 1']);
    expect(kit.frames).toEqual(['subscribe news']);
  });

  test('new reducers at each render are used, and lose nothing of the state', async () => {
    function Sum({ factor }: { readonly factor: number }): ReactNode {
      const { state } = useEventReducer(
        'news',
        { progress: (sum: number, payload) => sum + factor * Number(payload) },
        0,
      );
      return <output>{state}</output>;
    }
    const { rerender } = render(inProvider(<Sum factor={1} />));
    await settle();
    await tell('news', 'progress', 2);
    rerender(inProvider(<Sum factor={10} />));
    await tell('news', 'progress', 4);
    expect(screen.getByRole('status').textContent).toBe('42');
    expect(kit.frames).toEqual(['subscribe news']);
  });

  test('in StrictMode a channel is subscribed once on the wire, and heard once', async () => {
    const heard: unknown[] = [];
    function Everything(): ReactNode {
      useChannel('news');
      useEvent('news', 'progress', (payload) => heard.push(payload));
      const latest = useLatest('news', 'progress');
      const { members } = usePresence('presence-room');
      return <output>{`${String(latest)} ${members.length}`}</output>;
    }
    const { unmount } = render(<StrictMode>{inProvider(<Everything />)}</StrictMode>);
    await settle();
    await tell('news', 'progress', 7);
    expect(heard).toEqual([7]);
    expect(screen.getByRole('status').textContent).toBe('7 1');
    expect(kit.frames).toEqual(['subscribe news', 'subscribe presence-room']);
    unmount();
    await act(async () => kit.clock.advance(1_000));
    expect(kit.frames.slice(2)).toEqual(['unsubscribe news', 'unsubscribe presence-room']);
  });

  test('a remount within a second, as a route change or Fast Refresh makes one, costs no frame', async () => {
    function Page({ title }: { readonly title: string }): ReactNode {
      return <h1>{`${title} ${useChannel('news').subscription.state}`}</h1>;
    }
    const { rerender } = render(inProvider(<Page key="one" title="one" />));
    await settle();
    rerender(inProvider(<Page key="two" title="two" />));
    await settle();
    expect(screen.getByRole('heading').textContent).toBe('two subscribed');
    expect(kit.frames).toEqual(['subscribe news']);
  });

  test('an error boundary sees nothing of a refused subscription, and everything of a name that no server takes', async () => {
    class Boundary extends Component<{ readonly children: ReactNode }, { readonly error?: RealtimeError }> {
      override state: { readonly error?: RealtimeError } = {};
      static getDerivedStateFromError(error: RealtimeError): { readonly error: RealtimeError } {
        return { error };
      }
      override render(): ReactNode {
        return this.state.error === undefined ? this.props.children : <h1>{this.state.error.code}</h1>;
      }
    }
    function Room({ name }: { readonly name: string }): ReactNode {
      const { subscription } = useChannel(name);
      return <h1>{`${subscription.state} ${subscription.error?.status}`}</h1>;
    }
    kit.client.on('error', () => {});
    kit.server.rejectAuth(403);
    const { unmount } = render(
      inProvider(
        <Boundary>
          <Room name="private-plugin-7" />
        </Boundary>,
      ),
    );
    await settle();
    expect(screen.getByRole('heading').textContent).toBe('refused 403');
    unmount();
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => {});
    render(
      inProvider(
        <Boundary>
          <Room name="no spaces please" />
        </Boundary>,
      ),
    );
    quiet.mockRestore();
    expect(screen.getByRole('heading').textContent).toBe('configuration');
  });

  test('in a transition no two components show different values of one store', async () => {
    const torn: string[] = [];
    const channel = kit.client.channel('news');
    const latest = reduceEvents(channel, { progress: (_: number, payload) => Number(payload) }, -1);
    function Slow({ id }: { readonly id: number }): ReactNode {
      const { state } = useStore(latest);
      // Long enough for React to let other work of the page in between.
      const until = performance.now() + 1;
      while (performance.now() < until);
      return <li>{`${id} ${state}`}</li>;
    }
    function List({ count }: { readonly count: number }): ReactNode {
      useEffect(() => {
        const texts = screen.queryAllByRole('listitem').map(({ textContent }) => textContent?.split(' ')[1]);
        if (new Set(texts).size > 1) torn.push(texts.join());
      });
      return (
        <ul>
          {Array.from({ length: count }, (_, id) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: it is what they are
            <Slow key={id} id={id} />
          ))}
        </ul>
      );
    }
    let grow: (count: number) => void = () => {};
    function App(): ReactNode {
      const [count, setCount] = useState(20);
      grow = setCount;
      return <List count={count} />;
    }
    render(inProvider(<App />));
    await settle();
    Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false });
    try {
      startTransition(() => grow(60));
      for (let index = 0; index < 20; index++) {
        kit.server.trigger('news', 'progress', index);
        await kit.clock.settle();
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await expect.poll(() => screen.queryAllByRole('listitem')).toHaveLength(60);
      await expect.poll(() => screen.queryAllByRole('listitem').at(-1)?.textContent).toBe('59 19');
    } finally {
      Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
    }
    expect(torn).toEqual([]);
  });

  test('what publishes stays the same function, with the options of the last render', async () => {
    const functions = new Set<unknown>();
    let publish: (payload: unknown) => void = () => {};
    function Button({ expiresIn }: { readonly expiresIn: number }): ReactNode {
      const publishing = usePublish('private-plugin-7', 'command', { expiresIn });
      publish = publishing.publish;
      functions.add(publishing.publish).add(publishing.publishAsync).add(publishing.reset);
      return <output>{publishing.error?.code}</output>;
    }
    const { rerender } = render(inProvider(<Button expiresIn={1_000} />));
    rerender(inProvider(<Button expiresIn={-1} />));
    expect(functions.size).toBe(3);
    await act(async () => publish({ run: 'build' }));
    expect(screen.getByRole('status').textContent).toBe('configuration');
  });

  test('a component that selects a field renders for it only, and its memoized children not at all', async () => {
    const renders = { parent: 0, child: 0 };
    const Child = memo(({ names }: { readonly names: readonly string[] }) => {
      renders.child += 1;
      return <output>{names.join()}</output>;
    });
    const namesOf = ({ members }: { readonly members: readonly { readonly id: string }[] }): string[] =>
      members.map(({ id }) => id);
    function Parent(_: { readonly tick: number }): ReactNode {
      renders.parent += 1;
      return <Child names={usePresence('presence-room', namesOf)} />;
    }
    const { rerender } = render(inProvider(<Parent tick={0} />));
    await settle();
    const before = { ...renders };
    // Neither a lost connection nor one that comes back changes who is there.
    kit.client.on('error', () => {});
    kit.server.drop();
    await act(async () => kit.clock.advance(30_000));
    expect(renders).toEqual(before);
    rerender(inProvider(<Parent tick={1} />));
    expect(renders).toEqual({ parent: before.parent + 1, child: before.child });
  });

  test('what an inline select builds stays the same object while its content does, whoever else renders', async () => {
    const seen = new Set<readonly string[]>();
    function Names(_: { readonly tick: number }): ReactNode {
      const names = usePresence('presence-room', ({ members }) => members.map(({ id }) => id));
      useEffect(() => void seen.add(names), [names]);
      return <output>{names.join()}</output>;
    }
    const { rerender } = render(inProvider(<Names tick={0} />));
    await settle();
    for (let tick = 1; tick < 10; tick++) rerender(inProvider(<Names tick={tick} />));
    expect(screen.getByRole('status').textContent).toBe('user-1');
    // Nobody, and then somebody.
    expect([...seen]).toEqual([[], ['user-1']]);
  });

  test('hooks of one client do not see another client', async () => {
    const second = createTestClient<UntypedChannels>();
    const others = createRealtimeHooks<UntypedChannels>();
    function Both(): ReactNode {
      const state = useConnection((status) => status.state);
      const other = others.useConnection((status) => status.state);
      return <output>{`${state} ${other}`}</output>;
    }
    render(inProvider(<others.RealtimeProvider client={second.client}>{<Both />}</others.RealtimeProvider>));
    await act(async () => {
      void second.client.connect();
      await second.clock.settle();
    });
    expect(screen.getByRole('status').textContent).toBe('idle connected');
    cleanup();
    second.client.destroy();
  });

  test('another client in the provider takes the subscriptions with it', async () => {
    const second = createTestClient<UntypedChannels>();
    function Room(): ReactNode {
      return <output>{useChannel('news').subscription.state}</output>;
    }
    const { rerender } = render(inProvider(<Room />));
    await settle();
    rerender(
      <RealtimeProvider client={second.client}>
        <Room />
      </RealtimeProvider>,
    );
    await act(async () => {
      await second.clock.settle();
      await kit.clock.advance(1_000);
    });
    expect(screen.getByRole('status').textContent).toBe('subscribed');
    expect(kit.server.channels).toEqual([]);
    expect(second.server.channels).toHaveLength(1);
    cleanup();
    second.client.destroy();
  });

  test('any store is a hook away', async () => {
    const { options } = kit.server;
    const client = new RealtimeClient<UntypedChannels>({
      ...options,
      auth: backendAuth({
        endpoint: kit.server.endpoints.auth,
        token: () => kit.server.issueToken(),
        user: userEndpoint(kit.server.endpoints.user),
      }),
    });
    function Who(): ReactNode {
      return <output>{useStore(client.user)?.id ?? 'nobody'}</output>;
    }
    render(<Who />);
    expect(screen.getByRole('status').textContent).toBe('nobody');
    await act(async () => {
      void client.connect();
      await kit.clock.settle();
    });
    expect(screen.getByRole('status').textContent).toBe('user-1');
    cleanup();
    client.destroy();
  });
});
