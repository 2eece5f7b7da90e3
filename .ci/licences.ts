// A plugin for the build that writes dist/LICENSES.txt: our licence, and the notice of everything that is inside a file of dist.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** The name of the file with the notices, which every bundle names. */
export const licencesFile = 'LICENSES.txt';

interface Bundled {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
}

/** What the builds of one run have bundled so far; they run side by side and write one file. */
const bundled = new Map<string, Bundled>();

/** Notes what each build bundles, and writes the notices of all. Fails for a package that says nothing of its licence. */
export const licences: Plugin = {
  name: 'licences',
  setup(build) {
    build.initialOptions.metafile = true;
    build.onEnd(({ metafile }) => {
      for (const output of Object.values(metafile?.outputs ?? {})) {
        for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
          if (bytesInOutput > 0 && path.includes('node_modules/')) note(path);
        }
      }
      mkdirSync('dist', { recursive: true });
      writeFileSync(join('dist', licencesFile), notices());
    });
  },
};

function note(path: string): void {
  const [folder = ''] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
  if (bundled.has(folder)) return;
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Bundled;
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (typeof license !== 'string') throw new Error(`${name} is bundled and its manifest names no licence.`);
  const text =
    file === undefined ? `Licensed under ${license}; the package brings no text.` : read(folder, file);
  bundled.set(folder, { name, version, license, text });
}

function read(folder: string, file: string): string {
  return readFileSync(join(folder, file), 'utf8').trim();
}

function notices(): string {
  const own = JSON.parse(readFileSync('package.json', 'utf8')) as Bundled;
  const parts = [
    `surewire ${own.version} is licensed under ${own.license}:\n\n${read(dirname('package.json'), 'LICENSE')}`,
    'Some of its files have other packages inside. Their notices:',
  ];
  const inside = [...bundled.values()].sort((left, right) => left.name.localeCompare(right.name));
  for (const { name, version, license, text } of inside)
    parts.push(`${name} ${version} (${license})\n\n${text}`);
  return `${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
