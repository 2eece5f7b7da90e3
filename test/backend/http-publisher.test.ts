import { describe, expect, it } from 'vitest';
import { HttpPublisher, type HttpPublisherSettings } from '../../src/backend/http-publisher';
import { AuthenticationError, PublishError, RateLimitError } from '../../src/errors';
import type { Credentials, OutboundMessage } from '../../src/ports';
import { backend, json, surroundings, text } from '../fakes/backend-endpoint';
import { failure, secretToken } from '../fakes/secret-token';

const { seen, answers } = backend();
const patient = new AbortController().signal;
const message: OutboundMessage = {
  id: '3f0c2f1e-7a54-4d2c-9d0e-1f6a6c1b2a33',
  channel: 'private-plugin-7',
  event: 'command',
  data: { run: 'build', secret: 'payload-secret' },
};

function publishing(settings: Partial<HttpPublisherSettings> = {}, credentials?: Partial<Credentials>) {
  const made = surroundings(settings);
  let socketId: string | undefined = '12.34';
  const publisher = new HttpPublisher(
    { excludeSender: false, ...made.endpoint, ...settings },
    {
      ...made.outside,
      credentials: { ...made.outside.credentials, ...credentials },
      socketId: () => socketId,
    },
  );
  return {
    ...made,
    disconnect: () => {
      socketId = undefined;
    },
    publish: (change: Partial<OutboundMessage> = {}, signal: AbortSignal = patient) =>
      publisher.publish({ ...message, ...change }, signal),
  };
}

describe('the request', () => {
  it('holds channel, event, data and id, and the id again as the idempotency key', async () => {
    answers(json({ ok: true }));
    await publishing().publish();
    const [request] = seen;
    expect(JSON.parse(request?.text ?? '')).toEqual({
      channel: message.channel,
      event: message.event,
      data: message.data,
      id: message.id,
    });
    expect(request?.headers.get('content-type')).toBe('application/json');
    expect(request?.headers.get('idempotency-key')).toBe(message.id);
    expect(request?.headers.get('authorization')).toBe(`Bearer ${secretToken}`);
  });

  it('keeps its key when a 401 makes it ask again', async () => {
    answers(text('', { status: 401 }), json({ ok: true }));
    const { publish, refused } = publishing();
    expect(await publish()).toEqual({ level: 'accepted' });
    expect(seen.map(({ headers }) => headers.get('idempotency-key'))).toEqual([message.id, message.id]);
    expect(refused).toEqual([secretToken]);
  });

  it('names our connection when the sender is to be left out, and there is one', async () => {
    answers(json({ ok: true }));
    const { publish, disconnect } = publishing({ excludeSender: true });
    await publish();
    disconnect();
    await publish();
    expect(seen.map((request) => JSON.parse(request.text).socket_id)).toEqual(['12.34', undefined]);
  });

  it("adds the application's parameters, which cannot take the place of ours", async () => {
    answers(json({ ok: true }));
    await publishing({ params: { tenant: 'school', id: 'forged' } }).publish();
    expect(JSON.parse(seen[0]?.text ?? '')).toMatchObject({ tenant: 'school', id: message.id });
  });

  it('sends an empty payload as null', async () => {
    answers(json({ ok: true }));
    await publishing().publish({ data: undefined });
    expect(JSON.parse(seen[0]?.text ?? '').data).toBeNull();
  });

  it('refuses a payload that JSON cannot write, and quotes none of it', async () => {
    const circle: Record<string, unknown> = { secretField: 1 };
    circle['secretField'] = circle;
    for (const data of [circle, { big: 1n }]) {
      const error = await failure(publishing().publish({ data }));
      expect(error).toMatchObject({ name: 'PublishError', retryable: false, channel: message.channel });
      expect(error.message).not.toContain('secretField');
      expect(error.cause).toBeUndefined();
    }
    expect(seen.length).toBe(0);
  });
});

describe('accepted', () => {
  it.each([
    ["the platform's own", json({ ok: true, result: { channels: {}, event_id: 'e1' } }), 'e1'],
    [
      'the envelope',
      json({
        status: 'success',
        data: { channel: 'c', event: 'e', triggered: true, result: { event_id: 'e2' } },
        message: 'done',
      }),
      'e2',
    ],
    ['success with more beside it', json({ success: true, anything: { success: false } }), undefined],
    ['an id at the top', json({ event_id: 'e3' }), 'e3'],
    ['an empty object', json({}), undefined],
    ['an empty 200', text(null, { status: 200 }), undefined],
    ['an empty 201', text('', { status: 201 }), undefined],
    ['an empty 202', text(null, { status: 202 }), undefined],
    ['a 204', text(null, { status: 204 }), undefined],
    ['two letters', text('OK'), undefined],
    [
      'a payload that is echoed and says `ok: false` itself',
      json({ ok: true, data: { ok: false } }),
      undefined,
    ],
  ])('%s', async (_, answer, eventId) => {
    answers(answer);
    expect(await publishing().publish()).toEqual({ level: 'accepted', ...(eventId && { eventId }) });
  });
});

