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

const stablelib = `MIT License

Copyright (c) 2016 Dmitry Chestnykh

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** What pusher-js has inside of its own build; its source maps name it, and its folder has no text for it. */
const insidePusher: readonly Bundled[] = ['@stablelib/base64', '@stablelib/utf8'].map((name) => ({
  name,
  version: '',
  license: 'MIT',
  text: stablelib,
}));

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
  const packages = [...bundled.values()];
  const extra = packages.some(({ name }) => name === 'pusher-js') ? insidePusher : [];
  const inside = [...packages, ...extra].sort((left, right) => left.name.localeCompare(right.name));
  for (const { name, version, license, text } of inside)
    parts.push(`${[name, version].filter(Boolean).join(' ')} (${license})\n\n${text}`);
  return `${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
