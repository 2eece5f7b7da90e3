import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { afterAll, describe, expect, inject, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };

type Surewire = typeof import('../../src/index');

const dist = join(inject('consumer'), 'node_modules/surewire/dist');
const read = (file: string): string => readFileSync(join(dist, file), 'utf8');
const scripts = ['surewire.umd.js', 'surewire.slim.umd.js'];
const vendor = mkdtempSync(join(tmpdir(), 'surewire-vendor-'));
afterAll(() => rmSync(vendor, { recursive: true, force: true }));

/** What a page has, as far as a client asks for it. */
function page(): Record<string, unknown> {
  const { AbortController, AbortSignal, URL, URLSearchParams, setTimeout, clearTimeout, queueMicrotask } =
    globalThis;
  const platform = {
    AbortController,
    AbortSignal,
    URL,
    URLSearchParams,
    setTimeout,
    clearTimeout,
    queueMicrotask,
  };
  return createContext({ ...platform, TextEncoder, TextDecoder, crypto });
}

describe.each(scripts)('%s', (file) => {
  it('defines one global in a page', () => {
    const context = page();
    const before = new Set(Object.keys(context));
    runInContext(read(file), context);
    expect(Object.keys(context).filter((name) => !before.has(name))).toEqual(['Surewire']);
    expect((context['Surewire'] as Surewire).RealtimeClient).toBeTypeOf('function');
  });

  it('copied next to a page, can be required and defined', () => {
    copyFileSync(join(dist, file), join(vendor, file));
    // The slim one asks for pusher-js, which is found from where it lies.
    const require = createRequire(join(inject('consumer'), 'package.json'));
    const module = { exports: {} };
    runInContext(`(function (module, require) {${read(file)}\n})`, page())(module, require);
    expect((module.exports as Surewire).RealtimeClient).toBeTypeOf('function');
    if (file === 'surewire.umd.js')
      expect((createRequire(join(vendor, 'x'))(`./${file}`) as Surewire).RealtimeClient).toBeTypeOf(
        'function',
      );
    const context = page();
    let defined: unknown;
    context['define'] = Object.assign(
      (ids: readonly string[], factory: (...values: unknown[]) => unknown) => {
        defined = factory(...ids.map(() => undefined));
      },
      { amd: {} },
    );
    runInContext(read(file), context);
    expect((defined as Surewire).RealtimeClient).toBeTypeOf('function');
  });

  it('says whose it is, in which version, under which licence, and where the notices are', () => {
    const [first = ''] = read(file).split('\n', 1);
    expect(first).toMatch(/^\/\*! /);
    for (const part of ['surewire', manifest.version, manifest.license, manifest.homepage, 'LICENSES.txt'])
      expect(first).toContain(part);
  });
});

describe('surewire.slim.umd.js', () => {
  it('on a page without Pusher says what a page can do about it', async () => {
    const context = page();
    runInContext(read('surewire.slim.umd.js'), context);
    const { RealtimeClient } = context['Surewire'] as Surewire;
    const client = new RealtimeClient({ key: 'app-key', cluster: 'us2' });
    const failed = new Promise<string>((resolve) => {
      client.status.subscribe(({ state, reason }) => {
        if (state === 'failed') resolve(String(reason));
      });
    });
    client.connect().catch(() => {});
    expect(await failed).toMatch(
      /<script src="https:\/\/js\.pusher\.com\/[\d.]+\/pusher\.min\.js"><\/script>.*surewire\.umd\.js/,
    );
    client.destroy();
  });

  it('finds a Pusher that came after it', async () => {
    const context = page();
    runInContext(read('surewire.slim.umd.js'), context);
    const keys: unknown[] = [];
    context['Pusher'] = class {
      static readonly Runtime = { createWebSocket: () => {} };
      static readonly instances = [];
      constructor(key: unknown) {
        keys.push(key);
        throw new Error('seen');
      }
    };
    const { RealtimeClient } = context['Surewire'] as Surewire;
    const client = new RealtimeClient({ key: 'app-key', cluster: 'us2' });
    client.on('error', () => {});
    client.connect().catch(() => {});
    await expect.poll(() => keys[0]).toBe('app-key');
    client.destroy();
  });
});

it('LICENSES.txt has the notice of every package that is in a file of dist', () => {
  const notices = read('LICENSES.txt');
  const inside = new Set<string>();
  for (const file of readdirSync(dist).filter((name) => name.endsWith('.map'))) {
    const { sources } = JSON.parse(read(file)) as { readonly sources: readonly string[] };
    for (const source of sources) {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1];
      if (name !== undefined) inside.add(name);
    }
  }
  // Its sources are named as its own build knew them.
  inside.add('pusher-js');
  expect(inside.size).toBeGreaterThanOrEqual(6);
  for (const name of inside) {
    const installed = Object.entries(lock.packages).find(([path]) => path === `node_modules/${name}`)?.[1];
    const version = installed !== undefined && 'version' in installed ? ` ${installed.version}` : '';
    expect(notices).toContain(`${name}${version} (`);
  }
  expect(notices).toContain('Apache License');
  expect(notices.match(/Copyright/gi)?.length).toBeGreaterThanOrEqual(5);
});
