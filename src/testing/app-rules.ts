import { ConfigurationError } from '../index';
import type { AppSettings, TestServerLimits } from './app-options';
import { decodeBase64 } from './cryptography';
import { isWhole, show } from './script-rules';

/** What a length or a bound may be: 0, `Infinity` and everything between. */
const isBound = (value: unknown): boolean => typeof value === 'number' && value >= 0;

/** Takes apps that a server can be. Throws a `ConfigurationError` that names the option, before anything is served. */
export function checkApps(apps: readonly AppSettings[]): void {
  if (apps.length === 0) throw new ConfigurationError('A test server needs at least one app in `apps`.');
  for (const name of ['id', 'key'] as const) {
    const values = apps.map((app) => app[name]);
    for (const value of values) {
      if (typeof value !== 'string' || value === '')
        throw new ConfigurationError(`\`${name}\` of an app must be a non-empty string; got ${show(value)}.`);
    }
    if (new Set(values).size < values.length)
      throw new ConfigurationError(`Each app of a test server needs \`${name}\` of its own.`);
  }
  for (const app of apps) checkApp(app);
}

function checkApp({ secret, encryptionMasterKey, activityTimeout, pongTimeout, limits }: AppSettings): void {
  if (typeof secret !== 'string') {
    throw new ConfigurationError(`\`secret\` of an app must be a string; got ${show(secret)}.`);
  }
  if (!isMasterKey(encryptionMasterKey)) {
    throw new ConfigurationError('`encryptionMasterKey` must be 32 bytes in base64.');
  }
  if (!(isBound(activityTimeout) && activityTimeout > 0)) {
    throw new ConfigurationError(
      `\`activityTimeout\` must be a number of seconds above 0; got ${show(activityTimeout)}.`,
    );
  }
  if (!isBound(pongTimeout)) {
    throw new ConfigurationError(
      `\`pongTimeout\` must be a number of milliseconds, at least 0; got ${show(pongTimeout)}.`,
    );
  }
  for (const [name, limit] of Object.entries(limits) as [keyof TestServerLimits, unknown][]) {
    if (isBound(limit) && (name === 'cacheLife' || limit === Number.POSITIVE_INFINITY || isWhole(limit)))
      continue;
    throw new ConfigurationError(
      `\`limits.${name}\` must be a non-negative integer or Infinity; got ${show(limit)}.`,
    );
  }
}

function isMasterKey(text: unknown): boolean {
  try {
    return typeof text === 'string' && decodeBase64(text).length === 32;
  } catch {
    return false;
  }
}
