import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, expect, inject, it } from 'vitest';
import { deliveryConfirmations, publishing, RealtimeClient } from '../../src/index';
import { createTestServer } from '../../src/testing/index';

const ends: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

it('D3: every part works in a process from which everything was taken that Hermes and React Native lack', async () => {
  const server = createTestServer();
  const { options, endpoints, close } = await server.listen();
  ends.push(close);
  const receiver = new RealtimeClient({
    ...options,
    publish: publishing({ confirm: deliveryConfirmations() }),
  });
  ends.push(() => receiver.destroy());
  receiver.channel('private-news').on('client-said', () => {});
  await receiver.channel('private-news').ready({ timeout: 60_000 });
  const { key, host, port, tls } = options;
  const settings = {
    server: { key, host, port, tls },
    endpoints,
    token: server.issueToken({ userId: 'ada' }),
  };
  const child = spawn(process.execPath, ['hermes.mjs', JSON.stringify(settings)], {
    cwd: inject('consumer'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let faults = '';
  child.stderr.on('data', (text) => {
    faults += String(text);
  });
  const said: Record<string, unknown> = {};
  const heard: unknown[][] = [];
  const ended = new Promise((resolve) => child.on('close', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    const step = JSON.parse(line) as Record<string, unknown>;
    Object.assign(said, step);
    if ('ready' in step) server.trigger('private-news', 'said', 'live');
    if (Array.isArray(step['heard'])) heard.push(step['heard']);
    if (heard.length === 1 && 'heard' in step) {
      // The link of that process alone.
      server.connections.find(({ channels }) => channels.includes('presence-room'))?.close(4200);
      server.trigger('private-news', 'said', 'missed');
      server.trigger('private-news', 'said', 'missed, too');
    }
    if ('cut' in step) server.rejectTrigger(503, 1);
  }
  expect({ status: await ended, faults }).toEqual({ status: 0, faults: '' });
  expect(said).toEqual({
    ready: ['ada', 'ada'],
    heard: ['live', 'missed recovered', 'missed, too recovered'],
    published: 25,
    peer: 'delivered',
    late: 'timeout',
    waiting: 'aborted',
    messages: true,
    cut: true,
    kept: 'kept',
    end: { sent: 26, received: expect.any(Number), left: 0, errors: [] },
  });
  expect(server.requests.filter(({ path }) => path === '/realtime/trigger').length).toBeLessThan(10);
});
