import { ConfigurationError, needed, neededFunction, neededObject, neededText } from '../index';
import { checkHeaders, show } from './script-rules';
import type { TestServerOptions } from './test-server-options';

const shapes = ['result', 'status', 'success', 'empty'];

/** Takes options that a test server can be made with. Throws a `ConfigurationError` that names the option. */
export function checkServerOptions(options: TestServerOptions): void {
  const { apps, clock, headers, userId, ids, triggerAnswer, capacity } = neededObject(
    options,
    'createTestServer({ … })',
  );
  for (const name of ['authorize', 'watchlist', 'webhookFetch'] as const)
    if (options[name] !== undefined) neededFunction(options[name], `createTestServer({ ${name} })`);
  for (const app of listOf(apps, 'apps')) {
    const { webhooks } = neededObject(app, 'createTestServer({ apps: [{ … }] })');
    for (const webhook of listOf(webhooks, 'webhooks')) neededObject(webhook, 'webhooks: [{ url }]');
  }
  if (clock !== undefined) needed(clock, 'clock', ['now', 'after']);
  if (headers !== undefined)
    checkHeaders(neededObject(headers, 'createTestServer({ headers })'), '`headers` of a test server');
  if (userId !== undefined) neededText(userId, 'createTestServer({ userId })');
  checkWord(ids, 'ids', ['random', 'sequential']);
  checkWord(triggerAnswer, 'triggerAnswer', shapes);
  if (capacity !== undefined && !(typeof capacity === 'number' && capacity >= 0))
    throw new ConfigurationError(`\`capacity\` must be a number of at least 0; got ${show(capacity)}.`);
}

function listOf<Item>(value: readonly Item[] | undefined, name: string): readonly Item[] {
  if (value === undefined || Array.isArray(value)) return value ?? [];
  throw new ConfigurationError(`\`${name}\` of a test server must be a list; got ${show(value)}.`);
}

/** One of these words, or a function. */
function checkWord(value: unknown, name: string, words: readonly string[]): void {
  if (value === undefined || typeof value === 'function' || words.some((word) => word === value)) return;
  const wanted = words.map((word) => `"${word}"`).join(', ');
  throw new ConfigurationError(
    `\`${name}\` of a test server must be ${wanted} or a function; got ${show(value)}.`,
  );
}
