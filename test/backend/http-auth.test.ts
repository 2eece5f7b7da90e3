import { describe, expect, it } from 'vitest';
import { HttpAuthorizer, type HttpAuthorizerSettings } from '../../src/backend/http-auth';
import { AuthenticationError, SubscriptionError } from '../../src/errors';
import type { Credentials } from '../../src/ports';
import { aborted } from '../../src/support/deadline';
import { address, backend, json, surroundings, text } from '../fakes/backend-endpoint';
import { failure, secretToken } from '../fakes/secret-token';

const { seen, answers } = backend();
const patient = new AbortController().signal;
const auth = 'app-key:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4';
const channelData = JSON.stringify({ user_id: 'u1', user_info: { name: 'Ada' } });
const sharedSecret = Buffer.alloc(32, 7).toString('base64');

function authorizing(
  settings: Partial<HttpAuthorizerSettings> = {},
  credentials?: Partial<Credentials>,
  fetchAs?: typeof fetch,
) {
  const made = surroundings(settings);
  const outside = {
    ...made.outside,
    credentials: { ...made.outside.credentials, ...credentials },
    ...(fetchAs === undefined ? {} : { fetch: fetchAs }),
  };
  const authorizer = new HttpAuthorizer({ format: 'form', ...made.endpoint, ...settings }, outside);
  const ask = (channel = 'private-class-7', signal: AbortSignal = patient) =>
    authorizer.authorize({ socketId: '123.456', channel }, signal);
  return { ...made, ask };
}

describe('the request', () => {
  it('is a form with socket_id and channel_name, and carries the token in its header only', async () => {
    answers(json({ auth }));
    const { ask } = authorizing();
    expect(await ask('private-user-a=b@c,d;e.f')).toEqual({ auth });
    const [request] = seen;
    expect(request?.headers.get('content-type')).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(request?.text))).toEqual({
      socket_id: '123.456',
      channel_name: 'private-user-a=b@c,d;e.f',
    });
    expect(request?.headers.get('authorization')).toBe(`Bearer ${secretToken}`);
    expect(request?.url + (request?.text ?? '')).not.toContain(secretToken);
  });

  it('is JSON by option, with extra headers and parameters, asked for anew each time', async () => {
    answers(json({ auth }));
    let csrf = 0;
    const { ask } = authorizing({
      format: 'json',
      headers: async () => ({ 'X-CSRF-Token': `csrf-${++csrf}` }),
      params: () => ({ tenant: 'school', channel_name: 'not this one' }),
    });
    await ask();
    await ask();
    expect(JSON.parse(seen[0]?.text ?? '')).toEqual({
      socket_id: '123.456',
      channel_name: 'private-class-7',
      tenant: 'school',
    });
    expect(seen.map(({ headers }) => headers.get('x-csrf-token'))).toEqual(['csrf-1', 'csrf-2']);
  });

  it('takes cookies along by option, and is never redirected', async () => {
    let init: RequestInit | undefined;
    const { ask } = authorizing({ credentials: 'include' }, {}, ((_: unknown, given?: RequestInit) => {
      init = given;
      return Promise.resolve(Response.json({ auth }));
    }) as typeof fetch);
    await ask();
    expect(init).toMatchObject({ method: 'POST', credentials: 'include', redirect: 'manual' });
  });

  it('goes without a header when there is no token', async () => {
    answers(json({ auth }));
    await authorizing({}, { token: async () => undefined }).ask();
    expect(seen[0]?.headers.has('authorization')).toBe(false);
  });

  it('calls fetch without a `this`, as browsers demand', async () => {
    let self: unknown = 'not called';
    const { ask } = authorizing({}, {}, function (this: unknown) {
      self = this;
      return Promise.resolve(Response.json({ auth }));
    } as typeof fetch);
    await ask();
    expect(self).toBeUndefined();
  });
});

describe('answers that we take', () => {
  it('takes any 2xx with the right JSON', async () => {
    answers(json({ auth, channel_data: null, extra: 1 }, { status: 201 }));
    expect(await authorizing().ask()).toEqual({ auth });
  });

  it('hands on who we are and the key of an encrypted channel', async () => {
    answers(json({ auth, channel_data: channelData }));
    expect(await authorizing().ask('presence-classroom-1')).toEqual({ auth, channelData });
    answers(json({ auth, shared_secret: sharedSecret }));
    expect(await authorizing().ask('private-encrypted-exam')).toEqual({ auth, sharedSecret });
  });
});

