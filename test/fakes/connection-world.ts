import type { RealtimeError } from '../../src/errors';
import { Connection } from '../../src/link/connection';
import { Status } from '../../src/link/status';
import type { TransportSignal } from '../../src/transport-port';
import type { ConnectionStatus } from '../../src/types';
import { HandNetwork } from './hand-network';
import { HandTransport } from './hand-transport';
import { ManualClock } from './manual-clock';

/** A connection between a transport, a network and a clock that all do as the test says. */
export function connectionWorld({
  random = 1,
  local = false,
}: {
  readonly random?: number;
  readonly local?: boolean;
} = {}) {
  const clock = new ManualClock();
  const transport = new HandTransport(() => clock.now());
  const network = new HandNetwork();
  const signals: TransportSignal[] = [];
  const errors: RealtimeError[] = [];
  const history: ConnectionStatus[] = [];
  const roundTrips: number[] = [];
  const hooks = {
    random: () => random,
    renew: async (): Promise<void> => {},
    received: (_: TransportSignal): void => {},
    dialled: (): void => {},
    reported: (_: RealtimeError): void => {},
  };
  const reports = {
    error: (error: RealtimeError): void => {
      errors.push(error);
      hooks.reported(error);
    },
    log: (): void => {},
  };
  const status = new Status(clock, reports);
  const connection = new Connection({
    status,
    transport,
    clock,
    network,
    local,
    random: () => hooks.random(),
    receive: (signal) => {
      signals.push(signal);
      hooks.received(signal);
    },
    renewToken: () => hooks.renew(),
    reports,
    recorder: { dialled: () => hooks.dialled(), roundTrip: (ms) => roundTrips.push(ms) },
    doubted: () => {},
  });
  connection.status.subscribe((status) => history.push(status));
  let sockets = 0;
  const say = (signal: TransportSignal): void => {
    const receive = transport.dials.at(-1)?.receive;
    if (receive === undefined) throw new Error('nobody dialled');
    receive(signal);
  };
  return {
    connection,
    status,
    clock,
    transport,
    network,
    signals,
    errors,
    history,
    hooks,
    roundTrips,
    /** What the server says on the newest dial. */
    say,
    accept: (idleLimit = 120_000): void => {
      sockets += 1;
      say({ type: 'opened', socketId: `1.${sockets}`, idleLimit });
    },
    close: (code?: number, reason?: string): void =>
      say({
        type: 'closed',
        ...(code === undefined ? undefined : { code }),
        ...(reason === undefined ? undefined : { reason }),
      }),
    state: (): string => connection.status.get().state,
    states: (): string[] => history.map(({ state }) => state),
    /** The waits between dials, in milliseconds. */
    waits: (): number[] =>
      transport.dials.slice(1).map(({ at }, index) => at - (transport.dials[index]?.at ?? 0)),
  };
}
