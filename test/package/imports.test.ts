import { execFileSync } from 'node:child_process';
import { describe, expect, inject, it } from 'vitest';
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

const consumer = inject('consumer');
const entries = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace(/^\./, 'surewire'));

/** Runs node in the consumer's folder; a process that does not end by itself fails the test. */
function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: consumer, encoding: 'utf8', timeout: 20_000 });
}

function probe(how: 'import' | 'require', entry: string): Probe {
  return JSON.parse(node('probe.mjs', how, entry)) as Probe;
}

describe.each(entries)('%s, from the packed package', (entry) => {
  it('exports the same names to import and to require', () => {
    const imported = probe('import', entry).names;
    expect(imported.length).toBeGreaterThan(0);
    expect(probe('require', entry).names).toEqual(imported);
  });

  it.each(['import', 'require'] as const)('does nothing but define them, by %s', (how) => {
    const { added, touched, listeners, loaded } = probe(how, entry);
    expect({ added, touched, listeners, loaded }).toEqual({
      added: [],
      touched: [],
      listeners: [],
      loaded: [],
    });
  });
});

it('has its manifest within reach', () => {
  const version = node('-p', "require('surewire/package.json').version").trim();
  expect(version).toBe(manifest.version);
});

it.each(['mjs', 'cjs'])('has one class of each name across its entries (identity.%s)', (extension) => {
  expect(node(`identity.${extension}`)).toBe('true');
});