describe('refused', () => {
  it.each([
    [{ ok: false }],
    [{ error: 'quota' }],
    [{ errors: ['quota'] }],
    [{ data: null, errors: { channel: 'quota' } }],
    [{ success: false, message: 'quota' }],
    [{ status: 'error', data: null }],
    [{ triggered: false }],
    [{ status: 'success', data: { triggered: false } }],
    [{ ok: true, result: { triggered: false } }],
  ])('a 2xx whose body says no: %j', async (body) => {
    answers(json(body));
    const error = await failure(publishing().publish());
    expect(error).toBeInstanceOf(PublishError);
    expect(error).toMatchObject({
      retryable: false,
      status: 200,
      channel: message.channel,
      event: 'command',
    });
  });

  it.each([400, 401, 403, 404, 409, 413, 422])('%d is final', async (status) => {
    answers(json({ detail: 'no' }, { status }));
    const error = await failure(publishing().publish());
    // After a 401 signing in again is what helps.
    const name = status === 401 ? 'AuthenticationError' : 'PublishError';
    expect(error).toMatchObject({ name, status, retryable: false });
    expect(error.message).toContain(
      `"command" on "private-plugin-7": the publish endpoint answered ${status} ("no")`,
    );
    expect(error.message).not.toContain('payload-secret');
  });

  it('lets through that the source has given up', async () => {
    const gone = new AuthenticationError('Please sign in.');
    expect(await failure(publishing({}, { token: () => Promise.reject(gone) }).publish())).toBe(gone);
  });
});

describe('tried again', () => {
  it.each([408, 425, 500, 502, 503, 504])('%d', async (status) => {
    answers(text('<html>', { status }));
    const error = await failure(publishing().publish());
    expect(error).toMatchObject({ name: 'PublishError', status, retryable: true });
    expect(error.retryAfter).toBeUndefined();
  });

  it('429 says for how long, in seconds', async () => {
    answers(text('', { status: 429, headers: { 'retry-after': '2' } }));
    const error = await failure(publishing().publish());
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ code: 'rate-limit', retryable: true, retryAfter: 2_000, status: 429 });
  });

  it("or until when, measured by the server's clock, or by ours when it hides its own", async () => {
    const { clock } = publishing();
    // An endpoint each: one that asked for rest is not asked before that is over.
    const publish = (): Promise<unknown> => publishing().publish();
    const date = (ms: number): string => new Date(ms).toUTCString();
    const theirs = clock.now() + 600_000;
    answers(text('', { status: 503, headers: { date: date(theirs), 'retry-after': date(theirs + 5_000) } }));
    expect((await failure(publish())).retryAfter).toBe(5_000);
    answers(text('', { status: 503, headers: { 'retry-after': date(clock.now() + 9_000) } }));
    expect((await failure(publish())).retryAfter).toBe(9_000);
    answers(text('', { status: 503, headers: { 'retry-after': date(clock.now() - 9_000) } }));
    expect((await failure(publish())).retryAfter).toBe(0);
    for (const nonsense of ['soon', '', '-5']) {
      answers(text('', { status: 503, headers: { 'retry-after': nonsense } }));
      expect((await failure(publish())).retryAfter).toBeUndefined();
    }
  });

  it.each([
    ['a page with 200', text('  <!doctype html><title>Log in</title>')],
    ['half an answer', text('{"ok": fal', { headers: { 'content-type': 'application/json' } })],
  ])('%s', async (_, answer) => {
    answers(answer);
    expect(await failure(publishing().publish())).toMatchObject({ retryable: true, status: 200 });
  });

  it('no network', async () => {
    answers(() => Response.error());
    expect(await failure(publishing().publish())).toMatchObject({ name: 'PublishError', retryable: true });
  });

  it('a backend that hangs, after ten seconds', async () => {
    answers(() => new Promise<Response>(() => {}));
    const { publish, clock } = publishing();
    const waiting = failure(publish());
    await clock.advance(10_000);
    expect(await waiting).toMatchObject({ name: 'PublishError', retryable: true });
    expect(clock.waiting).toBe(0);
  });
});

it('lets go when the message is withdrawn', async () => {
  answers(() => new Promise<Response>(() => {}));
  const { publish, clock } = publishing();
  const withdrawal = new AbortController();
  const waiting = failure(publish({}, withdrawal.signal));
  await clock.settle();
  withdrawal.abort();
  expect((await waiting).code).toBe('aborted');
  expect(clock.waiting).toBe(0);
});
