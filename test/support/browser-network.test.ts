import { expect, it } from 'vitest';
import type { Network } from '../../src/ports';
import { BrowserNetwork, type BrowserScope, heeded } from '../../src/support/browser-network';

const broken = (): never => {
  throw new Error('no');
};

/** A window, as far as it matters here. */
class Page extends EventTarget implements BrowserScope {
  readonly navigator = { onLine: true };
  readonly document = Object.assign(new EventTarget(), { visibilityState: 'visible' });

  shows(persisted: boolean): void {
    this.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }));
  }
  becomes(visibilityState: 'visible' | 'hidden'): void {
    this.document.visibilityState = visibilityState;
    this.document.dispatchEvent(new Event('visibilitychange'));
  }
}

it('believes the browser about being offline', () => {
  const page = new Page();
  const network = new BrowserNetwork(page);
  expect(network.online()).toBe(true);
  page.navigator.onLine = false;
  expect(network.online()).toBe(false);
});

it('tells of lost and found networks, and of pages that come back', () => {
  const page = new Page();
  const heard: string[] = [];
  const stop = new BrowserNetwork(page).watch((change) => heard.push(change));
  page.dispatchEvent(new Event('offline'));
  page.dispatchEvent(new Event('online'));
  page.becomes('hidden');
  page.becomes('visible');
  page.shows(false);
  page.shows(true);
  page.document.dispatchEvent(new Event('resume'));
  expect(heard).toEqual(['offline', 'online', 'resumed', 'resumed', 'resumed']);
  stop();
  stop();
  page.dispatchEvent(new Event('offline'));
  page.becomes('visible');
  page.shows(true);
  page.document.dispatchEvent(new Event('resume'));
  expect(heard.length).toBe(5);
});

it('works in a worker, which has a network but no page', () => {
  const worker = Object.assign(new EventTarget(), { navigator: { onLine: true } });
  const heard: string[] = [];
  new BrowserNetwork(worker).watch((change) => heard.push(change));
  worker.dispatchEvent(new Event('offline'));
  expect(heard).toEqual(['offline']);
});

it('counts as online and hears nothing where nobody says anything, as in Node', () => {
  for (const network of [new BrowserNetwork({}), new BrowserNetwork()]) {
    expect(network.online()).toBe(true);
    const stop = network.watch(() => expect.fail('heard something'));
    stop();
  }
});

it('counts as online, and hears nothing, where even looking is forbidden', () => {
  const denied = (): never => {
    throw new DOMException('denied', 'SecurityError');
  };
  const scope: BrowserScope = Object.defineProperties(
    { addEventListener: denied, removeEventListener: denied },
    { navigator: { get: denied }, document: { get: denied } },
  );
  const network = new BrowserNetwork(scope);
  expect(network.online()).toBe(true);
  const stop = network.watch(() => {});
  expect(stop).not.toThrow();
});

it.each<[string, object]>([
  ['throws', { online: broken, watch: broken }],
  ['has nothing to say', { online: () => undefined, watch: () => undefined }],
  ['cannot be stopped', { online: () => true, watch: () => broken }],
])('a network of the application that %s counts as online, and keeps nothing from ending', (_, own) => {
  const network = heeded(own as Network);
  expect(network?.online()).toBe(true);
  const stop = network?.watch(() => {});
  expect(stop).not.toThrow();
});
