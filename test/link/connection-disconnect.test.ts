import { describe, expect, test } from 'vitest';
import { connectionWorld } from '../fakes/connection-world';
import { settled } from '../fakes/settled';

type Story = ReturnType<typeof connectionWorld>;

describe('disconnect() is final', () => {
  const situations: [string, (story: Story) => void | Promise<void>][] = [
    ['while dialling', () => {}],
    ['while connected', ({ accept }) => accept()],
    [
      'in the wait after a drop',
      ({ accept, close }) => {
        accept();
        close(1006);
      },
    ],
    [
      'in the wait after 4100',
      ({ accept, close }) => {
        accept();
        close(4100);
      },
    ],
    [
      'in the wait after 4200',
      ({ accept, close }) => {
        accept();
        close(4200);
      },
    ],
    ['in the wait after 4004', ({ close }) => close(4004)],
    ['in the wait after 4009', ({ close }) => close(4009)],
    ['after a failure', ({ close }) => close(4001)],
    ['offline', ({ network }) => network.say('offline')],
    [
      'back online, before the dial',
      ({ network }) => {
        network.say('offline');
        network.say('online');
      },
    ],
    [
      'while a ping is out',
      async ({ accept, clock }) => {
        accept();
        return clock.advance(16_000);
      },
    ],
  ];
  test.each(situations)('%s', async (_, arrange) => {
    const story = connectionWorld();
    const { connection, clock, network, transport, state, accept } = story;
    const connected = connection.connect();
    await arrange(story);
    connection.disconnect();
    expect(state()).toBe('idle');
    expect(clock.waiting).toBe(0);
    expect(network.listeners.size).toBe(0);
    expect(transport.current).toBeUndefined();
    expect(await settled(connected)).not.toBe('pending');
    const before = transport.dials.length;
    network.say('offline');
    network.say('online');
    await clock.advance(600_000);
    expect(transport.dials).toHaveLength(before);
    void connection.connect();
    accept();
    expect(state()).toBe('connected');
  });

  test.each(['connecting', 'connected', 'reconnecting', 'offline', 'failed'] as const)(
    'inside a status listener, at `%s`',
    async (at) => {
      const story = connectionWorld();
      const { connection, clock, transport, network, accept, close, state, signals } = story;
      connection.status.subscribe((status) => {
        if (status.state === at) connection.disconnect();
      });
      const connected = connection.connect();
      if (at === 'connected' || at === 'reconnecting' || at === 'offline') accept();
      if (at === 'reconnecting') close(1006);
      if (at === 'offline') network.say('offline');
      if (at === 'failed') close(4001);
      expect(state()).toBe('idle');
      expect(await settled(connected)).not.toBe('pending');
      await clock.advance(600_000);
      expect(transport.dials.length).toBe(at === 'connecting' ? 0 : 1);
      expect(transport.current).toBeUndefined();
      expect(clock.waiting).toBe(0);
      expect(network.listeners.size).toBe(0);
      const count = (type: string): number => signals.filter((signal) => signal.type === type).length;
      expect(count('closed')).toBe(count('opened'));
    },
  );

  test.each(['opened', 'closed', 'message'] as const)('where `%s` is heard', async (at) => {
    const { connection, clock, transport, accept, close, say, state, hooks } = connectionWorld();
    hooks.received = ({ type }) => {
      if (type === at) connection.disconnect();
    };
    void connection.connect();
    accept();
    if (at === 'message')
      say({ type: 'message', channel: 'a', event: 'b', data: 1, id: undefined, userId: undefined, bytes: 9 });
    if (at === 'closed') close(1006);
    expect(state()).toBe('idle');
    await clock.advance(600_000);
    expect(transport.dials).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  test('where a dial is told (a listener of `log`)', async () => {
    const { connection, clock, transport, hooks, state } = connectionWorld();
    hooks.dialled = () => connection.disconnect();
    void connection.connect();
    expect(state()).toBe('idle');
    expect(transport.dials).toHaveLength(0);
    expect(clock.waiting).toBe(0);
  });

  test('at `connecting`: a dial that did not take place is not told', () => {
    const { connection, hooks, transport } = connectionWorld();
    let told = 0;
    hooks.dialled = () => {
      told += 1;
    };
    connection.status.subscribe(() => connection.disconnect());
    void connection.connect();
    expect(told).toBe(0);
    expect(transport.dials).toHaveLength(0);
  });

  test('where an error is reported', async () => {
    const { connection, clock, transport, hooks, close, state } = connectionWorld();
    hooks.reported = () => connection.disconnect();
    void connection.connect();
    close(1006);
    expect(state()).toBe('idle');
    await clock.advance(600_000);
    expect(transport.dials).toHaveLength(1);
  });

  test('before anything was wanted it does nothing', () => {
    const { connection, history } = connectionWorld();
    connection.disconnect();
    expect(history).toEqual([]);
  });
});
