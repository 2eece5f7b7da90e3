import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { obey } from './child';
import { contestants } from './peers/contestants';
import { parts } from './peers/parts';
import { PeerClient, type PeerClientSettings } from './peers/peer-client';
import { PeerServer } from './peers/peer-server';
import { print } from './peers/print';
import { measured } from './results';

const help = `surewire beside pusher-js and the clients of other systems, each on its own wire, against small servers of ours: fresh
processes, contestants in turn, medians of the rounds (smallest to largest). Ratios are to raw pusher-js in the same round.

  npm run bench -- peers                             everything, 5 rounds: about an hour
  npm run bench -- peers --part inbound,publish      only these (below)
  npm run bench -- peers --contestants 'surewire;ably'   only these, and raw pusher-js
  npm run bench -- peers --rounds 2 --size 0.1       quick and rough: a tenth of the messages
  npm run bench -- peers --save                      keeps the figures in bench/results
  npm run bench                                      inbound and heap, with nothing but the project's own packages

Parts:
${Object.entries(parts)
  .map(([name, { about }]) => `  ${name.padEnd(14)} ${about}`)
  .join('\n')}

Contestants: ${Object.keys(contestants).join('; ')}.
`;

const { values } = parseArgs({
  options: {
    part: { type: 'string', default: Object.keys(parts).join(',') },
    contestants: { type: 'string', default: Object.keys(contestants).join(';') },
    rounds: { type: 'string', default: '5' },
    size: { type: 'string', default: '1' },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    /** For the processes that we start ourselves. */
    as: { type: 'string' },
    settings: { type: 'string', default: '{}' },
  },
});

// What another process of this program was told is what this program wrote.
const told: unknown = JSON.parse(values.settings);
if (values.as === 'server') obey(new PeerServer(told as ConstructorParameters<typeof PeerServer>[0]).orders);
else if (values.as === 'client') obey(new PeerClient(told as PeerClientSettings).orders);
else if (values.help) console.log(help);
else process.exit(await compare());

async function compare(): Promise<number> {
  const names = values.part.split(',');
  const taking = ['raw', ...values.contestants.split(';')].filter(
    (name, index, all) => all.indexOf(name) === index,
  );
  const [rounds, size] = [Number(values.rounds), Number(values.size)];
  const unknown = [
    ...names.filter((name) => !(name in parts)),
    ...taking.filter((name) => !(name in contestants)),
  ];
  if (unknown.length > 0 || !(rounds >= 1) || !(size > 0)) {
    console.error(`${unknown.join(', ') || '--rounds, --size'}? See --help.`);
    return 2;
  }
  if (taking.some((name) => contestants[name]?.foreign) && !install()) return 2;
  for (const name of names) {
    const part = parts[name];
    if (part === undefined) continue;
    const settings = { rounds, size };
    const result = await measured(name, { settings, save: values.save }, () =>
      part.measure({ rounds, size, taking }),
    );
    print(result, part.about);
  }
  return 0;
}

/** Puts the packages in place that surewire is compared with. */
function install(): boolean {
  const folder = join(process.cwd(), 'bench');
  if (existsSync(join(folder, 'node_modules', '.package-lock.json'))) return true;
  console.error('Installing the packages that surewire is compared with, once.');
  const command = [
    'npm',
    'ci',
    '--prefix',
    JSON.stringify(folder),
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  if (spawnSync(command.join(' '), { stdio: ['ignore', 2, 2], shell: true }).status === 0) return true;
  console.error(
    'They could not be installed: run `npm ci --prefix bench` to see why, and then the command again.',
  );
  return false;
}
