import { describe, expect, it } from 'vitest';
import { BatchPublisher, type BatchPublisherSettings } from '../../src/backend/batch-publisher';
import { HttpPublisher } from '../../src/backend/http-publisher';
import type { OutboundMessage } from '../../src/ports';
import { backend, json, surroundings, text } from '../fakes/backend-endpoint';
import { secretToken } from '../fakes/secret-token';

const { seen, answers } = backend();
const patient = new AbortController().signal;

interface Written {
  readonly batch?: readonly OutboundMessage[];
  readonly id?: string;
}

/** The ids of each request so far; those of a batch as a list. */
const written = () =>
  seen
    .map(({ text: body }) => JSON.parse(body) as Written)
    .map(({ batch, id }) => batch?.map((each) => each.id) ?? id);

/** An answer that takes these, and says the rest as it stands. */
const took = (ids: readonly string[], others: Readonly<Record<string, unknown>> = {}) =>
  json({
    results: { ...Object.fromEntries(ids.map((id) => [id, { ok: true, event_id: `e-${id}` }])), ...others },
  });

/** Batches and single messages to the endpoint of the fixtures. */
function batching(settings: Partial<BatchPublisherSettings> = {}) {
  const { clock, outside, endpoint, refused } = surroundings();
  const warnings: string[] = [];
  const all = { ...endpoint, excludeSender: false, messages: 10, bytes: 81_920, ...settings };
  const around = { ...outside, socketId: () => '12.34' };
  const publisher = new BatchPublisher(all, {
    ...around,
    single: new HttpPublisher(all, around),
    onUnsupported: (words) => warnings.push(words),
  });
  /** What became of messages with these ids; `a1` is for the channel `a`. */
  const publishAll = async (
    ids: readonly string[],
    { signals = {}, data = {} as unknown }: { signals?: Record<string, AbortSignal>; data?: unknown } = {},
  ) => {
    const ends = new Map<string, string>();
    const order: string[] = [];
    const all = ids.map(async (id) => {
      const message = { id, channel: id.slice(0, 1), event: 'said', data };
      const end = await publisher.publish(message, signals[id] ?? patient).then(
        ({ level, eventId }) => [level, eventId].filter(Boolean).join(' '),
        ({ code, status, retryable }) => [code, status, retryable && 'again'].filter(Boolean).join(' '),
      );
      order.push(id);
      ends.set(id, end);
    });
    let settled = false;
    void Promise.all(all).then(() => {
      settled = true;
    });
    await clock.advance(10);
    for (let turn = 0; turn < 500 && !settled; turn += 1) await clock.settle();
    expect(settled).toBe(true);
    return ids.map((id) => ends.get(id));
  };
  return { clock, publisher, publishAll, warnings, refused };
}

describe('messages that are due together', () => {
  it('go in one request, as each would alone, in the order of publishing', async () => {
    answers(took(['a1', 'b1', 'a2']));
    const { publishAll, clock } = batching({ excludeSender: true });
    expect(await publishAll(['a1', 'b1', 'a2'])).toEqual(['accepted e-a1', 'accepted e-b1', 'accepted e-a2']);
    expect(JSON.parse(seen[0]?.text ?? '')).toEqual({
      batch: ['a1', 'b1', 'a2'].map((id) => ({
        channel: id.slice(0, 1),
        event: 'said',
        data: {},
        id,
        socket_id: '12.34',
      })),
    });
    expect(seen[0]?.headers.get('authorization')).toBe(`Bearer ${secretToken}`);
    expect(seen[0]?.headers.get('idempotency-key')).toBeNull();
    expect(clock.waiting).toBe(0);
  });

  it('are ten in a request at most, and those that are full do not wait', async () => {
    const ids = Array.from('0123456789AB', (letter) => `a${letter}`);
    answers(took(ids));
    const { publishAll } = batching();
    await publishAll(ids);
    expect(written()).toEqual([ids.slice(0, 10), ids.slice(10)]);
  });

  it('are as many as the bytes allow: eight of 10 kB', async () => {
    const ids = Array.from('0123456789', (letter) => `a${letter}`);
    answers(took(ids));
    const { publishAll } = batching();
    await publishAll(ids, { data: 'x'.repeat(10_238) });
    expect(written()).toEqual([ids.slice(0, 8), ids.slice(8)]);
  });

  it('is a request as ever when it is only one', async () => {
    answers(json({ ok: true }));
    const { publishAll } = batching();
    expect(await publishAll(['a1'])).toEqual(['accepted']);
    expect(written()).toEqual(['a1']);
    expect(seen[0]?.headers.get('idempotency-key')).toBe('a1');
  });

  it('are sent without those that were withdrawn meanwhile, and not at all without any', async () => {
    answers(took(['a1', 'a3']));
    const gone = AbortSignal.abort();
    const { publishAll, clock } = batching();
    expect(await publishAll(['a1', 'a2', 'a3'], { signals: { a2: gone } })).toEqual([
      'accepted e-a1',
      'aborted',
      'accepted e-a3',
    ]);
    expect(await publishAll(['b1', 'b2'], { signals: { b1: gone, b2: gone } })).toEqual([
      'aborted',
      'aborted',
    ]);
    expect(written()).toEqual([['a1', 'a3']]);
    expect(clock.waiting).toBe(0);
  });
});

