import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestServer } from '../../src/testing/index';
import { installProject } from '../setup/installed-package';

const folder = mkdtempSync(join(tmpdir(), 'surewire-runtimes-'));
const server = createTestServer();

beforeAll(async () => {
  await installProject(folder, [inject('tarball'), 'deno@2.9.6', 'bun@1.4.5']);
  cpSync('test/runtimes/application.mjs', join(folder, 'application.mjs'));
}, 300_000);

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe.each([
  ['deno', ['run', '--allow-all']],
  ['bun', ['run']],
])('in %s', (runtime, args) => {
  it.each(['pusher-js', 'webSocketLink()'])(
    'over %s a client listens and publishes, before a cut and after it, and lets the process end',
    async (link) => {
      const { options, endpoints } = await server.listen();
      const { key, host, port, tls } = options;
      const settings = { options: { key, host, port, tls }, endpoints, token: server.issueToken(), link };
      const command = join(folder, 'node_modules/.bin', runtime);
      const child = spawn(command, [...args, 'application.mjs', JSON.stringify(settings)], { cwd: folder });
      const ended = new Promise((resolve) => child.on('close', resolve));
      let said = '';
      child.stderr.on('data', (text) => (said += String(text)));
      child.stdout.on('data', (text) => {
        said += String(text);
        if (said === 'live\n') server.drop();
      });
      expect({ status: await ended, said }).toMatchObject({
        status: 0,
        said: expect.stringMatching(/^live\n\{/),
      });
      expect(JSON.parse(said.slice('live\n'.length))).toEqual({
        levels: ['accepted', 'accepted'],
        heard: ['before', 'after'],
        errors: [],
      });
    },
  );
});
