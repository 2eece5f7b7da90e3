// Random truth, for as long as one has the patience: see `--help`.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const help = `Random histories, for as long as you have the patience. Without a part, all of them one after the other.

  npm run soak -- --part kills --kills 5000 --tabs 3      tabs that are killed with SIGKILL
  npm run soak -- --part tabs --histories 100000          a model of tabs that share an outbox
  npm run soak -- --part receivers --seconds 600          what listeners hear over links and servers that fail
  npm run soak -- --part properties --rounds 20           whatever else chance makes up in the tests, with new seeds
  npm run soak -- --seed 7                                the same chance as before; without it, a new one each time
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
        rounds: { type: 'string', default: '20' },
        seed: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { kills, tabs, histories, seconds, rounds, seed, part, help: wantsHelp } = readOptions();
if (wantsHelp) {
  console.log(help);
  process.exit(0);
}
for (const [name, value] of Object.entries({ kills, tabs, histories, seconds, rounds, seed }))
  if (value !== undefined && !/^\d+$/.test(value)) refuse(`--${name} takes a whole number, not "${value}".`);

/** Time limits are for what never happens: a machine that does much else is slow. */
const parts = {
  kills: {
    // At most three seconds a kill.
    run: `--project kills test/kills/killed-tabs.test.ts --testTimeout=${60_000 + 3_000 * Number(kills)}`,
    chance: { SUREWIRE_KILLS: kills, SUREWIRE_TABS: tabs },
    rounds: 1,
  },
  tabs: {
    run: `--project node test/outbox/outbox-tabs.model.test.ts --testTimeout=${60_000 + 200 * Number(histories)}`,
    chance: { SUREWIRE_HISTORIES: histories },
    rounds: 1,
  },
  receivers: {
    run: '--project soak',
    chance: { SUREWIRE_SOAK_SECONDS: seconds },
    rounds: 1,
  },
  properties: {
    run: '--project node model hostile random-programs publish-batches pattern resolution utf8 publish-options frames',
    chance: {},
    rounds: Number(rounds),
  },
};

const first = seed === undefined ? Date.now() % 2 ** 31 : Number(seed);
const chosen = part === undefined ? Object.keys(parts) : [part];
for (const name of chosen) {
  const {
    run,
    chance,
    rounds: times,
  } = parts[/** @type {keyof typeof parts} */ (name)] ??
  refuse(`There is no part "${name}", but ${Object.keys(parts).join(', ')}.`);
  for (let round = 0; round < times; round += 1) {
    const own = String(first + round);
    console.log(`SUREWIRE_SEED=${own}`);
    const env = { ...process.env, ...chance, SUREWIRE_SEED: own };
    const { status } = spawnSync(`npx vitest run ${run}`, { shell: true, stdio: 'inherit', env });
    if (status !== 0) process.exitCode = status ?? 1;
  }
}
