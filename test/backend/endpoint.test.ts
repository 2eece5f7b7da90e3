import { describe, expect, it, vi } from 'vitest';
import { BackendEndpoint, type EndpointRequest, type EndpointSettings } from '../../src/backend/endpoint';
import type { Credentials } from '../../src/ports';
import { address, surroundings } from '../fakes/backend-endpoint';
import { cpuTime } from '../setup/cpu-time';

const patient = new AbortController().signal;
const request: EndpointRequest = { fields: { n: 1 }, format: 'json' };
const noToken: Credentials = { token: async () => undefined, renew: async () => undefined };

type Answer = (init: RequestInit, times: number) => Response | Promise<Response>;

/** An endpoint whose every request is answered by `answer`; what was sent is in `sent`. */
function asking(answer: Answer, settings: Partial<EndpointSettings> = {}, credentials?: Credentials) {
  const { clock, outside, endpoint, lost, reported } = surroundings(settings);
  const sent: RequestInit[] = [];
  const made = new BackendEndpoint(endpoint, {
    ...outside,
    ...(credentials && { credentials }),
    fetch: async (_, init) => {
      sent.push(init);
      return answer(init, sent.length);
    },
  });
  return { clock, lost, reported, sent, ask: () => made.ask(request, patient) };
}

const tooMuch = (headers: Record<string, string> = {}): Response =>
  new Response('', { status: 429, headers });
const never = (): Promise<Response> => new Promise(() => {});

