import { describe, expect, test } from 'vitest';
import { AuthenticationError } from '../../src/errors';
import type { Acceptance, OutboxStorage } from '../../src/ports';
import { openOutboxTab } from '../fakes/outbox-tab';
import { outboxWorld } from '../fakes/outbox-world';
import { accept } from '../fakes/scripted-publisher';

describe('A1: a tab that dies before anybody hears of its message', () => {
  test('leaves it to whoever leads, who knows by a lock that the tab is gone', async () => {
    const { clock, open, disk, data, browser } = outboxWorld();
    const one = await open();
    let killed = (): void => {};
    const storage: OutboxStorage = {
      ...disk,
      put: async (messages) => {
        await disk.put(messages);
        killed();
      },
    };
    const two = await open({ storage });
    // In the very moment in which it is stored, and before that is told.
    killed = () => two.tab.kill();
    two.publish('important').promise.catch(() => {});
    await clock.advance(50);
    expect(browser.posted.some(({ message }) => JSON.stringify(message).includes('important'))).toBe(false);
    expect(data()).toEqual(['important']);
    expect(one.outbox.pending.get()).toEqual([]);
    expect(await disk.load()).toEqual([]);
  });
});

describe('A2: a tab that leads and cannot send', () => {
  const over = (): Promise<Acceptance> => Promise.reject(new AuthenticationError('Sign in again.'));

  test('because its session ended for good, gives the lead to one that can', async () => {
    const { clock, open, shared, senders } = outboxWorld();
    const [one, two] = [await open(), await open()];
    shared.rule = ({ tab }) => (tab === one.name ? over() : accept());
    const published = two.publish('x');
    await clock.advance(50);
    expect(published.end).toMatchObject({ level: 'accepted' });
    expect(senders()).toEqual([one.name, two.name]);
    const own = one.publish('own');
    await clock.advance(50);
    expect(own.end).toMatchObject({ level: 'accepted' });
  });

  test('alone keeps what earlier pages left, and sends it once it can', async () => {
    const { clock, open, shared, disk, data } = outboxWorld();
    const first = await open();
    first.outbox.setOnline(false);
    first.publish('old').promise.catch(() => {});
    await clock.advance(10);
    first.tab.kill();
    shared.rule = over;
    const second = await open();
    await clock.advance(1_000);
    expect(await disk.load()).toHaveLength(1);
    shared.rule = undefined;
    second.outbox.setOnline(true);
    await clock.advance(1_000);
    expect(data()).toEqual(['old', 'old']);
    expect(await disk.load()).toEqual([]);
  });

  test('has another endpoint: each tab sends by its own, and takes over for those that are gone', async () => {
    const { clock, open, shared, arrivals } = outboxWorld();
    const one = await open();
    const two = openOutboxTab(shared, {}, 'locks', { means: 'other' });
    await clock.advance(5);
    two.publish(1);
    await clock.advance(20);
    two.outbox.setOnline(false);
    two.publish(2).promise.catch(() => {});
    await clock.advance(20);
    two.tab.kill();
    await clock.advance(20);
    expect(arrivals.map(({ tab, message }) => [tab, message.data])).toEqual([
      [two.name, 1],
      [one.name, 2],
    ]);
  });

  test('has no endpoint at all: one that has takes the lead from it', async () => {
    const { clock, shared, arrivals } = outboxWorld();
    openOutboxTab(shared, {}, 'locks', { means: '' });
    await clock.advance(5);
    const two = openOutboxTab(shared);
    await clock.advance(5);
    two.publish('x');
    await clock.advance(20);
    expect(arrivals.map(({ tab, message }) => [tab, message.data])).toEqual([[two.name, 'x']]);
  });
});
