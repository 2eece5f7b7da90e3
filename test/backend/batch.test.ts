import { describe, expect, it } from 'vitest';
import { BatchAuthorizer } from '../../src/backend/batch';
import type { Authorizer } from '../../src/ports';
import { deferred } from '../../src/support/deferred';
import { backend, json, surroundings, text } from '../fakes/backend-endpoint';
import type { ManualClock } from '../fakes/manual-clock';
import { failure, secretToken } from '../fakes/secret-token';

const { seen, answers } = backend();
const patient = new AbortController().signal;
const yes = { auth: 'key:0a1b' };

/** Lets a request that goes through msw come back. */
async function arrive(clock: ManualClock, done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !done(); turn++) await clock.settle();
}

/** Batches to the endpoint of the fixtures; single requests are written down and answered by `single:<channel>`. */
function batches({ window = 15 } = {}) {
  const { clock, outside, endpoint, refused } = surroundings();
  const singles: string[] = [];
  const warnings: string[] = [];
  const single: Authorizer = {
    authorize: async ({ channel }) => {
      singles.push(channel);
      return { auth: `single:${channel}` };
    },
  };
  const authorizer = new BatchAuthorizer(
    { ...endpoint, window },
    { ...outside, single, onUnsupported: (words) => warnings.push(words) },
  );
  const ask = (channel: string, { socketId = '1.1', signal = patient } = {}) =>
    authorizer.authorize({ socketId, channel }, signal);
  /** What became of all these channels, asked for at once. */
  const askAll = async (...channels: readonly string[]) => {
    const asked = channels.map((channel) => ask(channel));
    let settled = false;
    const all = Promise.allSettled(asked).then((results) => {
      settled = true;
      return results;
    });
    await clock.advance(window);
    await arrive(clock, () => settled);
    return all;
  };
  return { clock, ask, askAll, singles, warnings, refused };
}

const grant = (...names: readonly string[]) =>
  json({ channels: Object.fromEntries(names.map((name) => [name, yes])) });

