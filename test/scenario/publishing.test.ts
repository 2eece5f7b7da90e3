import { afterEach, describe, expect, test } from 'vitest';
import { createTestClient } from '../../src/testing/index';

const ends: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

describe('publishing around an outage', () => {
  test('what waits for another attempt goes as soon as the connection is back, in order', async () => {
    const { client, server, clock } = createTestClient();
    ends.push(() => client.destroy());
    client.on('error', () => {});
    client.channel('news').hold();
    await clock.advance(100);
    server.restart({ downFor: 40_000 });
    const publishing = Promise.all([1, 2, 3].map((n) => client.publish('news', 'headline', { n })));
    // Long enough for the wait between attempts to have grown to its cap of 30 s.
    await clock.advance(40_000);
    while (client.status.get().state !== 'connected') await clock.advance(50);
    const back = clock.now();
    await clock.advance(100);
    const acknowledgements = await publishing;
    expect(acknowledgements.map(({ level }) => level)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(Math.max(...acknowledgements.map(({ acceptedAt }) => acceptedAt)) - back).toBeLessThanOrEqual(100);
    const published = server.requests.filter(
      ({ path, status }) => path === '/realtime/trigger' && status === 200,
    );
    expect(published.map(({ body }) => (body as { data: { n: number } }).data.n)).toEqual([1, 2, 3]);
  });
});
