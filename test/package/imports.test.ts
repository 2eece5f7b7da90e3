import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

interface Probe {
  /** The exported names, sorted. */
  readonly names: readonly string[];
  /** New properties of the global object. */
  readonly added: readonly string[];
  /** Globals of a page, and clocks, that were used. */
  readonly touched: readonly string[];
  /** Events of the process that are listened to. */
  readonly listeners: readonly string[];
  /** Packages that were loaded although nobody asked for them yet. */
  readonly loaded: readonly string[];
}

const ways = ['import', 'require'] as const;
const withPeers = inject('withPeers');
const installed = join(withPeers, 'node_modules/surewire/dist');
const entries = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace(/^\./, 'surewire'));
const execute = promisify(execFile);

/** Runs node with what was installed; a process that does not end by itself fails the test. */
async function node(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, args, { cwd, timeout: 180_000 });
  return stdout;
}

describe('every entry, from the packed package', () => {
  const probes = new Map<string, Probe>();

  beforeAll(async () => {
    for (const entry of entries) {
      // Two at a time: a process each is mostly the time that it takes to start.
      const both = await Promise.all(ways.map((way) => node(withPeers, 'probe.mjs', way, entry)));
      for (const [index, way] of ways.entries()) probes.set(`${way} ${entry}`, JSON.parse(both[index] ?? ''));
    }
  });

  it.each(entries)('%s exports the same names to import and to require', (entry) => {
    const names = probes.get(`import ${entry}`)?.names;
    expect(names?.length).toBeGreaterThan(0);
    expect(probes.get(`require ${entry}`)?.names).toEqual(names);
  });

  it.each(entries.flatMap((entry) => ways.map((way) => `${way} ${entry}`)))(
    '%s does nothing but define them',
    (name) => {
      expect(probes.get(name)).toMatchObject({ added: [], touched: [], listeners: [], loaded: [] });
    },
  );
});

it.each(['surewire', 'surewire/redux', 'surewire/legacy', 'surewire/toolbox', 'surewire/testing'])(
  '%s needs no peer, by neither way',
  async (entry) => {
    const consumer = inject('consumer');
    const loaded = ways.map(
      async (way) => JSON.parse(await node(consumer, 'probe.mjs', way, entry)) as Probe,
    );
    for (const { names } of await Promise.all(loaded)) expect(names.length).toBeGreaterThan(0);
  },
);

it.each(['surewire/react', 'surewire/vue', 'surewire/legacy/react'])(
  '%s names its framework where that is missing',
  async (entry) => {
    const framework = entry === 'surewire/vue' ? 'vue' : 'react';
    await expect(node(inject('consumer'), 'probe.mjs', 'import', entry)).rejects.toThrow(
      `Cannot find package '${framework}'`,
    );
  },
);

it('has its manifest within reach', async () => {
  const version = await node(withPeers, '-p', "require('surewire/package.json').version");
  expect(version.trim()).toBe(manifest.version);
});

it.each(ways)('has one class of each name across its entries, by %s', async (way) => {
  const others = entries.filter((entry) => entry !== 'surewire');
  const answers = JSON.parse(await node(withPeers, 'identity.mjs', way)) as unknown;
  expect(answers).toEqual(Object.fromEntries(others.map((entry) => [entry, 'ours'])));
});

it.each(['react.js', 'react.cjs', 'legacy-react.js', 'legacy-react.cjs'])(
  '%s is for clients: "use client" comes before everything but other directives',
  (file) => {
    expect(readFileSync(join(installed, file), 'utf8')).toMatch(/^(?:"use strict";\n)?"use client";\n/);
  },
);

it('no other file is for clients only: servers may import the core', () => {
  const marked = readdirSync(installed).filter(
    (file) => /\.c?js$/.test(file) && readFileSync(join(installed, file), 'utf8').includes('"use client"'),
  );
  expect(marked.sort()).toEqual(['legacy-react.cjs', 'legacy-react.js', 'react.cjs', 'react.js']);
});
