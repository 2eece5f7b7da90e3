// Compares the public API of every entry with its report in .ci/api; with --local, writes the reports.
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const local = process.argv.includes('--local');
const reports = '.ci/api';
const scratch = 'node_modules/.cache/api-report';
/** @type {{ exports: Record<string, string | { import?: { types: string } }> }} */
const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));

/** @param {ExtractorLogLevel} logLevel */
const level = (logLevel) => ({ logLevel, addToApiReportFile: false });

let accepted = true;
mkdirSync(reports, { recursive: true });
for (const entry of Object.values(exports)) {
  const types = typeof entry === 'string' ? undefined : entry.import?.types;
  if (types === undefined) continue;
  const name = types.replace(/^.*\/|\.d\.ts$/g, '');
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: resolve('package.json'),
    configObject: {
      projectFolder: process.cwd(),
      mainEntryPointFilePath: resolve(types),
      newlineKind: 'lf',
      // Vue's own declarations have a mistake that only its compiler forgives.
      compiler: { tsconfigFilePath: resolve('tsconfig.json'), skipLibCheck: true },
      apiReport: {
        enabled: true,
        reportFileName: name,
        reportFolder: resolve(reports),
        reportTempFolder: resolve(scratch),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: level(ExtractorLogLevel.Error) },
        extractorMessageReporting: {
          default: level(ExtractorLogLevel.Error),
          'ae-missing-release-tag': level(ExtractorLogLevel.None),
          // The bundler renames what both entries share; typedoc's `notExported` guards the real thing.
          'ae-forgotten-export': level(ExtractorLogLevel.None),
          'ae-misplaced-package-tag': level(ExtractorLogLevel.None),
          'ae-undocumented': level(ExtractorLogLevel.None),
          'ae-internal-missing-underscore': level(ExtractorLogLevel.None),
        },
        tsdocMessageReporting: { default: level(ExtractorLogLevel.None) },
      },
    },
  });
  const result = Extractor.invoke(config, {
    localBuild: local,
    messageCallback: (message) => {
      // Its own progress report; ours is the line below.
      if (message.messageId.startsWith('console-')) message.handled = true;
    },
  });
  const change = local
    ? 'written'
    : `differs from ${reports}/${name}.api.md; \`npm run api -- --local\` accepts it`;
  console.log(`${name}: ${result.apiReportChanged ? change : 'as reported'}, ${result.errorCount} errors`);
  accepted &&= result.errorCount === 0 && (local || !result.apiReportChanged);
}
process.exitCode = accepted ? 0 : 1;