describe('an endpoint that is asked too much', () => {
  it('gets no request from anybody before the time that it named', async () => {
    const { ask, clock, sent } = asking((_, times) =>
      times === 1 ? tooMuch({ 'retry-after': '2' }) : Response.json({}),
    );
    expect(await ask()).toMatchObject({ verdict: 'later', status: 429 });
    const others = Promise.all([ask(), ask(), ask()]);
    await clock.advance(1_900);
    expect(sent).toHaveLength(1);
    await clock.advance(3_000);
    expect((await others).map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted', 'accepted']);
  });

  it('is not asked at once although it says `Retry-After: 0`', async () => {
    const { ask, clock, sent } = asking(() => tooMuch({ 'retry-after': '0' }));
    const asked = (async () => {
      for (let times = 0; times < 5; times++) await ask();
    })();
    await clock.advance(3_000);
    expect(sent.length).toBeLessThan(5);
    await clock.advance(60_000);
    await asked;
  });

  it('does not keep whoever would have to wait long: they are told, and no request is made', async () => {
    const { ask, clock, sent } = asking(() => tooMuch({ 'retry-after': '86400' }));
    await ask();
    const told = await ask();
    expect(told).toMatchObject({ verdict: 'later' });
    expect(told.retryAfter).toBeLessThanOrEqual(450_000);
    expect(sent).toHaveLength(1);
    await clock.advance(500_000);
    void ask();
    await clock.advance(10);
    expect(sent).toHaveLength(2);
  });

  it.each([-3_600_000, -240_000, -20_000, 3_600_000])(
    'is asked when its time has come, and not before, although the clock was set by %i ms meanwhile',
    async (milliseconds) => {
      const { ask, clock, sent } = asking((_, times) =>
        times === 1 ? tooMuch({ 'retry-after': '2' }) : Response.json({}),
      );
      await ask();
      clock.jump(milliseconds);
      const asked = ask();
      await clock.advance(1_900);
      expect(sent).toHaveLength(1);
      await clock.advance(3_000);
      expect(sent).toHaveLength(2);
      expect((await asked).verdict).toBe('accepted');
    },
  );
});

describe('an answer that does not end', () => {
  it('is read up to a bound, and hung up on', async () => {
    let cancelled = false;
    let written = 0;
    const { ask } = asking(
      () =>
        new Response(
          new ReadableStream({
            pull: (controller) => {
              written += 65_536;
              controller.enqueue(new Uint8Array(65_536).fill(120));
            },
            cancel: () => {
              cancelled = true;
            },
          }),
        ),
    );
    expect(await ask()).toMatchObject({ verdict: 'later', words: expect.stringContaining('1024 KiB') });
    expect(cancelled).toBe(true);
    expect(written).toBeLessThan(3 * 1024 * 1024);
  });

  it('in pieces without content does not hold up everything else', async () => {
    let pieces = 0;
    const endless = {
      pull: (controller: ReadableStreamDefaultController<Uint8Array>): void => {
        pieces += 1;
        if (pieces < 2_000_000) controller.enqueue(new Uint8Array(0));
        else controller.close();
      },
    };
    const { ask } = asking(() => new Response(new ReadableStream(endless)));
    expect(await ask()).toMatchObject({ verdict: 'later', words: expect.stringContaining('1024 KiB') });
  });

  it('is hung up on when its time is up, also where `fetch` does not look at the signal', async () => {
    let cancelled = false;
    const slow = {
      start: (controller: ReadableStreamDefaultController<Uint8Array>): void =>
        controller.enqueue(new Uint8Array(1)),
      cancel: (): void => {
        cancelled = true;
      },
    };
    const { ask, clock } = asking(() => new Response(new ReadableStream(slow)));
    const asked = ask();
    await clock.advance(10_000);
    expect((await asked).verdict).toBe('later');
    expect(cancelled).toBe(true);
  });

  it('is not begun where it says how long it will be', async () => {
    const { ask } = asking(
      () => new Response('short', { headers: { 'content-length': String(10 * 1024 * 1024) } }),
    );
    expect(await ask()).toMatchObject({ verdict: 'later', words: expect.stringContaining('1024 KiB') });
  });

  it('is cut off where the platform cannot read bit by bit', async () => {
    const headers = new Headers();
    const plain = { status: 200, headers, text: async () => 'x'.repeat(2 * 1024 * 1024) };
    const { ask } = asking(() => plain as unknown as Response);
    expect(await ask()).toMatchObject({ verdict: 'later' });
  });
});

describe('the words of a stranger', () => {
  it.each<[string, string]>([
    ['words', `${'a'.repeat(200_000)}!`],
    ['dots', '.'.repeat(200_000)],
    ['almost tokens', 'aaaaaaaa.'.repeat(25_000)],
    ['white space', ' '.repeat(200_000)],
    ['brackets', '<'.repeat(200_000)],
  ])('take no time however many they are: %s', async (_, error) => {
    const { ask } = asking(() => Response.json({ error }, { status: 400 }));
    let words = '';
    const took = await cpuTime(async () => {
      ({ words } = await ask());
    });
    expect(took).toBeLessThan(1_000);
    expect(words.length).toBeLessThan(300);
  });

  it('take no time in headers either', async () => {
    const headers = { link: '<'.repeat(15_000), deprecation: 'true', 'retry-after': '9'.repeat(15_000) };
    const { ask } = asking(() => new Response('', { status: 503, headers }));
    const took = await cpuTime(async () => expect(await ask()).toMatchObject({ verdict: 'later' }));
    expect(took).toBeLessThan(1_000);
  });
});

describe('what an application adds', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['an empty text', ''],
    ['no number', Number.NaN],
  ])('is left out where it says nothing: %s', async (_, nothing) => {
    const { ask, sent } = asking(() => Response.json({}), {
      headers: () => ({ 'x-csrf': nothing as string, 'x-count': 0, 'x-there': 'yes' }),
      params: { room: nothing as string, there: false },
    });
    await ask();
    expect(sent[0]?.headers).toMatchObject({ 'x-count': '0', 'x-there': 'yes' });
    expect(sent[0]?.headers).not.toHaveProperty('x-csrf');
    expect(JSON.parse(String(sent[0]?.body))).toEqual({ n: 1, there: 'false' });
  });

  it('may be `Headers`, or nothing at all', async () => {
    const made = asking(() => Response.json({}), {
      headers: () => new Headers({ 'x-csrf': 'abc' }) as never,
    });
    await made.ask();
    expect(made.sent[0]?.headers).toMatchObject({ 'x-csrf': 'abc' });
    const none = asking(() => Response.json({}), { headers: (() => undefined) as never });
    expect((await none.ask()).verdict).toBe('accepted');
  });

  it('that is rubbish, throws or never comes is tried again later, and nothing is sent', async () => {
    for (const headers of ['x', 7, () => 'x', () => Promise.reject(new Error('no'))]) {
      const { ask, sent } = asking(() => Response.json({}), { headers: headers as never });
      expect(await ask()).toMatchObject({ verdict: 'later', words: expect.stringContaining('headers') });
      expect(sent).toEqual([]);
    }
    const { ask, sent, clock } = asking(() => Response.json({}), { headers: () => new Promise(() => {}) });
    const asked = ask();
    await clock.advance(10_000);
    expect(await asked).toMatchObject({ verdict: 'later', words: 'did not answer within 10000 ms' });
    expect(sent).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['a promise', Promise.resolve('abc')],
    ['a function', () => 'abc'],
    ['a symbol', Symbol('abc')],
    ['an object', { token: 'abc' }],
  ])('as %s is told, and does not go out as its description', async (_, value) => {
    for (const place of ['headers', 'params']) {
      const { ask, sent } = asking(() => Response.json({}), { [place]: { 'x-csrf': value as never } });
      await expect(ask()).rejects.toMatchObject({
        code: 'configuration',
        message: expect.stringContaining('"x-csrf"'),
      });
      expect(sent).toEqual([]);
    }
  });

  it('late is not sent any more', async () => {
    let give: (fields: Record<string, string>) => void = () => {};
    const { ask, sent, clock } = asking(() => Response.json({}), {
      headers: () => new Promise((resolve) => (give = resolve)),
    });
    const asked = ask();
    await clock.advance(10_000);
    await asked;
    give({});
    await clock.advance(10);
    expect(sent).toEqual([]);
  });

  it('is asked for anew after a 419, once', async () => {
    const tokens = ['old', 'new', 'newest'];
    const { ask, sent } = asking(
      (init) =>
        new Response('', {
          status: (init.headers as Record<string, string>)['x-csrf'] === 'new' ? 200 : 419,
        }),
      { headers: () => ({ 'x-csrf': tokens.shift() }) },
    );
    expect(await ask()).toMatchObject({ verdict: 'accepted' });
    expect(sent).toHaveLength(2);
  });

  it('is asked for anew after a 401 where there is no token', async () => {
    const tokens = ['old', 'new'];
    const { ask, sent } = asking(
      (_, times) => new Response('', { status: times === 1 ? 401 : 200 }),
      { headers: () => ({ 'x-session': tokens.shift() }) },
      noToken,
    );
    expect(await ask()).toMatchObject({ verdict: 'accepted' });
    expect(sent.map(({ headers }) => (headers as Record<string, string>)['x-session'])).toEqual([
      'old',
      'new',
    ]);
  });

  it('is not asked for for ever: what stays 419 is refused', async () => {
    const { ask, sent } = asking(() => new Response('', { status: 419 }), { headers: () => ({}) });
    expect(await ask()).toMatchObject({ verdict: 'refused', status: 419 });
    expect(sent).toHaveLength(2);
  });
});

