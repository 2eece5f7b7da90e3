// Prints, for each entry, whether what it throws is an instance of the class that the core exports: node identity.mjs import|require
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const load = process.argv[2] === 'import' ? (name) => import(name) : async (name) => require(name);

const { RealtimeClient, RealtimeError } = await load('surewire');
const { createElement } = await load('react');
const { renderToString } = await load('react-dom/server');
const client = new RealtimeClient({ key: 'app-key', cluster: 'us2' });

/** A mistake for each entry. */
const mistakes = {
  'surewire/react': ({ useRealtime }) => renderToString(createElement(() => useRealtime())),
  'surewire/vue': ({ useRealtime }) => useRealtime(),
  'surewire/redux': ({ createRealtimeMiddleware }) => createRealtimeMiddleware(client, { window: -1 }),
  'surewire/legacy': ({ readFrame }) => readFrame('no frame'),
  'surewire/legacy/react': ({ useWebSocket }) => renderToString(createElement(() => useWebSocket())),
  'surewire/toolbox': ({ clientOptionsFromEnv }) => clientOptionsFromEnv({}),
  'surewire/pusher': ({ Pusher }) => new Pusher('', { cluster: 'us2' }),
  'surewire/testing': ({ createTestServer }) => createTestServer({ apps: [] }),
};

const quiet = console.error;
console.error = () => {};
const answers = {};
for (const [name, make] of Object.entries(mistakes)) {
  const entry = await load(name);
  try {
    make(entry);
    answers[name] = 'nothing thrown';
  } catch (error) {
    answers[name] = error instanceof RealtimeError ? 'ours' : String(error);
  }
}
console.error = quiet;
process.stdout.write(JSON.stringify(answers));
