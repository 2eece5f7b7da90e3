// Random truth, for as long as one has the patience: see `--help`.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const help = `Random histories, for as long as you have the patience. Without a part, all three one after the other.

  npm run soak -- --part kills --kills 5000 --tabs 3      tabs that are killed with SIGKILL
  npm run soak -- --part tabs --histories 100000          a model of tabs that share an outbox
  npm run soak -- --part receivers --seconds 600          what listeners hear over links and servers that fail
  npm run soak -- --seed 7                                the same chance as before
  npm run soak -- --help                                  this
`;

/** @param {string} reason @returns {never} */
function refuse(reason) {
  console.error(`${reason}\n\nnpm run soak -- --help lists the options.`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        part: { type: 'string' },
        kills: { type: 'string', default: '1000' },
        tabs: { type: 'string', default: '1' },
        histories: { type: 'string', default: '100000' },
        seconds: { type: 'string', default: '600' },
        seed: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { kills, tabs, histories, seconds, seed, part, help: wantsHelp } = readOptions();
if (wantsHelp) {
  console.log(help);
  process.exit(0);
}
for (const [name, value] of Object.entries({ kills, tabs, histories, seconds, seed }))
  if (value !== undefined && !/^\d+$/.test(value)) refuse(`--${name} takes a whole number, not "${value}".`);

/** Time limits are for what never happens: a machine that does much else is slow. */
const parts = {
  kills: {
    // At most three seconds a kill.
    run: `--project kills test/kills/killed-tabs.test.ts --testTimeout=${60_000 + 3_000 * Number(kills)}`,
    chance: { SUREWIRE_KILLS: kills, SUREWIRE_TABS: tabs },
  },
  tabs: {
    run: `--project node test/outbox/outbox-tabs.model.test.ts --testTimeout=${60_000 + 200 * Number(histories)}`,
    chance: { SUREWIRE_HISTORIES: histories },
  },
  receivers: {
    run: '--project soak',
    chance: { SUREWIRE_SOAK_SECONDS: seconds },
  },
};

const chosen = part === undefined ? Object.keys(parts) : [part];
for (const name of chosen) {
  const { run, chance } = parts[/** @type {keyof typeof parts} */ (name)] ?? {};
  if (run === undefined) {
    refuse(`There is no part "${name}", but ${Object.keys(parts).join(', ')}.`);
  }
  const { status } = spawnSync(`npx vitest run ${run}`, {
    shell: true,
    stdio: 'inherit',
    env: { ...process.env, ...chance, ...(seed === undefined ? {} : { SUREWIRE_SEED: seed }) },
  });
  if (status !== 0) process.exitCode = status ?? 1;
}
