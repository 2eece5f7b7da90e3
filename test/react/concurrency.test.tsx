// React renders ahead, aside, twice and not at all: what that does to hooks.
import { act, cleanup, render, screen } from '@testing-library/react';
import * as React from 'react';
import {
  Component,
  type ReactNode,
  StrictMode,
  Suspense,
  startTransition,
  useDeferredValue,
  useState,
} from 'react';
import type { UntypedChannels } from 'surewire';
import {
  RealtimeProvider,
  useChannel,
  useConnection,
  useEvent,
  useEventReducer,
  useLatest,
  usePresence,
} from 'surewire/react';
import { createTestClient } from 'surewire/testing';
import { describe, expect, test, vi } from 'vitest';
import { deferred } from '../../src/support/deferred';
import { actingOn, kitOfEachTest } from '../bindings/kit-of-each-test';

describe(`React ${React.version}`, () => {
  const kit = kitOfEachTest(cleanup);
  const { settle, advance, tell } = actingOn(kit, (work) => act(work));

  function inProvider(children: ReactNode): ReactNode {
    return <RealtimeProvider client={kit.client}>{children}</RealtimeProvider>;
  }

  /** A component that waits for `gate` when it is there. */
  function waiting(gate: { current: Promise<void> | undefined }): () => null {
    return () => {
      if (gate.current !== undefined) throw gate.current;
      return null;
    };
  }

  test('a component that suspends beside its hooks subscribes once, when it is there at last', async () => {
    const { promise, resolve } = deferred<void>();
    const gate = { current: promise as Promise<void> | undefined };
    const Wait = waiting(gate);
    const heard: unknown[] = [];
    function Room(): ReactNode {
      useEvent('news', 'progress', (payload) => heard.push(payload));
      const { state } = useEventReducer('news', { progress: (sum: number, add) => sum + Number(add) }, 0);
      return (
        <output>
          {state}
          <Wait />
        </output>
      );
    }
    render(
      <StrictMode>
        {inProvider(
          <Suspense fallback={<p>waiting</p>}>
            <Room />
          </Suspense>,
        )}
      </StrictMode>,
    );
    await settle();
    expect(kit.frames).toEqual([]);
    gate.current = undefined;
    await act(async () => resolve());
    await settle();
    await tell('news', 'progress', 2);
    expect(screen.getByRole('status').textContent).toBe('2');
    expect(heard).toEqual([2]);
    expect(kit.frames).toEqual(['subscribe news']);
  });

  test('a component that is hidden while others wait hears on, and shows it all when it is back', async () => {
    const gate: { current: Promise<void> | undefined } = { current: undefined };
    const Wait = waiting(gate);
    const { promise, resolve } = deferred<void>();
    let again: () => void = () => {};
    function Sum(): ReactNode {
      const { state } = useEventReducer('news', { progress: (sum: number, add) => sum + Number(add) }, 0);
      return <output>{state}</output>;
    }
    function App(): ReactNode {
      const [, setCount] = useState(0);
      again = () => setCount((count) => count + 1);
      return (
        <Suspense fallback={<p>waiting</p>}>
          <Sum />
          <Wait />
        </Suspense>
      );
    }
    render(inProvider(<App />));
    await settle();
    await tell('news', 'progress', 1);
    gate.current = promise;
    await act(async () => again());
    screen.getByText('waiting');
    await tell('news', 'progress', 2);
    gate.current = undefined;
    await act(async () => resolve());
    await advance(5_000);
    expect(screen.getByRole('status').textContent).toBe('3');
    expect(kit.frames).toEqual(['subscribe news']);
  });

  test('a transition to another name that is thrown away subscribes to nothing', async () => {
    const gates = new Map([['two', deferred<void>()]]);
    let go: (name: string) => void = () => {};
    function Room({ name }: { readonly name: string }): ReactNode {
      const { subscription } = useChannel(name);
      const latest = useLatest(name, 'progress');
      const gate = gates.get(name);
      if (gate !== undefined) throw gate.promise;
      return <output>{`${name} ${subscription.state} ${String(latest)}`}</output>;
    }
    function App(): ReactNode {
      const [name, setName] = useState('one');
      go = setName;
      return (
        <Suspense fallback={<p>waiting</p>}>
          <Room name={name} />
        </Suspense>
      );
    }
    render(inProvider(<App />));
    await settle();
    await act(async () => startTransition(() => go('two')));
    await tell('one', 'progress', 1);
    // The old screen is the one that lives.
    expect(screen.getByRole('status').textContent).toBe('one subscribed 1');
    await act(async () => go('three'));
    await settle();
    await tell('three', 'progress', 3);
    expect(screen.getByRole('status').textContent).toBe('three subscribed 3');
    await advance(5_000);
    expect(kit.frames).toEqual(['subscribe one', 'subscribe three', 'unsubscribe one']);
  });

  test('a value that is deferred lags behind, and ends at the newest', async () => {
    function Prices(): ReactNode {
      const latest = useLatest('eur', 'price');
      const shown = useDeferredValue(latest);
      return <output>{String(shown)}</output>;
    }
    render(inProvider(<Prices />));
    await settle();
    await act(async () => {
      for (let price = 0; price < 200; price++) kit.server.trigger('eur', 'price', price);
      await kit.clock.settle();
    });
    expect(screen.getByRole('status').textContent).toBe('199');
  });

  test('a select that throws reaches the error boundary of its component, and its neighbours go on', async () => {
    class Boundary extends Component<{ readonly children: ReactNode }, { readonly failed: boolean }> {
      override state: { readonly failed: boolean } = { failed: false };
      static getDerivedStateFromError(): { readonly failed: boolean } {
        return { failed: true };
      }
      override render(): ReactNode {
        return this.state.failed ? <h1>failed</h1> : this.props.children;
      }
    }
    function Broken(): ReactNode {
      const count = usePresence('presence-room', ({ members }) => {
        if (members.length > 0) throw new Error('a mistake');
        return members.length;
      });
      return <h1>{count}</h1>;
    }
    function Whole(): ReactNode {
      return <output>{usePresence('presence-room', ({ members }) => members.length)}</output>;
    }
    const errors: unknown[] = [];
    kit.client.on('error', (error) => errors.push(error));
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => {});
    render(
      inProvider(
        <>
          <Boundary>
            <Broken />
          </Boundary>
          <Whole />
        </>,
      ),
    );
    expect(screen.getByRole('heading').textContent).toBe('0');
    await settle();
    quiet.mockRestore();
    expect(screen.getByRole('heading').textContent).toBe('failed');
    expect(screen.getByRole('status').textContent).toBe('1');
    expect(errors).toEqual([]);
  });

  test('clients that are replaced at every render leave one connection, and it is the last one', async () => {
    const kits = Array.from({ length: 10 }, () => createTestClient<UntypedChannels>());
    const heard: unknown[] = [];
    function Room(): ReactNode {
      useEvent('news', 'progress', (payload) => heard.push(payload));
      const state = useConnection((status) => status.state);
      const { members } = usePresence('presence-room');
      return <output>{`${state} ${members.length}`}</output>;
    }
    const { rerender } = render(inProvider(<Room />));
    for (const { client } of kits) {
      rerender(
        <StrictMode>
          <RealtimeProvider client={client}>
            <Room />
          </RealtimeProvider>
        </StrictMode>,
      );
    }
    for (const each of [kit, ...kits]) {
      await act(async () => each.clock.advance(2_000));
      each.server.trigger('news', 'progress', kits.indexOf(each));
      await act(async () => each.clock.settle());
    }
    expect(screen.getByRole('status').textContent).toBe('connected 1');
    expect(heard).toEqual([9]);
    expect([kit, ...kits].map(({ server }) => server.channels.length)).toEqual([
      ...Array.from({ length: 10 }, () => 0),
      2,
    ]);
    cleanup();
    for (const { client } of kits) client.destroy();
  });

  test('a listener that unmounts its own tree, or renders it anew, is left in peace', async () => {
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
    let heard = 0;
    function Room({ onHear }: { readonly onHear: () => void }): ReactNode {
      const latest = useLatest('news', 'progress');
      useEvent('news', 'progress', onHear);
      useEvent('news', 'progress', () => {
        heard += 1;
      });
      return <output>{String(latest)}</output>;
    }
    const { rerender, unmount } = render(inProvider(<Room onHear={() => {}} />));
    rerender(inProvider(<Room onHear={() => rerender(inProvider(<Room onHear={unmount} />))} />));
    await settle();
    await tell('news', 'progress', 1);
    expect(screen.getByRole('status').textContent).toBe('1');
    await tell('news', 'progress', 2);
    await tell('news', 'progress', 3);
    await advance(1_000);
    expect(heard).toBe(1);
    expect(kit.frames).toEqual(['subscribe news', 'unsubscribe news']);
    expect(complaints).not.toHaveBeenCalled();
    complaints.mockRestore();
  });

  test('two hundred components in StrictMode, half of them coming and going at each message, lose nothing', async () => {
    const sums = new Map<number, number>();
    function Sum({ id }: { readonly id: number }): ReactNode {
      useEvent('news', 'progress', (add) => sums.set(id, (sums.get(id) ?? 0) + Number(add)));
      return null;
    }
    function App(): ReactNode {
      const tick = useLatest('news', 'progress') ?? 0;
      return Array.from({ length: 200 }, (_, id) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: it is what they are
        id < 100 || Number(tick) % 2 === 0 ? <Sum key={id} id={id} /> : null,
      );
    }
    render(<StrictMode>{inProvider(<App />)}</StrictMode>);
    await settle();
    for (let message = 1; message <= 20; message++) await tell('news', 'progress', message);
    expect([...new Set(Array.from({ length: 100 }, (_, id) => sums.get(id)))]).toEqual([210]);
    expect(kit.frames).toEqual(['subscribe news']);
  });

  // React 18 has no Activity.
  if ('Activity' in React) {
    const { Activity } = React;
    test('what an Activity hides lets go, and is subscribed and up to date when it is shown', async () => {
      function Sum(): ReactNode {
        const { subscription } = useChannel('news');
        const { state } = useEventReducer('news', { progress: (sum: number, add) => sum + Number(add) }, 0, {
          recover: async () => 100,
        });
        return <output>{`${subscription.state} ${state}`}</output>;
      }
      const show = (mode: 'visible' | 'hidden'): ReactNode =>
        inProvider(
          <Activity mode={mode}>
            <Sum />
          </Activity>,
        );
      const { rerender } = render(show('visible'));
      await settle();
      await tell('news', 'progress', 1);
      rerender(show('hidden'));
      await advance(1_000);
      expect(kit.frames).toEqual(['subscribe news', 'unsubscribe news']);
      rerender(show('visible'));
      await settle();
      await tell('news', 'progress', 2);
      expect(screen.getByRole('status').textContent).toBe('subscribed 102');
    });
  }
});
