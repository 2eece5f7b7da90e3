import { expect, test } from 'vitest';
import { ExampleProcess } from '../setup/example-process';

test('an old application passes its tests on its old server and, with another import, on Pusher', {
  timeout: 120_000,
}, async () => {
  const vitest = 'node_modules/vitest/vitest.mjs';
  const { code, output } = await new ExampleProcess([
    vitest,
    'run',
    '--root',
    'examples/legacy-migration',
  ]).end();
  expect(output).toMatch(/Tests +25 passed/);
  expect(code).toBe(0);
});
