import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { connect } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { createTestServer } from '../../src/testing/index';
import { type Ended, ExampleProcess } from '../setup/example-process';
import { runningTime } from '../setup/running-time';

const ends: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ends) await end();
});

/** `npm run demo -- …args`, without the build. */
function demo(args: readonly string[], environment: Readonly<Record<string, string>> = {}): ExampleProcess {
  const started = new ExampleProcess(['examples/quick-start/serve.mjs', ...args], environment);
  ends.push(() => started.kill());
  return started;
}

function terminal(environment: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
  return demo(['--terminal', ...args], environment).end();
}

/** A service that we did not start the demo with: what `VITE_PUSHER_…` names. */
async function service(): Promise<Record<string, string>> {
  const server = createTestServer();
  const listening = await server.listen();
  ends.push(() => listening.close());
  const { key, host, port } = listening.options;
  const { endpoints } = listening;
  return {
    VITE_PUSHER_KEY: key,
    VITE_PUSHER_HOST: host,
    VITE_PUSHER_PORT: String(port),
    VITE_PUSHER_TLS: 'false',
    VITE_PUSHER_AUTH_ENDPOINT: endpoints.auth,
    VITE_PUSHER_PUBLISH_ENDPOINT: endpoints.publish,
    VITE_PUSHER_TOKEN: server.issueToken(),
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

describe('the demo in a terminal', { timeout: 180_000 }, () => {
  test('tells the whole story in less than twenty seconds and exits 0', async () => {
    const { code, output, errors, took } = await terminal({});
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(took).toBeLessThan(20_000);
    const story = [
      /^ {3}connecting +attempt 1$/m,
      /^ {3}connected +as \d+\.\d+/m,
      / 0 % .*\n(?:.* (?:20|40|60|80) % .*\n){4}.* 100 % .*\n {3}complete$/m,
      /^ {3}acknowledged +accepted, 1 attempt, \d+ ms/m,
      /^ {3}present: Ada\n {3}present: Ada, Ben\n {3}present: Ada$/m,
      /^ {3}reconnecting +attempt 1, again in \d+ ms/m,
      /^ {3}published while away\n {3}pending +1;/m,
      /^ {3}subscribed again$/m,
      /^ {3}heard back +run test/m,
      /^ {3}dials, reconnects +\d+, 1$/m,
      /^Everything went well\.$/m,
    ];
    for (const line of story) expect(output).toMatch(line);
  });
});

// At once, because they wait more than they work.
describe.concurrent('the demo in a terminal, elsewhere', { timeout: 180_000 }, () => {
  test('talks to a real service when the environment names one', async () => {
    const { code, output } = await terminal(await service());
    expect(output).toContain('a real service, 127.0.0.1');
    expect(output).toMatch(/acknowledged +accepted/);
    expect(output).toContain('present: user-1');
    expect(output).not.toContain('The server goes away');
    expect(code).toBe(0);
  });

  test('says what is missing when the service has no backend', async () => {
    const { VITE_PUSHER_AUTH_ENDPOINT: _, VITE_PUSHER_PUBLISH_ENDPOINT: __, ...bare } = await service();
    const { code, output } = await terminal(bare);
    expect(output).toMatch(/unavailable: a private channel needs .* VITE_PUSHER_AUTH_ENDPOINT/);
    expect(output).toMatch(/unavailable: presence needs .* VITE_PUSHER_AUTH_ENDPOINT/);
    expect(code).toBe(0);
  });

  test('a wrong key is a ConnectionError with status 4001, at once', async () => {
    const { code, errors, output } = await terminal({ ...(await service()), VITE_PUSHER_KEY: 'wrong' });
    expect(errors).toMatch(/ConnectionError \(connection, 4001\)\n.*does not know this app key/);
    expect(output.match(/attempt \d/g)).toEqual(['attempt 1', 'attempt 1']);
    expect(code).toBe(1);
    expect((await terminal({}, '--key', 'wrong')).errors).toMatch(/ConnectionError \(connection, 4001\)/);
  });

  test('an unreachable host is a ConnectionError, after some patience', async () => {
    const address = { VITE_PUSHER_KEY: 'app-key', VITE_PUSHER_HOST: 'nowhere.invalid' };
    const { code, errors, output, took } = await terminal(address);
    expect(errors).toMatch(/ConnectionError \(connection, 1006\)\n.*could not be reached/);
    expect(output).toMatch(/reconnecting +attempt 2/);
    expect(took).toBeLessThan(20_000);
    expect(code).toBe(1);
  });

  test('a wrong answer of the authorization endpoint is a SubscriptionError that names the channel', async () => {
    const { code, errors } = await terminal({}, '--auth', 'wrong');
    expect(errors).toMatch(/SubscriptionError \(subscription, 200\)\n.*"private-plugin-7".*web page/);
    expect(code).toBe(1);
  });

  test.each(['PUSHER_SECRET', 'VITE_PUSHER_SECRET'])(
    '%s in the environment stops it, unseen',
    async (name) => {
      const { code, errors, output } = await terminal({ [name]: 'shh-4711' });
      expect(errors).toMatch(/ConfigurationError \(configuration\)\n.*must never reach a client/);
      expect(output + errors).not.toContain('shh-4711');
      expect(code).toBe(1);
    },
  );

  test.each([
    [{ VITE_PUSHER_KEY: 'k' }, /ConfigurationError .*\n.*VITE_PUSHER_CLUSTER is not set: /],
    [{ VITE_PUSHER_CLUSTER: 'us2' }, /ConfigurationError .*\n.*VITE_PUSHER_KEY is not set: /],
    [{ VITE_PUSHER_KEY: 'k', VITE_PUSHER_HOST: 'wss://x' }, /ConfigurationError .*\n.*`host` must be a name/],
    [
      { VITE_PUSHER_KEY: 'k', VITE_PUSHER_HOST: 'x', VITE_PUSHER_PORT: 'six' },
      /VITE_PUSHER_PORT must be a port number/,
    ],
    [{ VITE_PUSHER_KEY: 'k', VITE_PUSHER_HOST: 'x', VITE_PUSHER_TLS: 'maybe' }, /VITE_PUSHER_TLS must be/],
  ])('half an address is a ConfigurationError: %j', async (environment, sentence) => {
    const { code, errors } = await terminal(environment);
    expect(errors).toMatch(sentence);
    expect(code).toBe(1);
  });

  test('the help names every option, and every other option is refused with a sentence', async () => {
    const { code, output } = await demo(['--help']).end();
    expect(code).toBe(0);
    for (const option of ['--port', '--terminal', '--help', '--key', '--host', '--auth', '--secret']) {
      expect(output).toContain(option);
    }
    for (const [args, sentence] of [
      [['--nope'], /Unknown option '--nope'/],
      [['--port', 'six'], /--port takes a number/],
      [['--key', 'wrong'], /--key goes with --terminal/],
    ] as const) {
      const refused = await demo(args).end();
      expect(refused.code).toBe(1);
      expect(refused.errors).toMatch(sentence);
      expect(refused.errors).not.toMatch(/^ {4}at /m);
    }
  });
});

describe.concurrent('the demo with its page', { timeout: 180_000 }, () => {
  test.for(['SIGINT', 'SIGTERM'] as const)(
    '%s closes every port, whoever is connected',
    async (signal, { expect }) => {
      const process = demo(['--port', '0']);
      const [, page] = await process.says(/http:\/\/127\.0\.0\.1:(\d+)\//);
      const [, server] = await process.says(/embedded server +127\.0\.0\.1:(\d+)/);
      expect(await isOpen(Number(page))).toBe(true);
      expect(await isOpen(Number(server))).toBe(true);
      // A browser keeps its connections open; they must not keep us.
      await fetch(`http://127.0.0.1:${page}/`);
      const held = connect(Number(server), '127.0.0.1');
      held.on('error', () => {});
      const took = await runningTime(() => {
        process.interrupt(signal);
        return process.end();
      });
      // Left to themselves, connections that were kept open would last for 5 s more.
      expect(took).toBeLessThan(4_000);
      const { code, errors } = await process.end();
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      expect(await isOpen(Number(page))).toBe(false);
      expect(await isOpen(Number(server))).toBe(false);
      held.destroy();
    },
  );

  test('a port that is taken is said in a sentence', async ({ expect }) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    ends.push(() => taken.close());
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { code, errors } = await demo(['--port', String(port)]).end();
    expect(errors).toMatch(new RegExp(`Port ${port} is already in use`));
    expect(code).toBe(1);
  });

  test('the secret of the environment reaches neither the page nor its settings', async ({ expect }) => {
    const process = demo(['--port', '0'], { VITE_PUSHER_SECRET: 'shh-4711' });
    const [address] = await process.says(/http:\/\/127\.0\.0\.1:\d+\//);
    const html = await (await fetch(address)).text();
    const scripts = [...html.matchAll(/src="\/?([^"]+\.js)"/g)].map(([, path]) => path);
    expect(scripts.length).toBeGreaterThan(0);
    const texts = await Promise.all(
      [...scripts, 'demo/settings'].map(async (path) => (await fetch(`${address}${path}`)).text()),
    );
    expect([html, ...texts].join('\n')).not.toContain('shh-4711');
    expect(texts.at(-1)).toContain('"secret":"VITE_PUSHER_SECRET"');
  });

  test('pages of other origins get no token and push no buttons', async ({ expect }) => {
    const process = demo(['--port', '0']);
    const [address] = await process.says(/http:\/\/127\.0\.0\.1:\d+\//);
    const ask = (origin: string, path: string): Promise<Response> =>
      fetch(`${address}demo/${path}`, { method: 'POST', headers: { origin } });
    const own = new URL(address).origin;
    expect((await ask(own, 'token?user=Ada')).status).toBe(200);
    for (const path of ['token?user=Ada', 'cut', 'restart']) {
      expect((await ask('http://evil.example', path)).status).toBe(404);
    }
    // A name of theirs that leads to this machine.
    const { port } = new URL(address);
    const status = await new Promise((resolve) => {
      get({ port, host: '127.0.0.1', headers: { host: 'evil.example' } }, ({ statusCode }) =>
        resolve(statusCode),
      );
    });
    expect(status).toBe(404);
  });
});
