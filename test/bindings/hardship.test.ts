// What applications do to bindings by mistake, by load or by bad luck; the same stories for both.
import { RealtimeError } from 'surewire';
import { describe, expect, test, vi } from 'vitest';
import type { Binding, Mounted, Use } from './binding';
import { actingOn, kitOfEachTest } from './kit-of-each-test';
import { reactBinding } from './react-binding';
import { vueBinding } from './vue-binding';

interface Named {
  readonly name: string | null | undefined | false | 0;
}

interface Reduced {
  readonly state: unknown;
  readonly status: string;
  readonly error?: RealtimeError;
  reset(): void;
}

describe.each([reactBinding, vueBinding])('$framework', (binding: Binding) => {
  const mounted = new Set<Mounted<never>>();
  const kit = kitOfEachTest(async () => {
    for (const each of mounted) await each.unmount();
    mounted.clear();
  });

  async function mount<Props extends object>(use: Use<Props>, props: Props): Promise<Mounted<Props>> {
    const probe = await binding.mount(kit.client, use, props);
    mounted.add(probe as Mounted<never>);
    return probe;
  }

  async function unmount<Props>(probe: Mounted<Props>): Promise<void> {
    mounted.delete(probe as Mounted<never>);
    await probe.unmount();
  }

  const { settle, advance, tell } = actingOn(kit, binding.act);
  const listen = (listener: (payload: unknown) => void): Use<Named> => ({
    word: 'useEvent',
    args: ({ name }) => [name, 'progress', listener],
  });

  test('500 components on one channel are one subscription, each hears each message once, and half of them may go', async () => {
    const heard = new Map<number, number>();
    const probes: Mounted<Named>[] = [];
    for (let index = 0; index < 500; index++) {
      const hear = (): void => void heard.set(index, (heard.get(index) ?? 0) + 1);
      probes.push(await mount(listen(hear), { name: 'news' }));
    }
    await settle();
    for (let message = 0; message < 10; message++) await tell('news', 'progress', message);
    expect([...new Set(heard.values())]).toEqual([10]);
    expect(heard.size).toBe(500);
    for (const probe of probes.slice(0, 250)) await unmount(probe);
    await tell('news', 'progress', 'last');
    expect([...heard.values()].reduce((sum, count) => sum + count)).toBe(5_250);
    await advance(5_000);
    expect(kit.frames).toEqual(['subscribe news']);
  });

  test('a listener that throws is reported, and keeps nobody from hearing', async () => {
    const errors: RealtimeError[] = [];
    kit.client.on('error', (error) => errors.push(error));
    const heard: unknown[] = [];
    await mount(
      listen(() => {
        throw new Error('a mistake');
      }),
      { name: 'news' },
    );
    await mount(
      listen((payload) => heard.push(payload)),
      { name: 'news' },
    );
    await settle();
    await tell('news', 'progress', 1);
    await tell('news', 'progress', 2);
    expect(heard).toEqual([1, 2]);
    expect(errors).toMatchObject([{ code: 'listener' }, { code: 'listener' }]);
  });

  test('a component that its own listener unmounts hears nothing more, and takes nothing from the others', async () => {
    const heard: string[] = [];
    let leave: Promise<void> | undefined;
    const first = await mount(
      listen((payload) => {
        heard.push(`first ${String(payload)}`);
        leave ??= unmount(first);
      }),
      { name: 'news' },
    );
    await mount(
      listen((payload) => heard.push(`second ${String(payload)}`)),
      { name: 'news' },
    );
    await settle();
    await tell('news', 'progress', 1);
    await leave;
    await tell('news', 'progress', 2);
    expect(heard).toEqual(['first 1', 'second 1', 'second 2']);
    await advance(5_000);
    expect(kit.frames).toEqual(['subscribe news']);
  });

  test('while names change, the server always has a channel of us, and each is heard from its subscription on', async () => {
    const heard: string[] = [];
    const probe = await mount(
      listen((payload) => heard.push(String(payload))),
      { name: 'room-0' },
    );
    await settle();
    const counts: number[] = [];
    const count = (): void => void counts.push(kit.server.channels.length);
    for (let index = 1; index <= 20; index++) {
      await tell(`room-${index - 1}`, 'progress', `last of ${index - 1}`);
      await probe.update({ name: `room-${index}` });
      // The way from one to the other, in which both are told something: the old one is nobody's any more.
      await tell(`room-${index - 1}`, 'progress', `late of ${index - 1}`);
      await tell(`room-${index}`, 'progress', `first of ${index}`);
      count();
      await advance(300);
      count();
    }
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(heard).toEqual(
      Array.from({ length: 20 }, (_, index) => [`last of ${index}`, `first of ${index + 1}`]).flat(),
    );
    await advance(1_000);
    expect(kit.server.channels.map(({ name }) => name)).toEqual(['room-20']);
  });

  test('there and back again within a second is no frame, and hears all of it', async () => {
    const heard: unknown[] = [];
    const probe = await mount<Named>(
      listen((payload) => heard.push(payload)),
      { name: 'news' },
    );
    await settle();
    const names: readonly Named['name'][] = ['other', 'news', null, 'news', false, 'news'];
    for (const name of names) await probe.update({ name });
    await tell('news', 'progress', 1);
    await advance(5_000);
    expect(heard).toEqual([1]);
    expect(kit.frames.filter((frame) => frame.endsWith('news'))).toEqual(['subscribe news']);
  });

  test('fifty mounts and unmounts in a row are one subscription', async () => {
    const use: Use<object> = { word: 'usePresence', args: () => ['presence-room'] };
    for (let index = 0; index < 50; index++) await unmount(await mount(use, {}));
    const last = await mount(use, {});
    await settle();
    expect(last.value()).toMatchObject({ members: [{ id: 'user-1' }] });
    expect(kit.frames).toEqual(['subscribe presence-room']);
  });

  test('a recovery that rejects is a state; events go on, and reset tries again', async () => {
    let answer: () => Promise<string[]> = () => Promise.reject(new Error('503'));
    const probe = await mount<object>(
      {
        word: 'useEventReducer',
        args: () => [
          'list',
          { added: (list: string[], item: string) => [...list, item] },
          [],
          { recover: () => answer() },
        ],
      },
      {},
    );
    const read = (): Reduced => probe.value<Reduced>();
    await settle();
    expect(read()).toMatchObject({ state: [], status: 'failed', error: { code: 'recovery' } });
    expect(read().error).toBeInstanceOf(RealtimeError);
    await tell('list', 'added', 'a');
    expect(read()).toMatchObject({ state: ['a'], status: 'failed' });
    answer = () => {
      throw new Error('at once');
    };
    await binding.act(() => read().reset());
    await settle();
    expect(read()).toMatchObject({ state: [], status: 'failed' });
    answer = async () => ['stored'];
    await binding.act(() => read().reset());
    await settle();
    expect(read()).toMatchObject({ state: ['stored'], status: 'current' });
    expect(read().error).toBeUndefined();
  });

  test('a recovery that comes after the component has gone is aborted, and belongs to nobody', async () => {
    let finish: (state: string[]) => void = () => {};
    const signals: AbortSignal[] = [];
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const recover = ({ signal }: { readonly signal: AbortSignal }): Promise<string[]> => {
      signals.push(signal);
      return new Promise((resolve, reject) => {
        finish = resolve;
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    };
    const probe = await mount<Named>(
      {
        word: 'useEventReducer',
        args: ({ name }) => [name, { added: (list: string[]) => list }, [], { recover }],
      },
      { name: 'list' },
    );
    await settle();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await probe.update({ name: 'another' });
    await settle();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    finish(['b']);
    await settle();
    expect(probe.value()).toMatchObject({ state: ['b'], status: 'current' });
    await binding.act(() => probe.value<Reduced>().reset());
    await unmount(probe);
    await settle();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false, true]);
    finish(['too late']);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('a reducer that throws is reported, and the state stays as it was', async () => {
    const errors: RealtimeError[] = [];
    kit.client.on('error', (error) => errors.push(error));
    const reducers = {
      progress: (sum: number, payload: number): number => {
        if (payload < 0) throw new Error('a mistake');
        return sum + payload;
      },
    };
    const probe = await mount<object>({ word: 'useEventReducer', args: () => ['news', reducers, 0] }, {});
    await settle();
    for (const payload of [1, -1, 2]) await tell('news', 'progress', payload);
    expect(probe.value()).toMatchObject({ state: 3, status: 'current' });
    expect(errors).toMatchObject([{ code: 'listener' }]);
  });

  test('a client that ends under its components takes nothing down with it', async () => {
    const probes = [
      await mount<Named>({ word: 'useChannel', args: ({ name }) => [name] }, { name: 'news' }),
      await mount<Named>({ word: 'useLatest', args: ({ name }) => [name, 'progress'] }, { name: 'news' }),
      await mount<Named>({ word: 'usePresence', args: ({ name }) => [name] }, { name: 'presence-room' }),
      await mount<Named>({ word: 'useConnection', args: () => [] }, { name: 'news' }),
    ];
    await settle();
    await binding.act(() => kit.client.destroy());
    await settle();
    for (const probe of probes) await probe.update({ name: 'presence-other' });
    await advance(60_000);
    for (const probe of probes) await unmount(probe);
    expect(kit.clock.pending).toBe(0);
    expect(kit.server.connections).toEqual([]);
  });

  test('who signs out and in again with the components in place is subscribed again', async () => {
    const probe = await mount<Named>(
      { word: 'useChannel', args: ({ name }) => [name] },
      { name: 'private-plugin-7' },
    );
    await settle();
    await binding.act(() => kit.client.signOut());
    await settle();
    expect(probe.value<{ subscription: { state: string } }>().subscription.state).not.toBe('subscribed');
    await binding.act(() => {
      void kit.client.connect();
      return kit.clock.settle();
    });
    expect(probe.value()).toMatchObject({ subscription: { state: 'subscribed' } });
  });

  test('a publish that is under way goes on when its component goes, and a newer one is what the status is about', async () => {
    const probe = await mount<Named>(
      { word: 'usePublish', args: ({ name }) => [name, 'command'] },
      { name: 'private-plugin-7' },
    );
    interface Publishing {
      readonly status: string;
      publishAsync(payload: unknown): Promise<{ readonly id: string }>;
    }
    const { publishAsync } = probe.value<Publishing>();
    const ends: Promise<{ readonly id: string }>[] = [];
    await binding.act(() => {
      ends.push(publishAsync({ run: 'one' }), publishAsync({ run: 'two' }));
    });
    await settle();
    expect(probe.value()).toMatchObject({
      status: 'success',
      acknowledgement: { id: (await ends[1])?.id },
    });
    await binding.act(() => {
      ends.push(publishAsync({ run: 'three' }));
    });
    await unmount(probe);
    await settle();
    expect(await ends[2]).toMatchObject({ level: 'accepted' });
  });

  test('a publish is queued while requests do not get through, and succeeds once they do', async () => {
    const probe = await mount<Named>(
      { word: 'usePublish', args: ({ name }) => [name, 'command'] },
      { name: 'private-plugin-7' },
    );
    kit.client.on('error', () => {});
    kit.server.rejectTrigger('network', 3);
    await binding.act(() => probe.value<{ publish(payload: unknown): void }>().publish({ run: 'build' }));
    await settle();
    expect(probe.value()).toMatchObject({ status: 'queued', isPending: true });
    const { renders } = probe;
    await advance(120_000);
    expect(probe.value()).toMatchObject({ status: 'success', acknowledgement: { attempts: 4 } });
    expect(probe.renders - renders).toBeLessThanOrEqual(7);
  });
});
