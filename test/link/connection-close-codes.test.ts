import { describe, expect, test } from 'vitest';
import { AuthenticationError } from '../../src/errors';
import { connectionWorld } from '../fakes/connection-world';
import { settled } from '../fakes/settled';

describe('close codes', () => {
  test('what the server says before it closes with the same code is the reason, where the close has none', () => {
    const { connection, accept, say, close } = connectionWorld();
    void connection.connect();
    const words = {
      type: 'server-error',
      kind: 'event-unknown',
      code: 4200,
      message: 'Closing for a new version',
    } as const;
    accept();
    say(words);
    close(4200);
    expect(connection.status.get().reason).toContain('(4200: Closing for a new version)');
    connection.disconnect();
    void connection.connect();
    accept();
    say(words);
    say({ type: 'pong' });
    close(4200);
    expect(connection.status.get().reason).toBe('The server closed the connection (4200).');
    connection.disconnect();
    void connection.connect();
    accept();
    say(words);
    close(4201);
    expect(connection.status.get().reason).toBe('The server closed the connection (4201).');
  });

  test.each([4000, 4001, 4002, 4003, 4005, 4006, 4007, 4008, 4010, 4099])(
    '%i fails for good: one dial, the reason in status, promise and error',
    async (code) => {
      const { connection, clock, transport, close, errors, network } = connectionWorld();
      const connected = connection.connect();
      close(code, 'No');
      const error = await settled(connected);
      expect(error).toMatchObject({ name: 'ConnectionError', status: code, retryable: false });
      expect(errors).toEqual([error]);
      expect(connection.status.get()).toMatchObject({
        state: 'failed',
        reason: expect.stringContaining('No'),
      });
      await clock.advance(3_600_000);
      network.say('online');
      network.say('resumed');
      expect(transport.dials).toHaveLength(1);
      expect(clock.waiting).toBe(0);
      expect(network.listeners.size).toBe(0);
    },
  );

  test.each([undefined, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1011, 1012, 1015, 3000, 4300, 4301, 4999])(
    '%s is dialled again on the curve',
    (code) => {
      const { connection, clock, close } = connectionWorld();
      void connection.connect();
      close(code);
      expect(connection.status.get()).toMatchObject({ state: 'reconnecting', retryAt: clock.now() + 1_000 });
    },
  );

  test('1009, after a frame that was too large, is told: what was in it is lost', async () => {
    const { connection, accept, close, errors } = connectionWorld();
    void connection.connect();
    accept();
    close(1009, 'Maximum message size exceeded');
    expect(connection.status.get().state).toBe('reconnecting');
    expect(errors).toEqual([
      expect.objectContaining({
        code: 'connection',
        status: 1009,
        retryable: true,
        message: expect.stringMatching(/`limits`.*Maximum message size exceeded/),
      }),
    ]);
  });

  test.each([4100, 4199])('%i, over capacity, is never dialled again within a second', (code) => {
    const { connection, clock, close } = connectionWorld({ random: 0 });
    void connection.connect();
    close(code);
    expect(connection.status.get().retryAt).toBe(clock.now() + 1_000);
  });

  test.each([4200, 4201, 4202, 4299])('%i is dialled at once, the first time', async (code) => {
    const { connection, clock, transport, accept, close } = connectionWorld();
    void connection.connect();
    accept();
    close(code);
    await clock.advance(0);
    expect(transport.dials).toHaveLength(2);
    close(code);
    expect(connection.status.get().retryAt).toBe(clock.now() + 2_000);
  });

  test('4004, over quota, is tried in minutes, whatever the network or the page does meanwhile', async () => {
    const { connection, clock, network, transport, close, state } = connectionWorld({ random: 0 });
    void connection.connect();
    close(4004);
    expect(state()).toBe('reconnecting');
    network.say('resumed');
    network.say('online');
    await clock.advance(59_999);
    expect(transport.dials).toHaveLength(1);
    await clock.advance(1);
    expect(transport.dials).toHaveLength(2);
  });

  test('4004 does not keep somebody who asks for it from dialling', async () => {
    const { connection, clock, transport, close } = connectionWorld();
    void connection.connect();
    close(4004);
    await clock.advance(1_000);
    void connection.connect();
    expect(transport.dials).toHaveLength(2);
  });

  test('4009 renews the token once; a second 4009 fails', async () => {
    const { connection, clock, transport, hooks, close, state } = connectionWorld();
    let renewals = 0;
    hooks.renew = async () => {
      renewals += 1;
    };
    const connected = connection.connect();
    close(4009);
    expect(state()).toBe('reconnecting');
    await clock.advance(1_000);
    expect(renewals).toBe(1);
    expect(transport.dials).toHaveLength(2);
    close(4009);
    expect(state()).toBe('failed');
    expect(await settled(connected)).toMatchObject({ status: 4009 });
    await clock.advance(600_000);
    expect(renewals).toBe(1);
    expect(transport.dials).toHaveLength(2);
  });

  test('4009 again after half a minute of a good connection is another day: another renewal', async () => {
    const { connection, clock, transport, hooks, accept, close, say, state } = connectionWorld();
    transport.onPing = () => say({ type: 'pong' });
    let renewals = 0;
    hooks.renew = async () => {
      renewals += 1;
    };
    void connection.connect();
    close(4009);
    await clock.advance(1_000);
    accept();
    await clock.advance(31_000);
    close(4009);
    expect(state()).toBe('reconnecting');
    await clock.advance(1_000);
    expect(renewals).toBe(2);
  });

  test('4009, and the application has no other token: failed, with the application’s error as the cause', async () => {
    const { connection, clock, hooks, close, state } = connectionWorld();
    const cause = new AuthenticationError('Signed out.');
    hooks.renew = async () => {
      throw cause;
    };
    const connected = connection.connect();
    close(4009);
    await clock.advance(1_000);
    expect(state()).toBe('failed');
    expect(await settled(connected)).toMatchObject({ name: 'ConnectionError', status: 4009, cause });
  });

  test('4009, and the token source is down for a while: asked again on the curve, then connected', async () => {
    const { connection, clock, hooks, accept, close, state, transport } = connectionWorld();
    let calls = 0;
    hooks.renew = async () => {
      calls += 1;
      if (calls < 3) throw new AuthenticationError('503', { retryable: true });
    };
    void connection.connect();
    close(4009);
    await clock.advance(1_000);
    expect(connection.status.get()).toMatchObject({ state: 'reconnecting', retryAt: clock.now() + 2_000 });
    await clock.advance(6_000);
    expect(calls).toBe(3);
    expect(transport.dials).toHaveLength(2);
    accept();
    expect(state()).toBe('connected');
  });

  test('4009, and the token source hangs: disconnect() ends it, and nothing dials when it answers after all', async () => {
    const { connection, clock, hooks, close, state, transport } = connectionWorld();
    let answer: () => void = () => {};
    hooks.renew = () => new Promise((resolve) => (answer = resolve));
    void connection.connect();
    close(4009);
    await clock.advance(1_000);
    expect(connection.status.get().retryAt).toBeUndefined();
    connection.disconnect();
    answer();
    await clock.advance(60_000);
    expect(state()).toBe('idle');
    expect(transport.dials).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });
});
