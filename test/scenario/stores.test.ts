import { describe, expect, test, vi } from 'vitest';
import {
  defineChannels,
  event,
  presence,
  presenceOf,
  publicationOf,
  RealtimeError,
  reduceEvents,
  subscriptionOf,
} from '../../src/index';
import { deferred } from '../../src/support/deferred';
import { createTestClient } from '../../src/testing/index';

const channels = defineChannels({
  'content-generation-{id}': { progress: event<{ progress: number }>(), complete: event<string>() },
  'private-plugin-{id}': { command: event<{ run: string }>() },
  'presence-room': presence<{ name: string }>()({}),
});

const nothing = (): void => {};

describe('a channel as a store', () => {
  test('is held while somebody has subscribed, and let go a second after', async () => {
    const { client, server, clock } = createTestClient({ channels });
    const store = subscriptionOf(client.channel('content-generation-1'));
    const seen: string[] = [];
    const stop = store.subscribe(({ state }) => seen.push(state));
    await clock.settle();
    expect(server.channels).toMatchObject([{ name: 'content-generation-1' }]);
    stop();
    await clock.advance(1_000);
    expect(server.channels).toEqual([]);
    expect(seen).toEqual(['subscribing', 'subscribed']);
    client.destroy();
  });

  test('without a channel it is what it was before anything happened', () => {
    expect(subscriptionOf(undefined).get()).toEqual({ state: 'unsubscribed' });
    expect(presenceOf(undefined).get()).toEqual({
      members: [],
      me: undefined,
      subscription: { state: 'unsubscribed' },
    });
    expect(presenceOf(undefined).get()).toBe(presenceOf(undefined).initial);
    subscriptionOf(undefined).subscribe(nothing)();
  });

  test('only a presence channel has members, and who asks another one is told so', () => {
    const { client } = createTestClient({ channels });
    const asked = (): unknown => presenceOf(client.channel('content-generation-1') as never);
    expect(asked).toThrow('"content-generation-1", which is public');
    expect(asked).toThrow(RealtimeError);
  });

  test('who comes late sees everybody', async () => {
    const { client, clock } = createTestClient({ channels });
    const channel = client.channel('presence-room');
    const first = presenceOf(channel).subscribe(nothing);
    await clock.settle();
    const late = presenceOf(channel);
    expect(late.get()).toMatchObject({
      members: [{ id: 'user-1' }],
      me: { id: 'user-1' },
      subscription: { state: 'subscribed' },
    });
    expect(late.initial.members).toEqual([]);
    first();
    client.destroy();
  });
});

