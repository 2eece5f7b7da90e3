import { fileURLToPath } from 'node:url';

/**
 * Does the work of a file that was started by itself, and not imported; what is thrown is said in one sentence.
 * @param {string} url its `import.meta.url`
 * @param {() => void} work
 */
export function whenStarted(url, work) {
  if (process.argv[1] !== fileURLToPath(url)) return;
  try {
    work();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
