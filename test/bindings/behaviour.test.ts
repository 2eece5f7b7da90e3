// What both bindings promise, written once and run against each.
import {
  backendAuth,
  ConfigurationError,
  RealtimeClient,
  type Statistics,
  type UntypedChannels,
} from 'surewire';
import { createTestClient, type TestClient } from 'surewire/testing';
import { describe, expect, test, vi } from 'vitest';
import type { Binding, Mounted, Use } from './binding';
import { actingOn, kitOfEachTest } from './kit-of-each-test';
import { reactBinding } from './react-binding';
import { vueBinding } from './vue-binding';

interface Named {
  readonly name: string | null | undefined | false | 0;
}

const room = 'presence-room';

describe.each([reactBinding, vueBinding])('$framework', (binding: Binding) => {
  const mounted: Mounted<never>[] = [];
  const kit = kitOfEachTest(async () => {
    for (const each of mounted.splice(0)) await each.unmount();
  });

  async function mount<Props extends object>(use: Use<Props>, props: Props): Promise<Mounted<Props>> {
    const probe = await binding.mount(kit.client, use, props);
    mounted.push(probe as Mounted<never>);
    await settle();
    return probe;
  }

  const { settle, advance, tell } = actingOn(kit, binding.act);

  test('a listener hears while it is mounted, and the channel is let go a second after', async () => {
    const heard: unknown[] = [];
    const probe = await mount<Named>(
      { word: 'useEvent', args: ({ name }) => [name, 'progress', (payload: unknown) => heard.push(payload)] },
      { name: 'news' },
    );
    await tell('news', 'progress', 1);
    await probe.unmount();
    await tell('news', 'progress', 2);
    expect(heard).toEqual([1]);
    expect(kit.frames).toEqual(['subscribe news']);
    await advance(1_000);
    expect(kit.frames).toEqual(['subscribe news', 'unsubscribe news']);
  });

  test.each([null, undefined, false, '', 0] as const)(
    'the name %s subscribes to nothing, until there is one',
    async (nothing) => {
      const probe = await mount<Named>({ word: 'useChannel', args: ({ name }) => [name] }, { name: nothing });
      expect(probe.value()).toEqual({ channel: undefined, subscription: { state: 'unsubscribed' } });
      expect(kit.client.status.get().state).toBe('idle');
      await probe.update({ name: 'news' });
      await settle();
      expect(probe.value()).toMatchObject({
        channel: { name: 'news' },
        subscription: { state: 'subscribed' },
      });
      await probe.update({ name: nothing });
      await advance(1_000);
      expect(kit.frames).toEqual(['subscribe news', 'unsubscribe news']);
    },
  );

  test('another name is subscribed before the old one is let go, and nothing of the old one is heard', async () => {
    const heard: unknown[] = [];
    const probe = await mount<Named>(
      { word: 'useEvent', args: ({ name }) => [name, 'progress', (payload: unknown) => heard.push(payload)] },
      { name: 'one' },
    );
    await probe.update({ name: 'two' });
    await tell('one', 'progress', 'old');
    await tell('two', 'progress', 'new');
    await advance(1_000);
    expect(heard).toEqual(['new']);
    expect(kit.frames).toEqual(['subscribe one', 'subscribe two', 'unsubscribe one']);
  });

  test('names that change a hundred times leave one subscription', async () => {
    const probe = await mount<Named>({ word: 'useChannel', args: ({ name }) => [name] }, { name: 'room-0' });
    for (let index = 1; index <= 100; index++) await probe.update({ name: `room-${index}` });
    await advance(1_000);
    expect(kit.server.channels.map(({ name }) => name)).toEqual(['room-100']);
  });

  test('two components on one channel are one subscription, and the first to go takes nothing from the other', async () => {
    const heard: unknown[] = [];
    const listen: Use<Named> = {
      word: 'useEvent',
      args: ({ name }) => [name, 'progress', (payload: unknown) => heard.push(payload)],
    };
    const first = await mount(listen, { name: 'news' });
    await mount(listen, { name: 'news' });
    await first.unmount();
    await advance(5_000);
    await tell('news', 'progress', 1);
    expect(heard).toEqual([1]);
    expect(kit.frames).toEqual(['subscribe news']);
  });

  test('a refused subscription is a state, and throws nowhere', async () => {
    kit.client.on('error', () => {});
    kit.server.rejectAuth(403);
    const probe = await mount<Named>(
      { word: 'useChannel', args: ({ name }) => [name] },
      { name: 'private-plugin-7' },
    );
    expect(probe.value()).toMatchObject({
      subscription: { state: 'refused', error: { code: 'subscription', retryable: false } },
    });
    await binding.act(() => kit.client.connect());
    await settle();
    expect(probe.value()).toMatchObject({ subscription: { state: 'subscribed' } });
  });

  test('who mounts late sees everybody', async () => {
    const use: Use<Named> = { word: 'usePresence', args: ({ name }) => [name] };
    const other = anotherClient(kit, 'user-2');
    const stop = other.channel(room).hold();
    await mount(use, { name: room });
    const late = await mount(use, { name: room });
    expect(late.value()).toMatchObject({
      members: [{ id: 'user-2' }, { id: 'user-1' }],
      me: { id: 'user-1' },
      subscription: { state: 'subscribed' },
    });
    await binding.act(() => {
      other.destroy();
      return kit.clock.settle();
    });
    stop();
    expect(late.value<{ members: unknown[] }>().members).toHaveLength(1);
  });

  test('a component that selects one thing renders for that thing only', async () => {
    const probe = await mount<object>(
      { word: 'usePresence', args: () => [room, ({ me }: { me?: { id: string } }) => me?.id] },
      {},
    );
    const names = await mount<object>(
      {
        word: 'usePresence',
        args: () => [room, ({ members }: { members: { id: string }[] }) => members.map(({ id }) => id)],
      },
      {},
    );
    await settle();
    const renders = probe.renders;
    const nameRenders = names.renders;
    for (let index = 2; index < 12; index++) {
      await binding.act(() => {
        anotherClient(kit, `user-${index}`).channel(room).hold();
        return kit.clock.settle();
      });
    }
    expect(names.value()).toHaveLength(11);
    expect(probe.value()).toBe('user-1');
    expect(probe.renders - renders).toBe(0);
    expect(names.renders - nameRenders).toBe(10);
  });

  test('the connection, or what is selected of it', async () => {
    const whole = await mount<object>({ word: 'useConnection', args: () => [] }, {});
    const state = await mount<object>(
      {
        word: 'useConnection',
        args: () => [({ state }: { state: string }) => ({ online: state === 'connected' })],
      },
      {},
    );
    expect(state.value()).toEqual({ online: false });
    await binding.act(() => kit.client.connect());
    expect(whole.value()).toMatchObject({ state: 'connected', attempt: 1 });
    expect(state.value()).toEqual({ online: true });
    // idle and connecting are the same selection
    expect(state.renders).toBe(2);
  });

  test('the latest payload, and none of another channel', async () => {
    const probe = await mount<Named>(
      { word: 'useLatest', args: ({ name }) => [name, 'price'] },
      { name: 'eur' },
    );
    expect(probe.value()).toBeUndefined();
    await tell('eur', 'price', 1.1);
    await tell('eur', 'price', 1.2);
    expect(probe.value()).toBe(1.2);
    await probe.update({ name: 'usd' });
    expect(probe.value()).toBeUndefined();
    await tell('usd', 'price', 1);
    expect(probe.value()).toBe(1);
  });

  test('a state made of events, seeded by what the backend has, and again after a gap', async () => {
    let stored = ['a'];
    const recover = vi.fn(async () => stored);
    const probe = await mount<Named>(
      {
        word: 'useEventReducer',
        args: ({ name }) => [
          name,
          { added: (list: string[], item: string) => [...list, item] },
          [],
          { recover },
        ],
      },
      { name: 'list' },
    );
    expect(probe.value()).toMatchObject({ state: ['a'], status: 'current' });
    await tell('list', 'added', 'b');
    expect(probe.value()).toMatchObject({ state: ['a', 'b'] });
    stored = ['a', 'b', 'missed'];
    await binding.act(() => kit.server.drop());
    await advance(30_000);
    expect(probe.value()).toMatchObject({ state: ['a', 'b', 'missed'], status: 'current' });
    expect(recover).toHaveBeenCalledTimes(2);
    stored = [];
    await binding.act(() => probe.value<{ reset(): void }>().reset());
    await settle();
    expect(probe.value()).toMatchObject({ state: [] });
    await probe.update({ name: null });
    expect(probe.value()).toMatchObject({ state: [], status: 'initial' });
  });

  test('publishing, from idle to its acknowledgement', async () => {
    const probe = await mount<Named>(
      { word: 'usePublish', args: ({ name }) => [name, 'command'] },
      { name: 'private-plugin-7' },
    );
    interface Publishing {
      readonly status: string;
      publish(payload: unknown): void;
      publishAsync(payload: unknown): Promise<{ readonly id: string }>;
      reset(): void;
    }
    const read = (): Publishing => probe.value<Publishing>();
    expect(read()).toMatchObject({ status: 'idle', isPending: false });
    let published: Promise<{ readonly id: string }> | undefined;
    await binding.act(() => {
      published = read().publishAsync({ run: 'build' });
    });
    await settle();
    expect(read()).toMatchObject({ status: 'success', acknowledgement: await published });
    kit.server.rejectTrigger(403);
    await binding.act(() => read().publish({ run: 'test' }));
    await settle();
    expect(read()).toMatchObject({ status: 'error', error: { code: 'publish' }, acknowledgement: undefined });
    await binding.act(() => read().reset());
    expect(read()).toMatchObject({ status: 'idle', error: undefined });
    await probe.update({ name: null });
    await binding.act(() => read().publish({ run: 'nowhere' }));
    await settle();
    expect(read()).toMatchObject({ status: 'error', error: { code: 'configuration' } });
  });

  test('a publish waits in the outbox while there is no connection, and says so', async () => {
    kit.client.on('error', () => {});
    const use: Use<object> = { word: 'usePublish', args: () => ['private-plugin-7', 'command'] };
    await mount<Named>({ word: 'useChannel', args: ({ name }) => [name] }, { name: 'private-plugin-7' });
    const probe = await mount(use, {});
    const pending = await mount<object>(
      { word: 'useOutbox', args: () => [({ pending }: { pending: unknown[] }) => pending.length] },
      {},
    );
    kit.server.restart({ downFor: 10_000 });
    await settle();
    await binding.act(() => probe.value<{ publish(payload: unknown): void }>().publish({ run: 'build' }));
    await advance(2_000);
    expect(probe.value()).toMatchObject({ status: 'queued', isPending: true });
    expect(pending.value()).toBe(1);
    await advance(60_000);
    expect(probe.value()).toMatchObject({ status: 'success', acknowledgement: { level: 'accepted' } });
    expect(pending.value()).toBe(0);
  });

  test('gaps are told', async () => {
    kit.client.on('error', () => {});
    const gaps: string[] = [];
    await mount<Named>({ word: 'useChannel', args: ({ name }) => [name] }, { name: 'news' });
    const probe = await mount<object>(
      { word: 'useGap', args: () => [({ channel }: { channel: string }) => gaps.push(channel)] },
      {},
    );
    await binding.act(() => kit.server.drop());
    await advance(30_000);
    expect(gaps).toEqual(['news']);
    await probe.unmount();
    await binding.act(() => kit.server.drop());
    await advance(30_000);
    expect(gaps).toEqual(['news']);
  });

  test('statistics come once a second, and not once a message', async () => {
    await mount<Named>({ word: 'useChannel', args: ({ name }) => [name] }, { name: 'news' });
    const probe = await mount<object>({ word: 'useStatistics', args: () => [] }, {});
    const { renders } = probe;
    for (let index = 0; index < 100; index++) await tell('news', 'progress', index);
    expect(probe.renders).toBe(renders);
    await advance(1_000);
    expect(probe.value<Statistics>().received).toBe(100);
    expect(probe.renders).toBe(renders + 1);
  });

  test('without a client there is a sentence that says what to do', async () => {
    const none = undefined as unknown as RealtimeClient<UntypedChannels>;
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => {});
    await expect(binding.mount(none, { word: 'useRealtime', args: () => [] }, {})).rejects.toThrow(
      ConfigurationError,
    );
    quiet.mockRestore();
  });

  const everything: readonly Use<object>[] = [
    { word: 'useConnection', args: () => [] },
    { word: 'useStatistics', args: () => [] },
    { word: 'useOutbox', args: () => [] },
    { word: 'useGap', args: () => [() => {}] },
    { word: 'useChannel', args: () => ['news'] },
    { word: 'useEvent', args: () => ['news', 'progress', () => {}] },
    { word: 'useLatest', args: () => ['news', 'progress'] },
    {
      word: 'useEventReducer',
      args: () => ['news', { progress: (sum: number) => sum + 1 }, 0, { recover: async () => 7 }],
    },
    { word: 'usePresence', args: () => [room] },
    { word: 'usePublish', args: () => ['private-plugin-7', 'command'] },
  ];

  test.each(everything)('$word on a server: no socket, no timer, no subscription', async (use) => {
    await binding.renderOnServer(kit.client, use, {});
    await kit.clock.settle();
    expect(kit.clock.pending).toBe(0);
    expect(kit.server.connections).toEqual([]);
    expect(kit.server.requests).toEqual([]);
    expect(kit.client.status.get().state).toBe('idle');
  });

  test.each(everything)(
    '$word takes over a page from the server: both render the same first',
    async (use) => {
      const html = await binding.renderOnServer(createTestClient<UntypedChannels>().client, use, {});
      // The page's client is ahead of the server's: connected, subscribed, with messages.
      const release = [kit.client.channel('news').hold(), kit.client.channel(room).hold()];
      await kit.clock.advance(12_345);
      kit.server.trigger('news', 'progress', 1);
      await kit.clock.settle();
      const { texts, complaints, unmount } = await binding.hydrate(kit.client, use, {}, html);
      await settle();
      expect(complaints).toEqual([]);
      expect(html).toContain(texts[0]?.replaceAll('"', '&quot;'));
      if (use.word === 'useConnection') expect(texts.at(-1)).toContain('"state":"connected"');
      if (use.word === 'usePresence') expect(texts.at(-1)).toContain('"id":"user-1"');
      await unmount();
      for (const stop of release) stop();
    },
  );
});

function anotherClient(
  { server }: TestClient<UntypedChannels>,
  userId: string,
): RealtimeClient<UntypedChannels> {
  const token = (): string => server.issueToken({ userId });
  return new RealtimeClient<UntypedChannels>({
    ...server.options,
    auth: backendAuth({ endpoint: server.endpoints.auth, token }),
  });
}
