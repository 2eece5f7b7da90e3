import { readFileSync, writeFileSync } from 'node:fs';
import { guideText } from './guide/guide-text';
import { withFigures } from './guide/readme-figures';
import { kept } from './results';

// Writes the guide "performance", and the figures of the README, from the runs in bench/results.

const results = kept();
writeFileSync('docs/guides/performance.md', guideText(results));
const readme = readFileSync('README.md', 'utf8');
writeFileSync('README.md', withFigures(readme, results));
console.log(`docs/guides/performance.md and README.md are of ${results.size} measurements.`);