describe('many channels', () => {
  it('go in one request, those of one connection', async () => {
    answers(grant('private-a', 'private-b'));
    const { askAll } = batches();
    const results = await askAll('private-a', 'private-b', 'private-a');
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(seen).toHaveLength(1);
    expect(JSON.parse(seen[0]?.text ?? '')).toEqual({
      socket_id: '1.1',
      channel_names: ['private-a', 'private-b'],
    });
    expect(seen[0]?.headers.get('content-type')).toBe('application/json');
    expect(seen[0]?.headers.get('authorization')).toBe(`Bearer ${secretToken}`);
  });

  it('keep connections apart', async () => {
    answers(grant('private-a', 'private-b', 'private-c'));
    const { clock, ask } = batches();
    const asked = Promise.all([
      ask('private-a'),
      ask('private-b', { socketId: '2.2' }),
      ask('private-c'),
      ask('private-a', { socketId: '2.2' }),
    ]);
    await clock.advance(15);
    await asked;
    expect(seen.map((request) => JSON.parse(request.text))).toEqual([
      { socket_id: '1.1', channel_names: ['private-a', 'private-c'] },
      { socket_id: '2.2', channel_names: ['private-b', 'private-a'] },
    ]);
  });

  it('go at most a hundred to a request, and six requests at a time', async () => {
    const release = deferred<void>();
    let running = 0;
    let most = 0;
    answers(async () => {
      most = Math.max(most, ++running);
      await release.promise;
      running--;
      return Response.json({ channels: Object.fromEntries(names.map((name) => [name, yes])) });
    });
    const names = Array.from({ length: 950 }, (_, id) => `private-${id}`);
    const { clock, ask } = batches();
    const asked = Promise.all(names.map((name) => ask(name)));
    await clock.advance(15);
    await arrive(clock, () => running === 6);
    expect(running).toBe(6);
    release.resolve();
    await asked;
    expect(most).toBe(6);
    expect(seen.map((request) => JSON.parse(request.text).channel_names.length)).toEqual([
      ...Array(9).fill(100),
      50,
    ]);
  });

  it('are not a batch when there is one of them', async () => {
    const { askAll, singles } = batches();
    expect(await askAll('private-a')).toEqual([{ status: 'fulfilled', value: { auth: 'single:private-a' } }]);
    expect(singles).toEqual(['private-a']);
    expect(seen).toHaveLength(0);
  });

  it('bring what their kinds need, checked as strictly as single ones', async () => {
    const user = JSON.stringify({ user_id: 'u1' });
    answers(
      json({
        channels: {
          'presence-a': { ...yes, channel_data: user },
          'presence-b': yes,
          'private-encrypted-a': { ...yes, shared_secret: `${'A'.repeat(43)}=` },
          'private-encrypted-b': yes,
          'private-c': { auth: 'nonsense' },
        },
      }),
    );
    const results = await batches().askAll(
      'presence-a',
      'presence-b',
      'private-encrypted-a',
      'private-encrypted-b',
      'private-c',
    );
    expect(results[0]).toEqual({ status: 'fulfilled', value: { ...yes, channelData: user } });
    expect(results[2]).toMatchObject({ status: 'fulfilled', value: { sharedSecret: `${'A'.repeat(43)}=` } });
    expect(results.map((result) => result.status === 'rejected' && result.reason.retryable)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(results[1]).toMatchObject({ reason: { message: expect.stringContaining('user_id') } });
  });

  it('are taken by their own names, whatever these are', async () => {
    answers(text('{"channels":{"__proto__":{"auth":"key:0a"},"private-a":{"auth":"key:0b"}}}'));
    const results = await batches().askAll('__proto__', 'constructor', 'private-a');
    expect(results[0]).toEqual({ status: 'fulfilled', value: { auth: 'key:0a' } });
    expect(results[1]).toMatchObject({ status: 'rejected', reason: { retryable: true } });
    expect(results[2]).toEqual({ status: 'fulfilled', value: { auth: 'key:0b' } });
  });
});

describe('a channel that fails', () => {
  it('fails alone: final, for now, or until another token', async () => {
    answers(
      json({
        channels: {
          'private-a': yes,
          'private-b': { status: 403, error: `Not your class (${secretToken})` },
          'private-c': { status: 503, error: 'Busy' },
          'private-d': { status: 401 },
          'private-e': 'yes',
        },
      }),
    );
    const [a, b, c, d, e, f] = await batches().askAll(
      'private-a',
      'private-b',
      'private-c',
      'private-d',
      'private-e',
      'private-f',
    );
    expect(a?.status).toBe('fulfilled');
    expect(b).toMatchObject({ reason: { status: 403, retryable: false, channel: 'private-b' } });
    const reason = b?.status === 'rejected' ? b.reason : undefined;
    const error = await failure(Promise.reject(reason));
    expect(error.message).toContain('Not your class ([token])');
    expect(c).toMatchObject({ reason: { status: 503, retryable: true } });
    expect(d).toMatchObject({ reason: { status: 401, retryable: false } });
    expect(e).toMatchObject({ reason: { retryable: true } });
    expect(f).toMatchObject({ reason: { retryable: true, channel: 'private-f' } });
  });

  it('leaves the request when nobody waits for it, and the request ends with the last', async () => {
    let ended = false;
    const hangs = deferred<Response>();
    answers(() => hangs.promise);
    const { clock, outside, endpoint } = surroundings();
    const authorizer = new BatchAuthorizer(
      { ...endpoint, window: 15 },
      {
        ...outside,
        fetch: (url, init) => {
          init.signal?.addEventListener('abort', () => {
            ended = true;
          });
          return fetch(url, init);
        },
        single: { authorize: async () => yes },
        onUnsupported: () => {},
      },
    );
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
    const asked = [first, second, third].map(({ signal }, id) =>
      authorizer.authorize({ socketId: '1.1', channel: `private-${id}` }, signal),
    );
    const ends = asked.map(failure);
    third.abort();
    expect((await ends[2])?.code).toBe('aborted');
    await clock.advance(15);
    await arrive(clock, () => seen.length === 1);
    expect(JSON.parse(seen[0]?.text ?? '').channel_names).toEqual(['private-0', 'private-1']);
    first.abort();
    expect((await ends[0])?.code).toBe('aborted');
    expect(ended).toBe(false);
    second.abort();
    expect((await ends[1])?.code).toBe('aborted');
    await clock.settle();
    expect(ended).toBe(true);
    hangs.resolve(Response.json({}));
    expect(clock.waiting).toBe(0);
  });

  it('leaves no timer when everybody has left before the request', async () => {
    const { clock, ask } = batches();
    const leaving = new AbortController();
    const left = failure(ask('private-a', { signal: leaving.signal }));
    leaving.abort();
    await left;
    expect(clock.waiting).toBe(0);
  });
});

describe('a request that fails', () => {
  it('is asked once more with a new token after a 401', async () => {
    answers(json({ detail: 'expired' }, { status: 401 }), grant('private-a', 'private-b'));
    const { askAll, refused } = batches();
    const results = await askAll('private-a', 'private-b');
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(refused).toEqual([secretToken]);
    expect(seen).toHaveLength(2);
  });

  it('refuses every channel until another token when the new one is refused, too', async () => {
    answers(json({}, { status: 401 }));
    const { askAll, singles } = batches();
    for (const result of await askAll('private-a', 'private-b')) {
      expect(result).toMatchObject({ reason: { status: 401, retryable: false } });
    }
    expect(singles).toEqual([]);
  });

  it('is tried again later after 5xx, a limit, a web page or no answer', async () => {
    const cases: [() => Response, number | undefined][] = [
      [json({}, { status: 503, headers: { 'Retry-After': '7' } }), 7_000],
      [json({}, { status: 429 }), undefined],
      [text('<html>Sign in</html>'), undefined],
      [text('null'), undefined],
      [() => Response.error(), undefined],
    ];
    for (const [answer, retryAfter] of cases) {
      const { askAll, singles } = batches();
      answers(answer);
      for (const result of await askAll('private-a', 'private-b')) {
        expect(result).toMatchObject({ status: 'rejected', reason: { retryable: true } });
        expect(result.status === 'rejected' && result.reason.retryAfter).toBe(retryAfter);
      }
      expect(singles).toEqual([]);
    }
  });

  it.each([400, 403, 404, 405, 415, 422])(
    'goes on one by one, from then on, when the endpoint answers %i to a batch',
    async (status) => {
      answers(json({ detail: 'channel_name is missing' }, { status }));
      const { ask, askAll, singles, warnings } = batches();
      const results = await askAll('private-a', 'private-b');
      expect(results.map(({ status: settled }) => settled)).toEqual(['fulfilled', 'fulfilled']);
      await Promise.all([ask('private-c'), ask('private-d')]);
      expect(singles).toEqual(['private-a', 'private-b', 'private-c', 'private-d']);
      expect(seen).toHaveLength(1);
      expect(warnings).toEqual([`answered ${status} ("channel_name is missing")`]);
    },
  );

  it('goes on one by one when the endpoint signs a batch as if it were one channel', async () => {
    answers(json(yes));
    const { askAll, singles, warnings } = batches();
    await askAll('private-a', 'private-b');
    expect(singles).toEqual(['private-a', 'private-b']);
    expect(warnings).toEqual(['answered 200']);
  });
});