describe('answers that we refuse', () => {
  it.each([
    ['a login page with 200', text('<!doctype html><p>Log in</p>'), true],
    ['nothing', text(null, { status: 204 }), true],
    ['a list', json([auth]), true],
    ['no signature', json({ ok: true }), true],
    ['a signature without a key', json({ auth: 'deadbeef' }), true],
    ['a signature that is not hex', json({ auth: 'key:xyz' }), true],
  ])('%s', async (_, answer, retryable) => {
    answers(answer);
    const error = await failure(authorizing().ask());
    expect(error).toBeInstanceOf(SubscriptionError);
    expect(error).toMatchObject({ retryable, channel: 'private-class-7' });
    expect(error.message).toContain('{ "auth":');
  });

  it.each([
    ['presence-a', { auth }, 'user_id'],
    ['presence-a', { auth, channel_data: '{"user_info":{}}' }, 'user_id'],
    ['presence-a', { auth, channel_data: { user_id: 1 } }, 'not a string'],
    ['presence-cache-a', { auth, channel_data: 'user' }, 'user_id'],
    ['private-encrypted-a', { auth }, 'shared_secret'],
    ['private-encrypted-cache-a', { auth, shared_secret: 'short' }, '32 bytes'],
    ['private-encrypted-a', { auth, shared_secret: 5 }, 'not a string'],
  ])('says what an answer for %s lacks, and does not ask again: %j', async (channel, body, words) => {
    answers(json(body));
    const error = await failure(authorizing().ask(channel));
    expect(error).toMatchObject({ name: 'SubscriptionError', retryable: false, status: 200, channel });
    expect(error.message).toContain(words);
  });

  it.each([400, 403, 404, 413, 422])('%d is final', async (status) => {
    answers(json({ detail: 'not your class' }, { status }));
    const error = await failure(authorizing().ask());
    expect(error).toMatchObject({ name: 'SubscriptionError', status, retryable: false });
    expect(error.message).toContain(`answered ${status} ("not your class")`);
  });

  it.each([408, 425, 429, 500, 502, 503, 504])(
    '%d is asked again, when the server wishes',
    async (status) => {
      answers(text('<html>busy</html>', { status, headers: { 'retry-after': '7' } }));
      const error = await failure(authorizing().ask());
      expect(error).toMatchObject({ name: 'SubscriptionError', status, retryable: true, retryAfter: 7_000 });
    },
  );

  it('a redirect, because token and body would go along', async () => {
    answers(text(null, { status: 307, headers: { location: 'https://elsewhere.test/' } }));
    const error = await failure(authorizing().ask());
    expect(error).toMatchObject({ status: 307, retryable: false });
    expect(error.message).toContain('redirect');
    expect(seen.length).toBe(1);
  });

  it('quotes no more of an answer than its own explanation, without tokens and inputs', async () => {
    const detail = [{ loc: ['body'], msg: 'field required', input: { answer: 'private payload' } }];
    answers(json({ detail }, { status: 422 }));
    const { message } = await failure(authorizing().ask());
    expect(message).toContain('field required');
    expect(message).not.toContain('private payload');
    answers(
      json({ error: { message: `token ${secretToken} has no access ${'!'.repeat(500)}` } }, { status: 403 }),
    );
    const long = await failure(authorizing().ask());
    expect(long.message).toContain('token [token] has no access');
    expect(long.message.length).toBeLessThan(400);
    answers(json({ detail: 'unknown session opaque-5ecret' }, { status: 403 }));
    const opaque = authorizing({}, { token: async () => 'opaque-5ecret' });
    expect((await failure(opaque.ask())).message).toContain('"unknown session [token]"');
    answers(json({ message: 'bad eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.abc' }, { status: 403 }));
    expect((await failure(authorizing().ask())).message).toContain('"bad [token]"');
  });
});

describe('401', () => {
  it('renews the token once and asks again', async () => {
    answers(json({ detail: 'expired' }, { status: 401 }), json({ auth }));
    const { ask, refused } = authorizing();
    expect(await ask()).toEqual({ auth });
    expect(refused).toEqual([secretToken]);
    expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      `Bearer ${secretToken}`,
      `Bearer ${secretToken}-renewed`,
    ]);
  });

  it('is final for this token when the new one does not help either', async () => {
    answers(json({ detail: 'expired' }, { status: 401 }));
    const { ask, refused } = authorizing();
    expect(await failure(ask())).toMatchObject({ status: 401, retryable: false });
    expect(refused.length).toBe(1);
    expect(seen.length).toBe(2);
  });

  it('asks no second time when there is no other token', async () => {
    answers(text('', { status: 401 }));
    for (const renewed of [secretToken, undefined]) {
      expect(await failure(authorizing({}, { renew: async () => renewed }).ask())).toMatchObject({
        status: 401,
      });
    }
    expect(seen.length).toBe(2);
  });

  it('says so when the source has given up', async () => {
    const gone = new AuthenticationError('Please sign in.');
    const error = await failure(authorizing({}, { token: () => Promise.reject(gone) }).ask());
    expect(error).toMatchObject({ name: 'SubscriptionError', retryable: false, cause: gone });
    expect(error.message).toContain('Please sign in.');
    expect(seen.length).toBe(0);
  });
});

