import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** The application's own files; `old/` is what `realtime.ts` takes the place of. */
function files(folder: string): Map<string, string[]> {
  const root = new URL(`./${folder}/`, import.meta.url);
  const names = readdirSync(root).filter((name) => name.endsWith('.ts') && name !== 'realtime.ts');
  return new Map(names.map((name) => [name, readFileSync(new URL(name, root), 'utf8').split(/\r?\n/)]));
}

test('between before and after, only where things are imported from has changed', () => {
  const [before, after] = [files('before'), files('after')];
  expect([...after.keys()]).toEqual([...before.keys()]);
  const changed = [...before].flatMap(([name, lines]) => {
    const now = after.get(name) ?? [];
    expect(now).toHaveLength(lines.length);
    return lines.flatMap((line, index) => (line === now[index] ? [] : [[line, now[index] ?? '']]));
  });
  // Code that only opens sockets imports nothing, and nothing of it changes.
  const importers = [...before.values()].filter((lines) =>
    lines.some((line) => line.includes('./old/index.ts')),
  );
  expect([before.size, importers.length, changed.length]).toEqual([4, 3, 3]);
  for (const [old, now] of changed) {
    expect(old).toMatch(/^import .* from '\.\/old\/index\.ts';$/);
    expect(now).toBe(old?.replace('./old/index.ts', './realtime.ts'));
  }
});
