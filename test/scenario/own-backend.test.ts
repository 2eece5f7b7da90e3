import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import Pusher from 'pusher';
import { afterEach, expect, it } from 'vitest';
import {
  backendAuth,
  batches,
  publishBatches,
  publishing,
  RealtimeClient,
  userEndpoint,
} from '../../src/index';
import { createTestServer } from '../../src/testing/index';

interface Fields {
  readonly socket_id: string;
  readonly channel_name?: string;
  readonly channel_names?: readonly string[];
}

type Signer<What> = (socketId: string, what: What, user: unknown) => object;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The functions that the guide shows to whoever writes a backend, ready to run. */
function guide(): {
  readonly authorize: Signer<string>;
  readonly authorizeMany: Signer<readonly string[]>;
  readonly authenticate: (socketId: string, user: unknown) => object;
} {
  const text = readFileSync(new URL('../../docs/guides/authentication.md', import.meta.url), 'utf8');
  const snippets = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
  const functions = snippets.filter((code) =>
    /^function (?:authorize|authorizeMany|authenticate)\(/m.test(code),
  );
  expect(functions).toHaveLength(3);
  const code = stripTypeScriptTypes(functions.join('\n').replaceAll(/^import .*$/gm, ''));
  const names = ['createHmac', 'key', 'secret', 'mayHave'];
  const build = new Function(...names, `${code}; return { authorize, authorizeMany, authenticate };`);
  const mayHave = (_: unknown, channel: string): boolean => !channel.includes('forbidden');
  return build(createHmac, 'app-key', 'app-secret', mayHave) as ReturnType<typeof guide>;
}

/** A backend of plain Node over the guide's functions, with every body that it got. */
async function backend(): Promise<{ readonly url: string; readonly bodies: Fields[] }> {
  const { authorize, authorizeMany, authenticate } = guide();
  const user = { id: 'ada', name: 'Ada' };
  const bodies: Fields[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const fields = (
      text.startsWith('{') ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text))
    ) as Fields;
    const { socket_id, channel_name, channel_names } = fields;
    bodies.push(fields);
    response.setHeader('content-type', 'application/json');
    if (channel_names !== undefined)
      response.end(JSON.stringify(authorizeMany(socket_id, channel_names, user)));
    else if (channel_name !== undefined)
      response.end(JSON.stringify(authorize(socket_id, channel_name, user)));
    else response.end(JSON.stringify(authenticate(socket_id, user)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

it("the guide's backend in plain Node signs batches, single channels and users so that the server agrees", async () => {
  const server = createTestServer();
  const { options, close } = await server.listen();
  ends.push(close);
  const { url, bodies } = await backend();
  const client = new RealtimeClient({
    ...options,
    auth: backendAuth({ endpoint: `${url}/auth`, user: userEndpoint(`${url}/user`), batch: batches() }),
  });
  ends.push(() => client.destroy());
  const errors: string[] = [];
  client.on('error', ({ message }) => errors.push(message));
  const names = ['private-a', 'private-b', 'presence-c', 'private-forbidden'];
  const [a, b, c, forbidden] = names.map((name) => client.channel(name));
  for (const channel of [a, b, c, forbidden]) channel?.hold();
  await Promise.all([a, b, c].map((channel) => channel?.ready({ timeout: 60_000 })));
  await expect.poll(() => client.user.get()).toEqual({ id: 'ada', info: { name: 'Ada' } });
  await expect.poll(() => forbidden?.subscription.get().state).toBe('refused');
  expect(server.channels.find(({ name }) => name === 'presence-c')?.users).toEqual(['ada']);
  await client.channel('private-late').ready({ timeout: 60_000 });
  expect(bodies.map(({ channel_names, channel_name }) => channel_names ?? channel_name)).toEqual(
    expect.arrayContaining([names, 'private-late', undefined]),
  );
  expect(bodies).toHaveLength(3);
  expect(errors).toEqual([expect.stringContaining('No access to private-forbidden')]);
});

it("the guide's backend publishes batches through Pusher's library, in order and each message once", async () => {
  const text = readFileSync(new URL('../../docs/guides/publishing.md', import.meta.url), 'utf8');
  const [, code = ''] = /^```ts\n(async function publishMany[\s\S]*?)^```$/m.exec(text) ?? [];
  const server = createTestServer();
  const { options, close, port } = await server.listen();
  ends.push(close);
  const pusher = new Pusher({
    appId: 'app-id',
    key: 'app-key',
    secret: 'app-secret',
    host: '127.0.0.1',
    port: String(port),
    useTLS: false,
  });
  const build = new Function(
    'pusher',
    'published',
    'mayPublish',
    `${stripTypeScriptTypes(code)}; return publishMany;`,
  );
  const mayPublish = (_: unknown, channel: string): boolean => channel !== 'forbidden';
  const publishMany = build(pusher, new Set(), mayPublish) as (batch: readonly unknown[]) => Promise<object>;
  const sizes: number[] = [];
  const application = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { batch } = JSON.parse(body) as { readonly batch: readonly unknown[] };
    sizes.push(batch.length);
    const answer = await publishMany(batch);
    // The first answer gets lost: all of it comes again.
    if (sizes.length === 1) request.socket.destroy();
    else response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
  ends.push(() => application.close());
  const client = new RealtimeClient({
    ...options,
    publish: publishing({
      endpoint: `http://127.0.0.1:${(application.address() as AddressInfo).port}/publish`,
      batch: publishBatches(),
    }),
  });
  ends.push(() => client.destroy());
  const heard: unknown[] = [];
  const news = client.channel('news');
  news.on('said', (payload) => heard.push(payload));
  await news.ready({ timeout: 60_000 });
  const numbers = Array.from({ length: 20 }, (_, n) => n);
  const ended = await Promise.allSettled([
    ...numbers.map((n) => client.publish('news', 'said', { n })),
    client.publish('forbidden', 'said', {}),
    client.publish('forbidden', 'said', {}),
  ]);
  expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(2);
  await expect.poll(() => heard).toEqual(numbers.map((n) => ({ n })));
  expect(sizes).toContain(10);
});
