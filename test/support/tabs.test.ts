import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebLocksTabs } from '../../src/support/tabs';
import { tabCoordinatorPromises } from '../contract/tab-coordinator';
import { ManualClock } from '../fakes/manual-clock';
import { MemoryBrowser } from '../fakes/memory-tabs';

/** Locks and messages of the platform take some turns of the event loop, and no time that could be moved by hand. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

tabCoordinatorPromises('WebLocksTabs in Node', () => ({
  tabs: [new WebLocksTabs(), new WebLocksTabs()],
  settle,
}));

tabCoordinatorPromises('MemoryBrowser', () => {
  const clock = new ManualClock();
  const browser = new MemoryBrowser(clock);
  return { tabs: [browser.tab(), browser.tab()], settle: () => clock.advance(1) };
});

const patient = new AbortController().signal;

const forbidden = {
  get: () => {
    throw new DOMException('denied', 'SecurityError');
  },
};

class Refusing {
  constructor() {
    throw new DOMException('denied', 'SecurityError');
  }
}

class Mute {
  postMessage(): void {
    throw new DOMException('closed', 'InvalidStateError');
  }
  close(): void {}
}

describe('a platform that lacks something', () => {
  afterEach(() => vi.unstubAllGlobals());

  /** Two works at once is what "each on its own" means. */
  async function works(): Promise<string[]> {
    const tabs = new WebLocksTabs();
    return Promise.all([
      tabs.exclusive('surewire:test:lacking', { signal: patient }, () =>
        tabs.exclusive('surewire:test:lacking', { signal: patient }, async () => 'inner'),
      ),
      tabs.exclusive('surewire:test:lacking', { signal: patient, steal: true }, async () => 'stolen'),
    ]);
  }

  it.each<[string, string, PropertyDescriptor]>([
    ['no channels', 'BroadcastChannel', { value: undefined }],
    ['channels at which nobody may look', 'BroadcastChannel', forbidden],
    ['channels that nobody may make', 'BroadcastChannel', { value: Refusing }],
    ['channels that take nothing any more', 'BroadcastChannel', { value: Mute }],
    ['no ports, as in some test environments', 'MessageChannel', { value: undefined }],
  ])('talks to nobody, or without ports, where there are %s', async (_, name, descriptor) => {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { configurable: true, ...descriptor });
    try {
      const heard: unknown[] = [];
      const [one, other] = [new WebLocksTabs(), new WebLocksTabs()];
      expect(['locks', 'messages', 'none']).toContain(one.kind);
      const groups = [
        one.join('surewire:test:poor', (message) => heard.push(message)),
        other.join('surewire:test:poor', () => {}),
      ];
      groups[1]?.post('hello');
      await settle();
      for (const group of groups) group.leave();
      expect(heard).toEqual(name === 'MessageChannel' ? ['hello'] : []);
    } finally {
      if (before !== undefined) Object.defineProperty(globalThis, name, before);
    }
  });

  it('works at once without Web Locks, as on pages without TLS', async () => {
    vi.stubGlobal('navigator', {});
    expect(await works()).toEqual(['inner', 'stolen']);
  });

  it('works at once without a navigator, as in old Node', async () => {
    vi.stubGlobal('navigator', undefined);
    expect(await works()).toEqual(['inner', 'stolen']);
  });

  it('works at once where locks are there and refuse, as in a sandboxed frame', async () => {
    const request = () => Promise.reject(new DOMException('denied', 'SecurityError'));
    vi.stubGlobal('navigator', { locks: { request } });
    expect(await works()).toEqual(['inner', 'stolen']);
  });

  it('works at once where even looking for locks throws', async () => {
    vi.stubGlobal('navigator', {
      get locks() {
        throw new DOMException('denied', 'SecurityError');
      },
    });
    expect(await works()).toEqual(['inner', 'stolen']);
    await expect(
      new WebLocksTabs().exclusive('x', { signal: patient }, async () => {
        throw new TypeError('broken');
      }),
    ).rejects.toThrow('broken');
  });

  it('is alone without BroadcastChannel, or where opening one throws', async () => {
    for (const BroadcastChannel of [
      undefined,
      class {
        constructor() {
          throw new DOMException('denied', 'SecurityError');
        }
      },
    ]) {
      vi.stubGlobal('BroadcastChannel', BroadcastChannel);
      const group = new WebLocksTabs().join('surewire:test:alone', () => expect.fail('heard something'));
      group.post('hello');
      group.leave();
    }
    await settle();
  });
});

it('does not keep Node from ending while it listens', async () => {
  const script = `
    const { WebLocksTabs } = await import('${new URL('../../src/support/tabs.ts', import.meta.url)}');
    new WebLocksTabs().join('surewire:test:ending', () => {});
    console.log('listens');`;
  // The imports of the file have no extensions, which only the bundlers understand: what it imports is replaced.
  const resolve = `
    import { registerHooks } from 'node:module';
    registerHooks({ resolve: (id, context, next) => next(id.startsWith('.') ? id + '.ts' : id, context) });`;
  const hooks = `data:text/javascript,${encodeURIComponent(resolve)}`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', hooks, '--input-type=module', '--eval', script],
    { timeout: 10_000 },
  );
  expect(stdout).toBe('listens\n');
});
