import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Does the work of a file that was started by itself, and not imported; what is thrown is said in one sentence.
 * @param {string} url its `import.meta.url`
 * @param {() => void} work
 */
export function whenStarted(url, work) {
  const [, started] = process.argv;
  // A folder may be reached by a link, as /tmp is on macOS; what Node says of a module never is.
  if (started === undefined || realpathSync(started) !== realpathSync(fileURLToPath(url))) return;
  try {
    work();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