it('is a refusal, not silence, when somebody signs out meanwhile', async () => {
  const error = await failure(authorizing({}, { token: () => Promise.reject(aborted('Signed out.')) }).ask());
  expect(error).toMatchObject({ name: 'SubscriptionError', retryable: false });
  expect(error.message).toContain('Signed out.');
});

describe('when nobody answers', () => {
  it('gives up after ten seconds and lets go of the request', async () => {
    let asked: AbortSignal | null | undefined;
    const { ask, clock } = authorizing({}, {}, ((_: unknown, init?: RequestInit) => {
      asked = init?.signal;
      return new Promise<Response>(() => {});
    }) as typeof fetch);
    const waiting = failure(ask());
    await clock.advance(9_999);
    expect(asked?.aborted).toBe(false);
    await clock.advance(1);
    const error = await waiting;
    expect(error).toMatchObject({ name: 'SubscriptionError', retryable: true });
    expect(error.message).toContain('did not answer within 10000 ms');
    expect(asked?.aborted).toBe(true);
    expect(clock.waiting).toBe(0);
  });

  it('also when only the body never ends', async () => {
    const { ask, clock } = authorizing(
      {},
      {},
      (async () =>
        new Response(
          new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array([123])) }),
        )) as typeof fetch,
    );
    const waiting = failure(ask());
    await clock.advance(10_000);
    expect((await waiting).message).toContain('did not answer');
  });

  it('tries again after a network failure', async () => {
    answers(() => Response.error());
    const { ask, clock } = authorizing();
    const error = await failure(ask());
    expect(error).toMatchObject({ name: 'SubscriptionError', retryable: true });
    expect(error.status).toBeUndefined();
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(clock.waiting).toBe(0);
  });

  it('leaves at once when nobody wants the channel any more', async () => {
    const { ask, clock } = authorizing({}, {}, (() => new Promise<Response>(() => {})) as typeof fetch);
    const leaving = new AbortController();
    const waiting = failure(ask('private-a', leaving.signal));
    await clock.settle();
    leaving.abort();
    expect(await waiting).toMatchObject({ name: 'AbortError', code: 'aborted' });
    expect(clock.waiting).toBe(0);
    const token = (signal: AbortSignal): Promise<string> =>
      signal.aborted ? Promise.reject(aborted()) : Promise.resolve('t');
    expect(await failure(authorizing({}, { token }).ask('private-a', leaving.signal))).toMatchObject({
      code: 'aborted',
    });
  });
});

describe('mistakes in the configuration', () => {
  it('names an address that cannot work here', async () => {
    const error = await failure(authorizing({ endpoint: '/pusher/auth' }).ask());
    expect(error).toMatchObject({ retryable: false, cause: { name: 'ConfigurationError' } });
    expect(error.message).toContain('"/pusher/auth" is a relative URL');
  });

  it('names a header that cannot be written, without its value', async () => {
    const error = await failure(authorizing({ headers: { 'x-custom': 'secret\nvalue' } }).ask());
    expect(error.message).toContain('"x-custom"');
    expect(error.message).not.toContain('secret');
  });

  it('shows nothing of a token that no header can carry', async () => {
    const error = await failure(authorizing({}, { token: async () => `${secretToken}\nx` }).ask());
    expect(error).toMatchObject({ retryable: false });
    expect(error.message).toContain('The token has characters');
  });

  it('tries again when the function for the headers throws: it may have lacked the network', async () => {
    const lost = new Error('csrf endpoint down');
    const error = await failure(authorizing({ headers: () => Promise.reject(lost) }).ask());
    expect(error).toMatchObject({ retryable: true, cause: lost });
  });
});

describe('deprecation', () => {
  it('is reported once per endpoint, whatever the answer was', async () => {
    answers(
      json(
        {},
        {
          status: 503,
          headers: {
            deprecation: '@1735689600',
            sunset: 'Sun, 01 Jun 2025 00:00:00 GMT',
            link: '</other>; rel="next", </docs/move>; rel="deprecation"; type="text/html"',
          },
        },
      ),
    );
    const { ask, notices } = authorizing();
    await failure(ask());
    await failure(ask());
    expect(notices).toEqual([
      {
        endpoint: address,
        since: 1_735_689_600_000,
        sunset: Date.UTC(2025, 5, 1),
        daysLeft: expect.any(Number),
        link: '/docs/move',
      },
    ]);
  });

  it('understands the older forms, and silence', async () => {
    answers(json({ auth }, { headers: { deprecation: 'true', sunset: '2025-06-01' } }));
    const old = authorizing();
    await old.ask();
    expect(old.notices).toMatchObject([{ endpoint: address, sunset: Date.UTC(2025, 5, 1) }]);
    answers(json({ auth }, { headers: { link: '</style.css>; rel=preload' } }));
    const silent = authorizing();
    await silent.ask();
    expect(silent.notices).toEqual([]);
  });
});
