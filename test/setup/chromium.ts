import { type Browser, chromium } from 'playwright';
import { ensureChromium } from '../../.ci/chromium.mjs';

/** Starts Chromium for tests that look at pages from outside, as `npm test` finds or installs it. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: ensureChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
}
