// The one test command: everything a change must pass, cheapest first. It stops at the first failure.
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium } from './chromium.mjs';
import { ensureSoketi, withoutSoketi } from './soketi.mjs';

/**
 * `project` names the tests that are counted; `without` says why the step cannot be run on this machine; `beside` is a step
 * that runs at the same time.
 * @typedef {{ name: string, run: string, project?: string, without?: string | undefined, beside?: Step }} Step
 */

/** @type {Step[]} */
const steps = [
  { name: 'lint and format', run: 'npm run --silent lint' },
  {
    name: 'types of sources, tests, examples',
    run: 'npm run --silent typecheck',
    beside: { name: 'build', run: 'npm run --silent build:dist' },
  },
  { name: 'types of the built package', run: 'npm run --silent typecheck:dist' },
  { name: 'unused code and dependencies', run: 'npm run --silent knip' },
  {
    name: 'tests in Node',
    run: 'npm run --silent test:unit --',
    project: 'node',
    beside: { name: 'random receivers, 100 s', run: 'npm run --silent test:soak --', project: 'soak' },
  },
  { name: 'tests of the bindings', run: 'npm run --silent test:bindings --', project: 'bindings' },
  { name: 'stories over other links', run: 'npm run --silent test:links --', project: 'links' },
  {
    name: 'tests against soketi',
    run: 'npm run --silent test:soketi --',
    project: 'soketi',
    without: withoutSoketi(),
  },
  { name: 'tests in Chromium', run: 'npm run --silent test:browser --', project: 'browser' },
  { name: 'tests that kill tabs', run: 'npm run --silent test:kills --', project: 'kills' },
  { name: 'tests of the packed package', run: 'npm run --silent test:package --', project: 'package' },
  { name: 'the demo, as text', run: 'node examples/quick-start/serve.mjs --terminal' },
  { name: 'package rules', run: 'npm run --silent check:package' },
  { name: 'sizes', run: 'npm run --silent size' },
  {
    name: 'documentation',
    run: 'npm run --silent docs',
    beside: { name: 'API reports', run: 'npm run --silent api' },
  },
  { name: 'tests of the site', run: 'npm run --silent test:site --', project: 'site' },
];

// In a log file colours are noise, and Biome writes them even for FORCE_COLOR=0.
if (!process.stdout.isTTY) {
  delete process.env['FORCE_COLOR'];
  process.env['NO_COLOR'] = '1';
}

// Where there is no pinned Node for the platform (`.ci/node`), this is the machine's own.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `npm test needs Node 22.18 or newer on ${process.platform} ${process.arch}, for which no Node is installed with the project; this is ${process.version}.`,
  );
  process.exit(1);
}

const results = mkdtempSync(join(tmpdir(), 'surewire-results-'));
/** @type {{ name: string, seconds: number, note: string }[]} */
const summary = [];
let passed = 0;
let failed = 0;

/**
 * What Vitest itself says about a run.
 * @param {string} file
 * @returns {{ passed: number, failed: number, skipped: number }}
 */
function count(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** @param {Step} step @returns {Promise<boolean>} whether it went well */
async function perform(step) {
  const started = performance.now();
  console.log(`\n── ${step.name}`);
  if (step.without !== undefined) {
    console.log(step.without);
    summary.push({ name: step.name, seconds: 0, note: step.without });
    return true;
  }
  const beside = step.beside && performBeside(step.beside);
  const status = await run(step, 'inherit');
  const good = judge(step, status, started);
  return (await beside?.()) !== false && good;
}

/**
 * Starts a step, and gives what waits for it: what it printed comes then.
 * @param {Step} step @returns {() => Promise<boolean>}
 */
function performBeside(step) {
  const started = performance.now();
  const output = join(results, `${step.project}.txt`);
  const ended = run(step, openSync(output, 'w'));
  return async () => {
    const status = await ended;
    console.log(`\n── ${step.name}`);
    console.log(readFileSync(output, 'utf8'));
    return judge(step, status, started);
  };
}

/** @param {Step} step @param {'inherit' | number} output @returns {Promise<number | null>} its exit code */
function run({ run, project }, output) {
  const reporters = project
    ? ` --reporter=default --reporter=json --outputFile.json="${join(results, `${project}.json`)}"`
    : '';
  const child = spawn(run + reporters, { shell: true, stdio: ['ignore', output, output] });
  return new Promise((resolve) => child.on('close', resolve));
}

/** Writes a line of the summary. @param {Step} step @param {number | null} status @param {number} started @returns {boolean} */
function judge({ name, project }, status, started) {
  let good = status === 0;
  let note = good ? 'ok' : 'FAILED';
  if (project) {
    try {
      const counted = count(join(results, `${project}.json`));
      passed += counted.passed;
      failed += counted.failed;
      note = `${counted.passed} passed, ${counted.failed} failed`;
      if (counted.skipped > 0) note += `, ${counted.skipped} SKIPPED`;
      if (counted.passed === 0) note += ', NOTHING TESTED';
      good &&= counted.skipped === 0 && counted.passed > 0;
    } catch {
      good = false;
      note = 'FAILED, no results';
    }
  }
  summary.push({ name, seconds: (performance.now() - started) / 1000, note });
  return good;
}

/** @returns {Promise<boolean>} */
async function performAll() {
  try {
    process.env['CHROMIUM_PATH'] = ensureChromium();
    if (withoutSoketi() === undefined) ensureSoketi();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
  console.log(`Node ${process.version}, ${process.env['CHROMIUM_PATH']}`);
  for (const step of steps) if (!(await perform(step))) return false;
  return true;
}

const good = await performAll();
rmSync(results, { recursive: true, force: true });
// A step without tests of its own, such as the compiler, fails as one.
if (!good && failed === 0) failed = 1;
console.log('\n── summary');
for (const { name, seconds, note } of summary) {
  console.log(`${name.padEnd(34)} ${seconds.toFixed(1).padStart(6)} s   ${note}`);
}
if (!good) console.log('Stopped there.');
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = good ? 0 : 1;
