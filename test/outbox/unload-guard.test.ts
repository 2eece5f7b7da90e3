import { afterEach, expect, test, vi } from 'vitest';
import { guardUnload, type PendingMessage } from '../../src/index';
import { Store } from '../../src/support/store';

const message = (state: PendingMessage['state']): PendingMessage => ({
  id: state,
  channel: 'news',
  event: 'go',
  route: 'server',
  state,
  attempts: 0,
  createdAt: 0,
  expiresAt: 1,
  bytes: 2,
  data: {},
});

/** A page that a test can leave. */
function page() {
  const target = new EventTarget();
  const listeners = new Set<(event: Event) => void>();
  vi.stubGlobal('document', {});
  vi.stubGlobal('addEventListener', (type: string, listener: (event: Event) => void) => {
    listeners.add(listener);
    target.addEventListener(type, listener);
  });
  vi.stubGlobal('removeEventListener', (type: string, listener: (event: Event) => void) => {
    listeners.delete(listener);
    target.removeEventListener(type, listener);
  });
  const pending = new Store<readonly PendingMessage[]>([], () => {});
  return {
    pending,
    get listening() {
      return listeners.size > 0;
    },
    /** Whether the browser would ask. */
    leave: (): boolean => !target.dispatchEvent(new Event('beforeunload', { cancelable: true })),
  };
}

afterEach(() => vi.unstubAllGlobals());

test('the page is asked about only while something is unsent', () => {
  const { pending, leave } = page();
  const stop = guardUnload({ pending });
  expect(leave()).toBe(false);
  pending.set([message('waiting')]);
  expect(leave()).toBe(true);
  pending.set([message('in-flight'), message('waiting')]);
  expect(leave()).toBe(true);
  pending.set([message('unconfirmed')]);
  expect(leave()).toBe(false);
  pending.set([message('in-flight')]);
  stop();
  expect(leave()).toBe(false);
  pending.set([message('waiting')]);
  expect(leave()).toBe(false);
});

test('what was unsent before is asked about, too', () => {
  const { pending, leave } = page();
  pending.set([message('waiting')]);
  guardUnload({ pending });
  expect(leave()).toBe(true);
});

test('while nothing is unsent nobody listens, which would keep the page out of the back-forward cache', () => {
  const world = page();
  guardUnload({ pending: world.pending });
  expect(world.listening).toBe(false);
  world.pending.set([message('waiting')]);
  expect(world.listening).toBe(true);
  world.pending.set([]);
  expect(world.listening).toBe(false);
});

test('outside a page nothing happens', () => {
  const pending = new Store<readonly PendingMessage[]>([message('waiting')], () => {});
  let subscribed = 0;
  const outbox = {
    pending: {
      get: () => pending.get(),
      initial: [],
      subscribe: () => {
        subscribed += 1;
        return () => {};
      },
    },
  };
  guardUnload(outbox)();
  vi.stubGlobal('addEventListener', () => {
    throw new Error('a worker is never asked');
  });
  guardUnload(outbox)();
  expect(subscribed).toBe(0);
});
