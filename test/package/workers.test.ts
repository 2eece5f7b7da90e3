import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, it } from 'vitest';
import { createTestServer } from '../../src/testing/index';
import { bundleWorker } from '../setup/bundled-worker';
import { freePort } from '../setup/free-ports';
import { installProject } from '../setup/installed-package';

const folder = mkdtempSync(join(tmpdir(), 'surewire-workerd-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a client that is made in the module of a worker works in its handler, in workerd', async () => {
  const server = createTestServer();
  const listening = await server.listen();
  await installProject(folder, ['workerd@1.20261117.1']);
  await bundleWorker(inject('consumer'), 'worker.mjs', folder, listening.port);
  const port = await freePort();
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.js")],
      compatibilityDate = "2026-01-01",
    )),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);`,
  );
  const child = spawn(join(folder, 'node_modules/.bin/workerd'), ['serve', 'config.capnp'], { cwd: folder });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  try {
    // It takes a while to listen; a worker that forbids something says so at its start, and answers 500 for ever.
    const asked = (async (): Promise<readonly [number, string]> => {
      for (;;) {
        try {
          const answer = await fetch(`http://127.0.0.1:${port}/`);
          return [answer.status, await answer.text()];
        } catch {
          if (child.exitCode !== null) throw new Error(`workerd ended: ${said}`);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    })();
    const subscribed = expect
      .poll(() => server.channels.map(({ name }) => name), { timeout: 60_000 })
      .toEqual(['news']);
    await Promise.race([subscribed, asked]);
    server.trigger('news', 'said', { hello: 'worker' });
    expect(await asked).toEqual([200, '{"hello":"worker"}']);
    expect(said).not.toContain('Disallowed operation');
  } finally {
    child.kill();
    await ended;
    await server.stop();
  }
}, 300_000);
