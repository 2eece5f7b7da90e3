import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const require = createRequire(import.meta.url);
const compiler = join(dirname(require.resolve('@typescript/native/package.json')), 'bin/tsc');
const root = fileURLToPath(new URL('../../', import.meta.url));
// Inside the repository, so that packages are found, and where neither git nor Vitest looks.
const workshop = join(root, 'node_modules/.cache/type-cost');

/** Every way to a channel that asks for its name, its event and its payload. */
const uses = [
  "void client.publish('room7-x', 'said7', { text: '', room: 7 });",
  "client.channel('room7-x').on('said7', ({ room }) => room);",
  "hooks.useEvent('room7-x', 'said7', ({ room }) => room);",
  "hooks.usePublish('room7-x', 'said7').publish({ text: '', room: 7 });",
  "composables.useLatest(() => 'room7-x' as const, 'said7');",
  "actions.publish('room7-x', 'said7', { text: '', room: 7 });",
];

const imports = `
import { defineChannels, event, RealtimeClient } from 'surewire';
import { createRealtimeHooks } from 'surewire/react';
import { createRealtimeActions } from 'surewire/redux';
import { createRealtimeComposables } from 'surewire/vue';
`;

function each(patterns: number, line: (index: number) => string): string {
  return Array.from({ length: patterns }, (_, index) => line(index)).join('\n');
}

/** Programs with that many patterns, by the way in which they are described. */
const described: Readonly<Record<string, (patterns: number) => string>> = {
  defineChannels: (patterns) => `
const channels = defineChannels({
${each(patterns, (index) => `'room${index}-{id}': { said${index}: event<{ text: string; room: ${index} }>() },`)}
});
type Channels = typeof channels;
const client = new RealtimeClient({ key: 'app-key', cluster: 'us2', channels });
`,
  'an interface': (patterns) => `
interface Channels {
${each(patterns, (index) => `[name: \`room${index}-\${string}\`]: { said${index}: { text: string; room: ${index} } };`)}
}
const client = new RealtimeClient<Channels>({ key: 'app-key', cluster: 'us2' });
`,
};

/** How many types the compiler makes for a program. Throws with what it says when it does not like the program. */
function instantiations(name: string, code: string): number {
  const folder = join(workshop, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const configuration = {
    extends: join(root, 'test/types/tsconfig.json'),
    compilerOptions: { noEmit: true, rootDir: root, skipLibCheck: true },
    files: ['program.ts'],
    include: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration));
  writeFileSync(join(folder, 'program.ts'), code);
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder, '--extendedDiagnostics'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stdout.slice(0, 2_000));
  return Number(/Instantiations:\s+(\d+)/.exec(stdout)?.[1]);
}

it.each(Object.entries(described))(
  'channels of %s cost the compiler a linear number of types',
  {
    timeout: 180_000,
  },
  (way, describeChannels) => {
    const factories = `
const hooks = createRealtimeHooks<Channels>();
const composables = createRealtimeComposables<Channels>();
const actions = createRealtimeActions<Channels>();
`;
    // What TypeScript itself asks for so many index signatures is not ours to mend.
    const ours = (patterns: number): number => {
      const program = `${imports}${describeChannels(patterns)}${factories}`;
      const name = `${way.replace(' ', '-')}-${patterns}`;
      return instantiations(name, `${program}${uses.join('\n')}`) - instantiations(name, program);
    };
    const [hundred, twoHundred, threeHundred] = [ours(100), ours(200), ours(300)];
    expect(threeHundred - twoHundred).toBeLessThanOrEqual(1.2 * (twoHundred - hundred) + 500);
    expect(threeHundred).toBeLessThan(20_000);
  },
);
