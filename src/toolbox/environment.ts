import { ConfigurationError, neededObject } from '../index';

/**
 * What the environment tells a client: `const { authEndpoint, ...server } = clientOptionsFromEnv(…)`, then
 * `new RealtimeClient({ ...server, auth: backendAuth({ endpoint: authEndpoint, token }) })`.
 */
export interface ToolboxClientOptions {
  /** The public key. */
  readonly key: string;
  /** The cluster. */
  readonly cluster: string;
  /** Where channels are authorized. */
  readonly authEndpoint: string;
}

const placeholder =
  /^(<.*>|\{.*\}|\$.*|\[.*\]|__.*__|%.*%|(.*[-_ ])?your([-_ ].*)?|.*[-_ ]here|(change|replace|fill)[-_ ]?(me|this|in|with).*|x{3,}|\*+|\.{3}|todo|tbd|n\/?a|none|null|undefined|placeholder.*|dummy.*|example)$/i;

/** Pusher's own, and whatever a bundler would put into a page; others, as `process.env` of a server has them, are not our business. */
const exposed = /(pusher|^vite_).*secret(?!ar)/i;

/**
 * Reads the options of a client from the platform's variables, `VITE_PUSHER_KEY`, `VITE_PUSHER_CLUSTER` and
 * `VITE_PUSHER_AUTH_ENDPOINT`: `clientOptionsFromEnv(import.meta.env)`. Throws a
 * `ConfigurationError` that says what to set when one is missing, empty or still a placeholder, and when anything called
 * `…PUSHER…SECRET…` or `VITE_…SECRET…` has a value: what a bundler puts into a page, everybody can read.
 */
export function clientOptionsFromEnv(env: object): ToolboxClientOptions {
  const values = new Map<string, unknown>(
    Object.entries(neededObject(env, 'clientOptionsFromEnv(import.meta.env)')),
  );
  const secret = [...values].find(([name, value]) => exposed.test(name) && textOf(value) !== '');
  if (secret !== undefined) {
    throw new ConfigurationError(
      `${secret[0]} is set where a client can read it: whoever has a Pusher secret can publish and read everything. Remove it from this environment (the backend calls its own PUSHER_SECRET), and change the secret if a build with it was published.`,
    );
  }
  const faults = wanted
    .map(({ name, example }) => {
      const text = textOf(values.get(name));
      if (text === '') return `${name} is not set (such as ${example})`;
      return placeholder.test(text) ? `${name} is still a placeholder (set it to such as ${example})` : '';
    })
    .filter((fault) => fault !== '');
  if (faults.length > 0) {
    throw new ConfigurationError(
      `Realtime is not configured: ${faults.join('; ')}. Set it in .env or where the front end is built, and start the build again.`,
    );
  }
  const [key = '', cluster = '', endpoint = ''] = wanted.map(({ name }) => textOf(values.get(name)));
  return { key, cluster, authEndpoint: endpoint };
}

const wanted = [
  { name: 'VITE_PUSHER_KEY', example: "the public key on the app's page at dashboard.pusher.com" },
  { name: 'VITE_PUSHER_CLUSTER', example: 'us2' },
  { name: 'VITE_PUSHER_AUTH_ENDPOINT', example: '/pusher/auth' },
] as const;

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}