describe('the first request after the network was lost', () => {
  it('is asked once more after 3 s: the connection that it was put on may be dead', async () => {
    const { ask, clock, sent, lost } = asking((_, times) => (times === 2 ? never() : Response.json({})));
    await ask();
    lost.times += 1;
    const asked = ask();
    await clock.advance(2_999);
    expect(sent).toHaveLength(2);
    await clock.advance(10);
    expect(sent).toHaveLength(3);
    expect((await asked).verdict).toBe('accepted');
    expect(sent[1]?.signal?.aborted).toBe(true);
  });

  it('is no different from others once an answer came', async () => {
    const { ask, clock, sent, lost } = asking((_, times) => (times === 2 ? never() : Response.json({})));
    lost.times += 1;
    await ask();
    void ask();
    await clock.advance(9_000);
    expect(sent).toHaveLength(2);
  });
});

describe('an endpoint that a page may not call', () => {
  it.each(['https://api.test/publish?api_key=hunter2', 'https://me:hunter2@api.test/publish'])(
    'is named without the secrets in its address: %s',
    async (endpoint) => {
      vi.stubGlobal('location', new URL('https://app.example.org/'));
      try {
        const { ask, reported } = asking(() => Promise.reject(new TypeError('no')), { endpoint });
        for (let times = 0; times < 3; times++) await ask();
        expect(reported[0]?.message).toContain('https://api.test/publish');
        expect(reported[0]?.message).not.toContain('hunter2');
      } finally {
        vi.unstubAllGlobals();
      }
    },
  );

  it('is named without its query where there is no page that it could belong to', async () => {
    const failing = { endpoint: '/publish?api_key=hunter2' };
    const { ask } = asking(() => Promise.reject(new TypeError('no')), failing);
    await expect(ask()).rejects.not.toThrow('hunter2');
  });

  it('is told by its likely reason, once, after some attempts', async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'location');
    Object.defineProperty(globalThis, 'location', {
      value: { origin: 'https://app.example.org', href: 'https://app.example.org/' },
      configurable: true,
    });
    try {
      const { ask, reported } = asking(() => Promise.reject(new TypeError('Failed to fetch')));
      for (let times = 0; times < 10; times++) await ask();
      expect(reported.map(({ message }) => message)).toEqual([
        expect.stringContaining(`"${address}" could not be reached 3 times`),
      ]);
      expect(reported[0]?.message).toContain('CORS');
      expect(reported[0]?.message).toContain('https://app.example.org');
    } finally {
      if (before === undefined) Reflect.deleteProperty(globalThis, 'location');
      else Object.defineProperty(globalThis, 'location', before);
    }
  });
});

describe('a `fetch` that brings rubbish', () => {
  const headers = new Headers();
  const text = async (): Promise<string> => '';
  it.each([
    undefined,
    null,
    7,
    {},
    { status: 200 },
    { headers, text },
    { status: Number.NaN, headers, text },
    { status: 0, type: 'opaque', headers, text },
    { status: 0, type: 'error', headers, text },
  ])('%j is no answer, and asked again later', async (rubbish) => {
    const { ask } = asking(() => rubbish as never);
    expect(await ask()).toMatchObject({ verdict: 'later' });
  });

  it('that followed a redirect, as on React Native, is refused as a redirect is', async () => {
    const followed = Object.defineProperty(Response.json({ ok: true }), 'redirected', { value: true });
    const { ask } = asking(() => followed);
    expect(await ask()).toMatchObject({ verdict: 'refused', words: expect.stringContaining('redirect') });
  });
});