describe('the answer', () => {
  it('is each message its own: taken, refused with the reason, to be tried again, not known', async () => {
    answers(
      took(['a1'], {
        b1: { status: 403, error: 'not your class' },
        c1: { ok: false, error: 'full' },
        d1: { status: 503 },
        e1: 'yes',
        g1: { status: 'success', data: { triggered: true, result: { event_id: 'old' } } },
        h1: { status: 200, triggered: false },
        i1: { status: 0 },
        j1: { status: 1e9, ok: true },
        k1: ['ok'],
      }),
    );
    const { publishAll } = batching();
    expect(await publishAll(['a1', 'b1', 'c1', 'd1', 'e1', 'f1', 'g1', 'h1', 'i1', 'j1'])).toEqual([
      'accepted e-a1',
      'publish 403',
      'publish 200',
      'publish 503 again',
      'publish 200 again',
      'publish 200 again',
      'accepted old',
      'publish 200',
      // No status of HTTP says nothing, and neither yes nor no.
      'publish 200 again',
      'publish 200 again',
    ]);
    expect(await publishAll(['k1', 'a1'])).toEqual(['publish 200 again', 'accepted e-a1']);
  });

  it.each([
    ['data', { status: 'success', data: { results: { a1: { ok: true }, b1: { ok: true } } } }],
    ['result', { ok: true, result: { results: { a1: {}, b1: { triggered: true } } } }],
  ])('may be wrapped in `%s`, as old backends do', async (_, body) => {
    answers(json(body));
    const { publishAll } = batching();
    expect(await publishAll(['a1', 'b1'])).toEqual(['accepted', 'accepted']);
  });

  it('knows no message by what every object has', async () => {
    answers(json({ results: { a1: { ok: true } } }));
    const { publisher, clock } = batching();
    const asked = Promise.allSettled(
      ['a1', 'constructor', '__proto__'].map((id) =>
        publisher.publish({ id, channel: id, event: 'e', data: 1 }, patient),
      ),
    );
    await clock.advance(10);
    expect((await asked).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  it.each([
    ['429', text('', { status: 429, headers: { 'retry-after': '2' } }), 'rate-limit 429 again'],
    ['503 with Retry-After', text('', { status: 503, headers: { 'retry-after': '2' } }), 'publish 503 again'],
    ['nobody', () => Response.error(), 'publish again'],
    ['half an answer', text('{ "results": {'), 'publish 200 again'],
    ["a proxy's page", text('<html>'), 'publish 200 again'],
  ])('by %s is an answer to all, and to no endpoint that knows no batches', async (_, answer, end) => {
    answers(answer);
    const { publishAll, warnings } = batching();
    expect(await publishAll(['a1', 'b1'])).toEqual([end, end]);
    expect(warnings).toEqual([]);
    expect(seen).toHaveLength(1);
  });

  it('401 renews the token once; a second one means that the user has to sign in', async () => {
    answers(text('', { status: 401 }));
    const { publishAll, refused } = batching();
    expect(await publishAll(['a1', 'b1'])).toEqual(['authentication 401', 'authentication 401']);
    expect(refused).toEqual([secretToken]);
    expect(seen).toHaveLength(2);
  });

  it('413 makes batches smaller from then on, and refuses nobody', async () => {
    answers(text('', { status: 413 }), json({ ok: true }), json({ ok: true }), took(['a3', 'a4']));
    const { publishAll, warnings } = batching();
    const data = 'x'.repeat(98);
    expect(await publishAll(['a1', 'a2'], { data })).toEqual(['accepted', 'accepted']);
    expect(await publishAll(['a3', 'a4'], { data: 'x'.repeat(40) })).toEqual([
      'accepted e-a3',
      'accepted e-a4',
    ]);
    await publishAll(['a5', 'a6'], { data });
    expect(written()).toEqual([['a1', 'a2'], 'a1', 'a2', ['a3', 'a4'], 'a5', 'a6']);
    expect(warnings).toEqual([]);
  });

  it('a no to a batch by an endpoint that knows them is looked into, message by message', async () => {
    answers(took(['a1', 'b1']), text('', { status: 422 }), text('', { status: 422 }), json({ ok: true }));
    const { publishAll } = batching();
    await publishAll(['a1', 'b1']);
    expect((await publishAll(['a2', 'b2'])).sort()).toEqual(['accepted', 'publish 422']);
    answers(took(['a3', 'b3']));
    await publishAll(['a3', 'b3']);
    expect(written().at(-1)).toEqual(['a3', 'b3']);
  });
});

describe('an endpoint that knows no batches', () => {
  it.each([
    ['refuses it', text('', { status: 422 })],
    ['refuses it in a 200', json({ ok: false, error: 'channel is missing' })],
    ['says yes to something else', json({ ok: true })],
    ['has nothing to say', text(null, { status: 204 })],
  ])('which %s gets one message at a time from then on, told once', async (_, answer) => {
    answers(answer, json({ ok: true }));
    const { publishAll, warnings } = batching();
    expect(await publishAll(['a1', 'a2', 'b1'])).toEqual(['accepted', 'accepted', 'accepted']);
    expect(await publishAll(['a3', 'b2'])).toEqual(['accepted', 'accepted']);
    expect(written().filter(Array.isArray)).toEqual([['a1', 'a2', 'b1']]);
    expect(written().filter((each) => String(each).startsWith('a'))).toEqual([
      ['a1', 'a2', 'b1'],
      'a1',
      'a2',
      'a3',
    ]);
    expect(warnings).toHaveLength(1);
  });

  it('and breaks at each of them is found out by a message alone after each of two', async () => {
    answers(text('', { status: 500 }), json({ ok: true }), text('', { status: 500 }), json({ ok: true }));
    const { publishAll, warnings } = batching();
    expect(await publishAll(['a1', 'b1', 'c1', 'd1'])).toEqual(Array(4).fill('accepted'));
    expect(written()).toEqual([['a1', 'b1', 'c1', 'd1'], 'a1', ['b1', 'c1', 'd1'], 'b1', 'c1', 'd1']);
    expect(warnings).toHaveLength(1);
    await publishAll(['a2', 'b2']);
    expect(written().slice(6)).toEqual(['a2', 'b2']);
  });

  it('is not what an outage shows that ends between a batch and a message alone', async () => {
    answers(text('', { status: 502 }), json({ ok: true }), took(['b1', 'c1', 'a2', 'b2']));
    const { publishAll, warnings } = batching();
    expect(await publishAll(['a1', 'b1', 'c1'])).toEqual(['accepted', 'accepted e-b1', 'accepted e-c1']);
    await publishAll(['a2', 'b2']);
    expect(written().slice(2)).toEqual([
      ['b1', 'c1'],
      ['a2', 'b2'],
    ]);
    expect(warnings).toEqual([]);
  });

  it('is not assumed where everything breaks', async () => {
    answers(text('', { status: 500 }));
    const { publishAll, warnings } = batching();
    expect(await publishAll(['a1', 'b1', 'c1'])).toEqual(Array(3).fill('publish 500 again'));
    expect(written()).toEqual([['a1', 'b1', 'c1'], 'a1']);
    expect(warnings).toEqual([]);
  });

  it('gets nothing of a channel behind a message that is to be tried again', async () => {
    answers(text('', { status: 422 }), text('', { status: 503 }));
    const { publishAll } = batching();
    expect(await publishAll(['a1', 'a2', 'a3'])).toEqual([
      'publish 503 again',
      'publish again',
      'publish again',
    ]);
    expect(written()).toEqual([['a1', 'a2', 'a3'], 'a1']);
  });
});

it('what took too long alone, and is offered again, is not overtaken by the next of its channel', async () => {
  const late = new AbortController();
  answers(text('', { status: 413 }), () => {
    late.abort();
    return new Promise<Response>(() => {});
  });
  const { publishAll } = batching();
  expect(await publishAll(['a1', 'a2'], { signals: { a1: late.signal } })).toEqual([
    'aborted',
    'publish again',
  ]);
  expect(written()).toEqual([['a1', 'a2'], 'a1']);
});
