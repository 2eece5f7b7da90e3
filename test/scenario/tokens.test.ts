import { describe, expect, it } from 'vitest';
import { backendAuth, RealtimeClient, sharedToken } from '../../src/index';
import { createManualClock, createTestServer } from '../../src/testing/index';
import { MemoryBrowser } from '../fakes/memory-tabs';

/** A server, a browser, and clients in tabs of it that write down each call of their token source. */
function tabs() {
  const clock = createManualClock();
  const server = createTestServer({ ids: 'sequential', clock });
  const browser = new MemoryBrowser(clock);
  const calls: string[] = [];
  const open = (owner: string | undefined) => {
    const errors: string[] = [];
    const client = new RealtimeClient({
      ...server.options,
      auth: backendAuth({
        endpoint: server.endpoints.auth,
        share: owner === undefined ? undefined : sharedToken({ owner, tabs: browser.tab() }),
        token: ({ reason }) => {
          calls.push(reason);
          return server.issueToken({ userId: owner ?? 'user-1' });
        },
      }),
    });
    client.on('error', ({ message }) => errors.push(message));
    return { client, errors };
  };
  return { clock, server, browser, calls, open };
}

describe('one user in many tabs', () => {
  it('makes one token request for forty channels in five tabs', async () => {
    const { clock, server, calls, open } = tabs();
    const opened = Array.from({ length: 5 }, () => open('user-1'));
    for (const { client } of opened) {
      for (let id = 0; id < 40; id++) client.channel(`private-class-${id}`).hold();
    }
    await clock.advance(5_000);
    expect(server.connections.map(({ channels }) => channels.length)).toEqual([40, 40, 40, 40, 40]);
    expect(calls).toEqual(['missing']);
    expect(opened.flatMap(({ errors }) => errors)).toEqual([]);
  });

  it('keeps two users in two tabs apart, and clients without an owner', async () => {
    const { clock, server, browser, calls, open } = tabs();
    const [one, other, nobody] = [open('user-1'), open('user-2'), open(undefined)];
    for (const { client } of [one, other, nobody]) client.channel('presence-classroom-1').hold();
    await clock.advance(1_000);
    expect(calls).toEqual(['missing', 'missing', 'missing']);
    expect(server.channels[0]?.users).toEqual(['user-1', 'user-2']);
    const groups = browser.posted.map(({ name }) => name);
    expect(new Set(groups).size).toBe(2);
    expect(groups.every((name) => name.includes('user-'))).toBe(true);
  });

  it('asks once more in a tab that signed out and came back, and leaves the other tab in peace', async () => {
    const { clock, calls, open } = tabs();
    const [one, other] = [open('user-1'), open('user-1')];
    for (const { client } of [one, other]) client.channel('private-class-1').hold();
    await clock.advance(1_000);
    expect(calls).toHaveLength(1);
    await one.client.signOut();
    await clock.advance(1_000);
    void one.client.connect();
    await clock.advance(1_000);
    expect(calls).toHaveLength(2);
    for (const { client } of [one, other]) {
      expect(client.channel('private-class-1').subscription.get().state).toBe('subscribed');
    }
  });

  it('leaves no timer and no place among the tabs behind when it is destroyed', async () => {
    const { clock, calls, open } = tabs();
    const one = open('user-1');
    one.client.channel('private-class-1').hold();
    await clock.advance(1_000);
    one.client.destroy();
    await clock.advance(10_000);
    expect(clock.pending).toBe(0);
    open('user-1').client.channel('private-class-1').hold();
    await clock.advance(1_000);
    expect(calls).toHaveLength(2);
  });

  it('shows no token in any log, error, status, statistic or address, whatever goes wrong', async () => {
    const { clock, server, open, browser } = tabs();
    const opened = [open('user-1'), open('user-1')];
    const emitted: unknown[] = [];
    for (const { client } of opened) {
      client.on('log', (entry) => emitted.push(entry));
      client.on('error', (error) => emitted.push(error, error.message, error.stack, String(error.cause)));
      client.channel('private-class-1').hold();
      client.channel('presence-classroom-1').hold();
    }
    server.rejectAuth(401, 2, { body: { detail: `Bad token ${server.issueToken()}` } });
    server.rejectAuth(403, 1, { body: { detail: `Not with ${server.issueToken()}` } });
    await clock.advance(3_000_000);
    for (const { client } of opened) {
      emitted.push(
        client.status.get(),
        client.statistics.get(),
        client.channel('private-class-1').subscription.get(),
      );
    }
    emitted.push(server.requests.map(({ path, query }) => [path, query]));
    const signature = server.issueToken().split('.')[0] ?? '';
    expect(emitted.length).toBeGreaterThan(10);
    expect(JSON.stringify(browser.posted)).toContain(signature);
    expect(JSON.stringify(emitted)).not.toContain(signature);
  });

  it('takes no owner that names nobody', () => {
    const { open } = tabs();
    expect(() => open('')).toThrow('sharedToken({ owner })');
  });
});

describe('a better token', () => {
  it('is asked for at once, opens what was refused, and leaves what is subscribed alone', async () => {
    const { clock, server, calls, open } = tabs();
    const { client, errors } = open(undefined);
    client.channel('private-class-1').hold();
    await clock.advance(1_000);
    server.rejectAuth(403, 1);
    client.channel('private-class-2').hold();
    await clock.advance(1_000);
    expect(client.channel('private-class-2').subscription.get().state).toBe('refused');
    const frames = server.connections[0]?.channels;
    client.renewToken();
    await clock.advance(1_000);
    expect(calls).toEqual(['missing', 'missing']);
    expect(client.channel('private-class-2').subscription.get().state).toBe('subscribed');
    expect([frames, server.connections.map(({ channels }) => channels)]).toEqual([
      ['private-class-1'],
      [['private-class-1', 'private-class-2']],
    ]);
    expect(errors).toHaveLength(1);
    client.destroy();
  });

  it('is what the next request goes with, and the source is not asked twice for it', async () => {
    const { clock, server, calls, open } = tabs();
    const { client } = open('user-1');
    client.channel('private-class-1').hold();
    await clock.advance(1_000);
    client.renewToken();
    client.renewToken();
    client.channel('private-class-2').hold();
    await clock.advance(1_000);
    expect(calls).toEqual(['missing', 'missing']);
    expect(server.connections[0]?.channels).toEqual(['private-class-1', 'private-class-2']);
    client.destroy();
  });

  it('changes nothing where there are no tokens', async () => {
    const { clock, server } = tabs();
    const client = new RealtimeClient({
      ...server.options,
      auth: backendAuth({ endpoint: server.endpoints.auth }),
    });
    client.renewToken();
    await clock.advance(1_000);
    expect(server.connections).toEqual([]);
    client.destroy();
  });
});
