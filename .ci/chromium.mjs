// Prints the path of a Chromium or Chrome for the browser tests: the one named by CHROMIUM_PATH, an installed one,
// Playwright's own, or, with --install, one that this script puts in place.
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { whenStarted } from './when-started.mjs';

const { env, platform } = process;

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @returns {string[]} */
function usualPlaces() {
  if (platform === 'darwin') {
    return ['Google Chrome', 'Chromium'].flatMap((name) =>
      ['/Applications', join(homedir(), 'Applications')].map(
        (root) => `${root}/${name}.app/Contents/MacOS/${name}`,
      ),
    );
  }
  if (platform === 'win32') {
    const roots = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']];
    return roots.flatMap((root) =>
      root === undefined
        ? []
        : [join(root, 'Google/Chrome/Application/chrome.exe'), join(root, 'Chromium/Application/chrome.exe')],
    );
  }
  const names = ['chromium', 'google-chrome-stable', 'google-chrome', 'chromium-browser'];
  return (env['PATH'] ?? '/usr/bin')
    .split(delimiter)
    .flatMap((directory) => names.map((name) => join(directory, name)))
    .filter((path) => !isSnapStub(path));
}

/**
 * Ubuntu's `chromium-browser` without its snap is a shell script that asks to install the snap.
 * @param {string} path
 */
function isSnapStub(path) {
  return path.endsWith('chromium-browser') && existsSync(path) && !existsSync('/snap/bin/chromium');
}

/** @returns {string[]} newest revision first */
function playwrightBrowsers() {
  const caches = { darwin: 'Library/Caches/ms-playwright', win32: 'AppData/Local/ms-playwright' };
  const cache =
    env['PLAYWRIGHT_BROWSERS_PATH'] ??
    join(
      homedir(),
      platform === 'darwin' || platform === 'win32' ? caches[platform] : '.cache/ms-playwright',
    );
  const binaries = [
    'chrome-linux/chrome',
    'chrome-linux64/chrome',
    'chrome-linux-arm64/chrome',
    'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
    'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
    'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
    'chrome-win/chrome.exe',
    'chrome-win64/chrome.exe',
  ];
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => /^chromium-\d+$/.test(name))
    .sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)))
    .flatMap((name) => binaries.map((binary) => join(cache, name, binary)));
}

/**
 * The browser to test with, if there is one already.
 * @returns {string | undefined}
 */
export function findChromium() {
  const chosen = env['CHROMIUM_PATH'];
  if (chosen) {
    if (isExecutable(chosen)) return chosen;
    throw new Error(`CHROMIUM_PATH is ${chosen}, which is not an executable file.`);
  }
  return [...usualPlaces(), ...playwrightBrowsers()].find(isExecutable);
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  // Its output goes to stderr, because stdout carries the path.
  return spawnSync(command, args, { stdio: ['ignore', 2, 2], shell: platform === 'win32' }).status === 0;
}

function onDebianAsRoot() {
  if (platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    // Ubuntu's package `chromium` only points to a snap, which cannot run in a container.
    return /^ID=debian$/m.test(execFileSync('cat', ['/etc/os-release'], { encoding: 'utf8' }));
  } catch {
    return false;
  }
}

/**
 * The browser to test with, installed if need be.
 * @returns {string}
 */
export function ensureChromium() {
  const found = findChromium();
  if (found !== undefined) return found;
  console.error('No Chromium on this machine: installing one for the browser tests.');
  const apt = () =>
    onDebianAsRoot() &&
    run('apt-get', ['update']) &&
    run('env', [
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      'install',
      '-y',
      '--no-install-recommends',
      'chromium',
    ]);
  // With its system libraries where we may install them; a user who is not root usually has them.
  const playwright = () =>
    run('npx', ['playwright', 'install', ...(process.getuid?.() === 0 ? ['--with-deps'] : []), 'chromium']);
  if (apt() || playwright()) {
    const installed = findChromium();
    if (installed !== undefined) return installed;
  }
  throw new Error(
    'The browser tests need Chromium or Chrome and it could not be installed here: install one, or set CHROMIUM_PATH to its executable, and run the command again.',
  );
}

whenStarted(import.meta.url, () => {
  const path = process.argv.includes('--install') ? ensureChromium() : findChromium();
  if (path === undefined)
    throw new Error('No Chromium or Chrome found; with --install one would be installed.');
  console.log(path);
});
