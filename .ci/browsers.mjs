// Finds the browsers, other than Chromium, that `npm run test:browsers` tries. By itself it says in one sentence what is missing.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { whenStarted } from './when-started.mjs';

/** @param {readonly string[]} names @returns {string | undefined} */
function onPath(...names) {
  const folders = (process.env['PATH'] ?? '/usr/bin').split(delimiter);
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}

/**
 * Throws when one of them is not there.
 * @returns {{ firefox: string, webKitDriver: string, xvfb: string }}
 */
export function findBrowsers() {
  if (process.platform !== 'linux')
    throw new Error(
      'test:browsers runs on Linux only, where WebKit comes with a driver that needs no Safari.',
    );
  const firefox = onPath('firefox-esr', 'firefox');
  const webKitDriver = onPath('WebKitWebDriver');
  const xvfb = onPath('Xvfb');
  if (firefox && webKitDriver && xvfb) return { firefox, webKitDriver, xvfb };
  const missing = [
    firefox ? [] : ['firefox-esr (on Ubuntu: firefox)'],
    webKitDriver ? [] : ['webkit2gtk-driver'],
    xvfb ? [] : ['xvfb'],
  ].flat();
  throw new Error(
    `test:browsers needs more browsers than there are here: apt-get install ${missing.join(' ')}`,
  );
}

whenStarted(import.meta.url, findBrowsers);
