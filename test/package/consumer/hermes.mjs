// The application of hermes-app.js, with every part of surewire, in a realm that has what Hermes and React Native have and nothing
// else: node hermes.mjs SETTINGS. Says each step as a line of JSON, and ends by itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';

const here = import.meta.dirname;
const context = createContext({});

/** What V8 has and Hermes has not, or not everywhere; no regular expression has a flag `v` there either. */
const missing = [
  'for (const name of ["FinalizationRegistry", "WeakRef", "Intl", "WebAssembly", "Atomics", "SharedArrayBuffer", "Iterator", "Temporal", "AsyncDisposableStack", "DisposableStack", "SuppressedError", "Float16Array"]) delete globalThis[name]',
  'for (const name of ["findLast", "findLastIndex", "toSorted", "toReversed", "toSpliced", "with"]) delete Array.prototype[name]',
  'for (const name of ["isWellFormed", "toWellFormed"]) delete String.prototype[name]',
  'for (const name of ["union", "intersection", "difference", "symmetricDifference", "isSubsetOf", "isSupersetOf", "isDisjointFrom"]) delete Set.prototype[name]',
  'delete Object.groupBy; delete Map.groupBy; delete Array.fromAsync; delete Promise.withResolvers; delete Promise.try; delete Error.isError; delete RegExp.escape; delete Error.captureStackTrace',
];
runInContext(missing.join(';\n'), context);

// What React Native adds. It has no TextEncoder, TextDecoder, crypto, structuredClone, EventTarget, DOMException, streams, URLSearchParams
// that are whole, BroadcastChannel, locks, storage of browsers or MessageChannel.
const native = {
  ...{ setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, queueMicrotask, console },
  performance: { now: () => performance.now() },
  ask: async (address, { headers, body, method }, aborted) => {
    const controller = new AbortController();
    aborted(() => controller.abort());
    const answer = await fetch(address, { headers, body, method, signal: controller.signal });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  },
  dial: (url) => new WebSocket(url),
};
runInContext(
  `(native) => {
  const { ask, dial, ...timers } = native;
  Object.assign(globalThis, timers, { window: globalThis, navigator: { product: 'ReactNative' } });
  globalThis.AbortSignal = class AbortSignal {
    aborted = false;
    onabort = null;
    #listeners = new Set();
    addEventListener(type, listener) { if (type === 'abort') this.#listeners.add(listener); }
    removeEventListener(type, listener) { this.#listeners.delete(listener); }
    dispatchEvent(event) { for (const listener of [...this.#listeners]) listener.call(this, event); }
  };
  globalThis.AbortController = class AbortController {
    signal = new AbortSignal();
    abort() {
      if (this.signal.aborted) return;
      this.signal.aborted = true;
      this.signal.dispatchEvent({ type: 'abort', target: this.signal, currentTarget: this.signal });
    }
  };
  globalThis.URL = class URL {
    constructor(address, base = '') { this.href = /^[a-z]+:/i.test(address) ? address : base + address; }
    get origin() { throw new Error('not implemented'); }
    get pathname() { throw new Error('not implemented'); }
    get protocol() { throw new Error('not implemented'); }
    get hostname() { throw new Error('not implemented'); }
    toString() { return this.href; }
  };
  globalThis.fetch = (address, { signal, ...init } = {}) => new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new TypeError('Aborted'));
    ask(address, init, (abort) => signal?.addEventListener('abort', abort)).then(
      ({ status, headers, text }) =>
        resolve({ status, ok: status < 300, headers: { get: (name) => headers.get(name) }, text: async () => text }),
      () => reject(new TypeError('Network request failed')),
    );
  });
  globalThis.WebSocket = class WebSocket {
    #socket;
    constructor(url) {
      this.#socket = dial(String(url));
      this.#socket.onmessage = ({ data }) => this.onmessage?.({ type: 'message', data });
      this.#socket.onerror = () => this.onerror?.({ type: 'error', message: 'failed' });
      this.#socket.onclose = ({ code, reason }) => this.onclose?.({ type: 'close', code, reason });
      this.#socket.onopen = () => this.onopen?.({ type: 'open' });
    }
    get readyState() { return this.#socket.readyState; }
    send(text) { this.#socket.send(text); }
    close(code, reason) { this.#socket.close(code, reason); }
  };
}`,
  context,
)(native);

/** As Metro makes it: one file, and no `import()`. */
for (const file of ['node_modules/surewire/dist/surewire.slim.umd.js', 'hermes-app.js'])
  runInContext(readFileSync(join(here, file), 'utf8'), context, { filename: file });

const settings = String(process.argv[2]);
await context.application(settings, (line) => process.stdout.write(`${line}\n`));
