import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** Resolves with what a pattern finds first in what a process says; rejects when the process ends without it. */
export function firstWords(child: ChildProcess, stream: Readable | null, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    stream?.on('data', (text) => {
      said += text;
      const [, words] = pattern.exec(said) ?? [];
      if (words !== undefined) resolve(words);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${child.spawnfile} ended (${code}):\n${said}`)));
  });
}

/** Ends a process of ours, and waits until it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await ended;
}
