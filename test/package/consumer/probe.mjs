// Prints what importing one entry did to the process, as JSON: node probe.mjs import|require surewire
import { createRequire } from 'node:module';

const [how, entry] = process.argv.slice(2);
const require = createRequire(import.meta.url);
// What the peers do when they are imported is not ours.
for (const peer of ['react', 'vue', 'redux']) {
  try {
    await (how === 'import' ? import(peer) : require(peer));
  } catch {
    // Not installed here.
  }
}
const page = [
  'window',
  'document',
  'navigator',
  'localStorage',
  'indexedDB',
  'BroadcastChannel',
  'WebSocket',
  'fetch',
];
const clocks = ['setTimeout', 'setInterval', 'setImmediate'];
const touched = [];

for (const name of page) {
  Object.defineProperty(globalThis, name, { configurable: true, get: () => void touched.push(name) });
}
for (const name of clocks) {
  const original = globalThis[name];
  globalThis[name] = (...values) => {
    touched.push(name);
    return original(...values);
  };
}

const before = new Set(Reflect.ownKeys(globalThis));
const count = (name) => process.listenerCount(name);
const listened = new Map(process.eventNames().map((name) => [name, count(name)]));
const exported = how === 'import' ? await import(entry) : require(entry);
const added = Reflect.ownKeys(globalThis).filter((name) => !before.has(name));
const listeners = process.eventNames().filter((name) => count(name) > (listened.get(name) ?? 0));
const loaded = Object.keys(require.cache).filter((path) => /node_modules.(ws|msw|pusher-js)/.test(path));
process.stdout.write(
  JSON.stringify({ names: Object.keys(exported).sort(), added, touched, listeners, loaded }),
);
