import { expect, test } from 'vitest';
import { besiege } from './siege';

const { SUREWIRE_KILLS: kills = '200', SUREWIRE_TABS: tabs = '1', SUREWIRE_SEED: seed } = process.env;

test('whatever tab or browser is killed and whenever, each message that was stored arrives, once and in its order', async () => {
  const settings = {
    kills: Number(kills),
    tabs: Number(tabs),
    owners: Math.ceil(4 / Number(tabs)),
    seed: seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(seed),
  };
  const started = performance.now();
  const { lost, doubled, disordered, faults, ...counts } = await besiege(settings);
  const seconds = Math.round((performance.now() - started) / 1_000);
  console.log(`${JSON.stringify({ ...settings, ...counts, seconds })}`);
  expect({ seed: settings.seed, lost, doubled, disordered, faults }).toEqual({
    seed: settings.seed,
    lost: [],
    doubled: [],
    disordered: [],
    faults: [],
  });
  expect(counts.kills).toBeGreaterThanOrEqual(settings.kills);
  // Otherwise nothing was tried.
  expect(counts.stored).toBeGreaterThan(settings.kills);
});
