import type { ServerPlace } from './server-visit';
import type { Soketi, SoketiApp } from './soketi-process';

function app(key: string, settings: Partial<SoketiApp> = {}): SoketiApp {
  return { id: `${key}-id`, key, secret: `${key}-secret`, enableClientMessages: true, ...settings };
}

/** One app for each thing that soketi can be told about an app. */
export const apps: readonly SoketiApp[] = [
  app('school'),
  app('slow', { maxClientEventsPerSecond: 3 }),
  app('silent', { enableClientMessages: false }),
  app('small', { maxConnections: 1 }),
  app('signed', { enableUserAuthentication: true }),
  app('disabled', { enabled: false }),
];

/** Where one of these apps is. */
export function placeOf({ host, port }: Soketi, key = 'school'): ServerPlace {
  const { id: appId, secret } = app(key);
  return { host, port, tls: false, appId, key, secret, signsIn: key === 'signed' };
}
