// Reads which server `npm run test:server` tries. By itself it says in one sentence what the environment lacks.
import { whenStarted } from './when-started.mjs';

/**
 * The names are those of Pusher's and Laravel's own documentation. Throws when one is missing.
 * @returns {{ host: string, port: number, tls: boolean, appId: string, key: string, secret: string, api?: { host: string, port: number } }}
 */
export function namedServer() {
  const {
    PUSHER_APP_ID: appId,
    PUSHER_APP_KEY: key,
    PUSHER_APP_SECRET: secret,
    PUSHER_APP_CLUSTER: cluster,
    PUSHER_HOST: host = cluster && `ws-${cluster}.pusher.com`,
    PUSHER_SCHEME: scheme = 'https',
    PUSHER_PORT: port = scheme === 'https' ? '443' : '80',
  } = process.env;
  if (!appId || !key || !secret || !host) {
    throw new Error(
      'test:server needs to know your server and an app of it that allows client events: PUSHER_APP_ID, PUSHER_APP_KEY, PUSHER_APP_SECRET and either PUSHER_APP_CLUSTER or PUSHER_HOST, with PUSHER_PORT and PUSHER_SCHEME (http or https) where they are not 443 and https.',
    );
  }
  const place = { host, port: Number(port), tls: scheme === 'https', appId, key, secret };
  return process.env['PUSHER_HOST']
    ? place
    : { ...place, api: { host: `api-${cluster}.pusher.com`, port: place.port } };
}

whenStarted(import.meta.url, namedServer);