describe('a state that is made of events', () => {
  async function setUp(recover?: (request: { readonly signal: AbortSignal }) => Promise<number>) {
    const kit = createTestClient({ channels });
    const errors: RealtimeError[] = [];
    kit.client.on('error', (error) => errors.push(error));
    const channel = kit.client.channel('content-generation-1');
    const store = reduceEvents(channel, { progress: (sum: number, { progress }) => sum + progress }, 0, {
      recover,
    });
    const seen: number[] = [];
    const stop = store.subscribe(({ state }) => seen.push(state));
    await kit.clock.settle();
    const tell = async (progress: number): Promise<void> => {
      kit.server.trigger('content-generation-1', 'progress', { progress });
      await kit.clock.settle();
    };
    return { ...kit, errors, channel, store, seen, stop, tell };
  }

  test('each event makes the next state, and nothing is heard after the last subscriber has gone', async () => {
    const { store, tell, stop, server, clock } = await setUp();
    await tell(1);
    await tell(2);
    expect(store.get()).toEqual({ state: 3, status: 'current' });
    stop();
    stop();
    await tell(4);
    expect(store.get().state).toBe(3);
    await clock.advance(1_000);
    expect(server.channels).toEqual([]);
    expect(store.initial.state).toBe(0);
  });

  test('new reducers change nothing of the state or the subscription', async () => {
    const { store, tell, server } = await setUp();
    await tell(5);
    store.update({ progress: (sum, { progress }) => sum - progress });
    await tell(1);
    store.update({ complete: () => 100 });
    await tell(1);
    expect(store.get().state).toBe(4);
    server.trigger('content-generation-1', 'complete', 'done');
    await vi.waitFor(() => expect(store.get().state).toBe(100), 60_000);
    expect(server.connections).toHaveLength(1);
  });

  test('what was there is recovered once subscribed, and what came in meanwhile goes on top', async () => {
    const { promise, resolve } = deferred<number>();
    const { store, tell, seen, clock } = await setUp(() => promise);
    expect(store.get()).toEqual({ state: 0, status: 'recovering' });
    await tell(1);
    expect(store.get().state).toBe(0);
    resolve(40);
    await clock.settle();
    await tell(1);
    expect(store.get()).toEqual({ state: 42, status: 'current' });
    expect(seen).toEqual([0, 41, 42]);
  });

  test('after a gap it is recovered again, and an older answer that comes late is dropped', async () => {
    const answers: ((state: number) => void)[] = [];
    const recover = vi.fn(() => new Promise<number>((resolve) => answers.push(resolve)));
    const { store, server, clock } = await setUp(recover);
    server.drop();
    // Back within eight seconds; a recovery may take ten.
    await clock.advance(9_000);
    expect(recover).toHaveBeenCalledTimes(2);
    answers[1]?.(7);
    answers[0]?.(1);
    await clock.settle();
    expect(store.get()).toEqual({ state: 7, status: 'current' });
  });

  test('a recovery that never answers, as over a dead connection, is given up after ten seconds, with what came in meanwhile', async () => {
    const signals: AbortSignal[] = [];
    const { store, tell, clock } = await setUp(({ signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    await tell(1);
    await clock.advance(9_000);
    await tell(2);
    expect(store.get()).toEqual({ state: 0, status: 'recovering' });
    await clock.advance(1_000);
    expect(store.get()).toMatchObject({ state: 3, status: 'failed', error: { code: 'recovery' } });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await tell(4);
    expect(store.get().state).toBe(7);
  });

  test('no more than ten thousand messages wait for a recovery', async () => {
    const { store, server, clock } = await setUp(() => new Promise(() => {}));
    for (let index = 0; index < 10_001; index++)
      server.trigger('content-generation-1', 'progress', { progress: 1 });
    await clock.settle();
    expect(store.get()).toMatchObject({ state: 10_001, status: 'failed', error: { code: 'recovery' } });
  });

  test('a recovery that forgot its `return` is told, and takes no state away', async () => {
    const { store, tell } = await setUp((async () => {}) as never);
    expect(store.get()).toMatchObject({ state: 0, status: 'failed' });
    expect(store.get().error?.message).toContain('must return the state');
    await tell(1);
    expect(store.get().state).toBe(1);
  });

  test('reducers that cannot work are refused, and those from before go on', async () => {
    const { store, tell, errors } = await setUp();
    expect(() => store.update({ progress: 5 } as never)).toThrow(RealtimeError);
    expect(() => store.update(null as never)).toThrow(RealtimeError);
    await tell(1);
    expect(store.get().state).toBe(1);
    expect(errors).toEqual([]);
  });

  test('a recovery that fails says so; events go on, and reset() tries again', async () => {
    let fails = true;
    const { store, tell, clock } = await setUp(async () => {
      if (fails) throw new Error('503');
      return 10;
    });
    expect(store.get()).toMatchObject({ state: 0, status: 'failed', error: { code: 'recovery' } });
    await tell(1);
    expect(store.get()).toMatchObject({ state: 1, status: 'failed' });
    fails = false;
    store.reset();
    await clock.settle();
    expect(store.get()).toEqual({ state: 10, status: 'current' });
  });

  test('a recovery is aborted when nobody wants it any more', async () => {
    let signal: AbortSignal | undefined;
    const { client, clock } = createTestClient({ channels });
    const store = reduceEvents(client.channel('content-generation-1'), {}, 0, {
      recover: (request) => {
        signal = request.signal;
        return new Promise<number>(nothing);
      },
    });
    const stop = store.subscribe(nothing);
    await clock.settle();
    expect(signal?.aborted).toBe(false);
    stop();
    expect(signal?.aborted).toBe(true);
    client.destroy();
  });

  test('a reducer that throws leaves the state as it is and is reported', async () => {
    const { store, tell, errors } = await setUp();
    store.update({
      progress: () => {
        throw new Error('oh');
      },
    });
    await tell(1);
    expect(store.get().state).toBe(0);
    expect(errors).toMatchObject([{ code: 'listener', event: 'progress' }]);
  });

  test('a reducer that throws on what waited for a recovery costs that message only', async () => {
    const { promise, resolve } = deferred<number>();
    const { store, tell, clock } = await setUp(() => promise);
    store.update(
      {
        progress: (sum, { progress }) => {
          if (progress === 1) throw new Error('oh');
          return sum + progress;
        },
      },
      { recover: () => promise },
    );
    await tell(1);
    await tell(2);
    resolve(10);
    await clock.settle();
    expect(store.get()).toMatchObject({ state: 12, status: 'failed', error: { code: 'recovery' } });
  });
});

describe('a publication', () => {
  function setUp(options: object = {}) {
    const kit = createTestClient({ channels, ...options });
    const channel = kit.client.channel('private-plugin-7');
    const publication = publicationOf<{ run: string }>(kit.client, channel, 'command');
    const seen: string[] = [];
    // What is on its way changes on its way: the words only, each once.
    const stop = publication.subscribe(({ status }) => {
      if (seen.at(-1) !== status) seen.push(status);
    });
    return { ...kit, publication, seen, stop };
  }

  test('is pending, then successful, with the acknowledgement', async () => {
    const { publication, seen, clock } = setUp();
    expect(publication.get()).toMatchObject({ status: 'idle', isPending: false });
    const published = publication.publish({ run: 'build' });
    expect(publication.get()).toMatchObject({ status: 'pending', isPending: true });
    await clock.settle();
    expect(publication.get()).toMatchObject({
      status: 'success',
      isPending: false,
      acknowledgement: await published,
      error: undefined,
    });
    expect(seen).toEqual(['pending', 'success']);
    publication.reset();
    expect(publication.get().status).toBe('idle');
  });

  test('is queued while it waits for the connection, and goes on by itself', async () => {
    const { client, publication, server, seen, clock } = setUp();
    client.on('error', nothing); // a dial fails while the server is down
    const release = client.channel('private-plugin-7').hold();
    await clock.settle();
    server.restart({ downFor: 5_000 });
    await clock.settle();
    const published = publication.publish({ run: 'build' });
    await clock.advance(1_000);
    expect(publication.get()).toMatchObject({ status: 'queued', isPending: true });
    await clock.advance(60_000);
    await expect(published).resolves.toMatchObject({ level: 'accepted' });
    expect(seen.at(-1)).toBe('success');
    expect(seen).toContain('queued');
    release();
  });

  test('an end that is bad is in `error`, and rejects', async () => {
    const { publication, server, seen, clock } = setUp();
    server.rejectTrigger(403);
    const published = publication.publish({ run: 'build' });
    published.catch(nothing);
    await clock.settle();
    await expect(published).rejects.toThrow(RealtimeError);
    expect(publication.get()).toMatchObject({ status: 'error', error: { code: 'publish' } });
    expect(seen).toEqual(['pending', 'error']);
  });

  test('of two publishes the last one counts', async () => {
    const { publication, server, clock } = setUp();
    server.rejectTrigger(403);
    const first = publication.publish({ run: 'one' });
    first.catch(nothing);
    void publication.publish({ run: 'two' });
    await clock.settle();
    await expect(first).rejects.toThrow();
    expect(publication.get().status).toBe('success');
  });

  test('without a channel it is refused with a sentence', async () => {
    const { client } = setUp();
    const publication = publicationOf(client, undefined, 'command');
    await expect(publication.publish({})).rejects.toThrow(
      '"command" was not published: there is no channel yet',
    );
    expect(publication.get()).toMatchObject({ status: 'error', error: { code: 'configuration' } });
  });
});
