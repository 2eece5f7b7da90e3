import { readFileSync, writeFileSync } from 'node:fs';
import { guideText } from './guide/guide-text';
import { withFigures } from './guide/readme-figures';
import { kept } from './results';

// Writes the guide "performance", and the figures of the README, the landing page and the comparison, from the runs in bench/results.

if (process.argv.includes('--help')) {
  console.log(
    'Writes docs/guides/performance.md and the figures of the README, the landing page and the comparison from bench/results. It takes a second.',
  );
  process.exit(0);
}
const results = kept();
writeFileSync('docs/guides/performance.md', guideText(results));
for (const path of ['README.md', 'docs/site/index.md', 'docs/guides/comparison.md']) {
  writeFileSync(path, withFigures(readFileSync(path, 'utf8'), results));
}
console.log(`docs/guides/performance.md and the README are of ${results.size} measurements.`);
