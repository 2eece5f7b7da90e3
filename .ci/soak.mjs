// The test that kills tabs, for as long as one has the patience: `npm run soak`, `npm run soak -- --kills 5000 --tabs 3 --seed 7`.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    tabs: { type: 'string', default: '1' },
    seed: { type: 'string' },
    histories: { type: 'string' },
  },
});

const { kills, tabs, seed, histories } = values;
// At most three seconds a kill, on a machine that does much else.
const limit = 60_000 + 3_000 * Number(kills);
// Or the model of tabs, in memory: `npm run soak -- --histories 100000 --seed 7`.
const command =
  histories === undefined
    ? `npx vitest run --project kills test/kills/killed-tabs.test.ts --testTimeout=${limit}`
    : 'npx vitest run --project node test/outbox/outbox-tabs.model.test.ts';
const test = spawn(command, {
  shell: true,
  stdio: 'inherit',
  env: {
    ...process.env,
    SUREWIRE_KILLS: kills,
    SUREWIRE_TABS: tabs,
    ...(histories === undefined ? {} : { SUREWIRE_HISTORIES: histories }),
    ...(seed === undefined ? {} : { SUREWIRE_SEED: seed }),
  },
});
test.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
