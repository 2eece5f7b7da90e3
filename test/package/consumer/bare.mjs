// Evaluates every file of the package where there is nothing but the language, and prints what became of each, as JSON:
// node --experimental-vm-modules bare.mjs
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createContext, runInContext, SourceTextModule, SyntheticModule } from 'node:vm';

const dist = join(import.meta.dirname, 'node_modules/surewire/dist');
const peers = new Set(['react', 'vue', 'redux', 'ws', 'msw']);
/** Parts of the language and of V8 that Hermes, old phones or an old Jest do not have. */
const mayBeMissing = [
  'FinalizationRegistry',
  'WeakRef',
  'Intl',
  'WebAssembly',
  'Atomics',
  'SharedArrayBuffer',
  'console',
];

function bareContext() {
  const context = createContext({});
  for (const name of mayBeMissing) runInContext(`delete globalThis.${name}`, context);
  const platform = [
    'TextEncoder',
    'crypto',
    'AbortController',
    'setTimeout',
    'queueMicrotask',
    'process',
    'URL',
    'Event',
    'Buffer',
  ];
  for (const name of [...mayBeMissing, ...platform]) {
    if (runInContext(`typeof ${name}`, context) !== 'undefined') throw new Error(`${name} is still there.`);
  }
  return context;
}

/** In place of a framework: any of its functions may be called while a module is evaluated. */
const framework = new Proxy(() => framework, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => '' : framework),
});

function evaluateCommonJs(file, context = bareContext(), known = new Map()) {
  if (known.has(file)) return known.get(file).exports;
  const module = { exports: {} };
  known.set(file, module);
  const { resolve } = createRequire(file);
  const load = (id) =>
    peers.has(id.split('/')[0]) ? framework : evaluateCommonJs(resolve(id), context, known);
  const wrapper = runInContext(
    `(function (module, exports, require) {${readFileSync(file, 'utf8')}\n})`,
    context,
    { filename: file },
  );
  wrapper(module, module.exports, load);
  return module.exports;
}

async function evaluateModule(file) {
  const context = bareContext();
  const known = new Map();
  const make = (path) => {
    const source = readFileSync(path, 'utf8');
    const module = new SourceTextModule(source, { context, identifier: path });
    known.set(path, module);
    return module;
  };
  const link = (id, importer) => {
    if (peers.has(id.split('/')[0])) {
      const source = readFileSync(importer.identifier, 'utf8');
      const names = [...source.matchAll(/import\s*\{([^}]*)\}\s*from\s*["']([^"']+)["']/g)]
        .filter(([, , from]) => from === id)
        .flatMap(([, list]) => list.split(',').map((item) => item.trim().split(/\s+as\s+/)[0]))
        .filter(Boolean);
      return synthetic(['default', ...names], () => framework, context);
    }
    const path = id.startsWith('.') ? join(dirname(importer.identifier), id) : esmOf(id);
    return known.get(path) ?? (isModule(path) ? make(path) : wrap(path, context));
  };
  const module = make(file);
  await module.link(link);
  await module.evaluate();
  return module.namespace;
}

function synthetic(names, read, context) {
  const unique = [...new Set(names)];
  return new SyntheticModule(
    unique,
    function () {
      for (const name of unique) this.setExport(name, read(name));
    },
    { context },
  );
}

/** A CommonJS file, imported: its exports are the default. */
function wrap(path, context) {
  const exported = evaluateCommonJs(path, context);
  return synthetic(['default'], () => exported, context);
}

function isModule(path) {
  return path.endsWith('.mjs') || /^(?:import|export)\b/m.test(readFileSync(path, 'utf8'));
}

/** Where `import` finds a dependency of the package. */
function esmOf(id) {
  const resolve = createRequire(join(dist, 'index.js')).resolve;
  let folder = dirname(resolve(id));
  for (;;) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      if (manifest.name === id) {
        const pick = (entry) =>
          typeof entry === 'string' ? entry : entry && pick(entry.import ?? entry.module ?? entry.default);
        return join(
          folder,
          pick(manifest.exports?.['.'] ?? manifest.exports) ?? manifest.module ?? manifest.main,
        );
      }
    } catch {
      // Further up.
    }
    folder = dirname(folder);
  }
}

function evaluateScript(file) {
  const context = bareContext();
  runInContext(readFileSync(file, 'utf8'), context, { filename: file });
  // A class as the global, where the file stands for pusher-js: what it carries is its own.
  const { Surewire, Pusher } = context;
  return Surewire ?? { Pusher };
}

const found = {};
for (const name of readdirSync(dist).filter((each) => /\.c?js$/.test(each))) {
  const file = join(dist, name);
  try {
    let exported;
    if (name.includes('.umd.')) exported = evaluateScript(file);
    else if (name.endsWith('.cjs')) exported = evaluateCommonJs(file);
    else exported = await evaluateModule(file);
    found[name] = Object.keys(exported).length > 0 ? 'evaluated' : 'exports nothing';
  } catch (error) {
    found[name] = String(error?.stack ?? error).slice(0, 400);
  }
}
process.stdout.write(JSON.stringify(found));
