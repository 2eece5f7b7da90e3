import type { Clock } from '../index';
import { ServerApp } from './app';
import type { AppSettings } from './app-options';
import { answerFrame } from './client-frames';
import type { NetworkFaults } from './network-faults';
import { ServerConnection } from './server-connection';
import type { WebhookEvent } from './webhooks';
import { type HostSocket, Wire } from './wire';

/** What a host tells the protocol about an open socket. */
export interface HostSession {
  /** A frame came in; `undefined` for a binary one. */
  receive(frame: string | undefined): void;
  /** A control frame came in: a pong, or a ping, whose data goes back with `answer`. */
  control(answer?: () => void): void;
  /** The client said goodbye, or the socket is gone. */
  closed(): void;
}

/** What the protocol needs from the server around it. */
export interface ProtocolSurroundings {
  readonly clock: Clock;
  readonly faults: NetworkFaults;
  readonly nextSocketId: () => string;
  readonly capacity: number;
  readonly tell: (app: AppSettings, event: WebhookEvent) => void;
}

interface Refusal {
  readonly code: number;
  readonly reason: string;
}

const pathPattern = /^\/app\/([^/]+)\/?$/;
const versionPattern = /^\d+(\.\d+)*([-+.][\w.+-]+)?$/;

/** The Pusher protocol, version 7, for any number of apps and any host that can carry text. */
export class ProtocolServer {
  readonly apps: readonly ServerApp[];
  readonly #surroundings: ProtocolSurroundings;

  constructor(apps: readonly AppSettings[], surroundings: ProtocolSurroundings) {
    const { clock, tell } = surroundings;
    this.#surroundings = surroundings;
    this.apps = apps.map((settings) => {
      return new ServerApp(settings, { clock, tell: (event) => tell(settings, event) });
    });
  }

  /** Connections of all apps. */
  get size(): number {
    return this.apps.reduce((sum, app) => sum + app.connections.size, 0);
  }

  /** Takes a socket that a host has opened. */
  accept(socket: HostSocket): HostSession {
    const { clock, faults } = this.#surroundings;
    const wire = new Wire(clock, faults);
    const refused = (reason: Refusal): HostSession => {
      const forget = faults.watch({ wire, drop: (midFrame) => socket.drop(midFrame) });
      wire.outbound(() => socket.close(reason.code, reason.reason));
      return { receive: () => {}, control: () => {}, closed: forget };
    };
    const fault = faults.nextRefusal();
    if (fault !== undefined) return refused({ code: fault, reason: 'Refused by the fault script' });
    const app = this.#admit(socket);
    if (!(app instanceof ServerApp)) return refused(app);
    let socketId: string;
    try {
      socketId = this.#surroundings.nextSocketId();
    } catch (error) {
      // There is nobody to throw at but the host, and a client whose status shows the reason.
      return refused({ code: 1011, reason: error instanceof Error ? error.message.slice(0, 100) : '' });
    }
    return this.#converse(app, socketId, socket, wire);
  }

  #converse(app: ServerApp, socketId: string, socket: HostSocket, wire: Wire): HostSession {
    const { clock, faults } = this.#surroundings;
    const line = {
      send: (frame: string): void => wire.outbound(() => socket.send(frame)),
      close: (code: number, reason: string): void => {
        app.release(connection);
        wire.outbound(() => socket.close(code, reason));
      },
    };
    const connection = new ServerConnection(socketId, app.settings, line, clock);
    app.connections.set(connection.socketId, connection);
    const forget = faults.watch({
      wire,
      drop: (midFrame) => {
        app.release(connection);
        socket.drop(midFrame);
      },
    });
    connection.establish();
    const isOpen = (): boolean => app.connections.get(connection.socketId) === connection;
    return {
      receive: (frame) => {
        wire.inbound(() => {
          if (!isOpen()) return;
          connection.heard();
          if (frame !== undefined) return answerFrame(app, connection, frame);
          connection.complain(4300, 'Binary frames are not supported');
        });
      },
      control: (answer) => {
        wire.inbound(() => {
          if (!isOpen()) return;
          connection.heard();
          if (answer !== undefined) wire.outbound(answer);
        });
      },
      closed: () => {
        const end = (): void => {
          forget();
          wire.cut();
          app.release(connection);
        };
        // A dead network does not tell the server that the client is gone, either.
        if (faults.muted && isOpen()) wire.inbound(end);
        else end();
      },
    };
  }

  #admit(socket: HostSocket): ServerApp | Refusal {
    const [pathname = '', ...query] = socket.path.split('?');
    const searchParams = new URLSearchParams(query.join('?'));
    const key = pathPattern.exec(pathname)?.[1];
    if (key === undefined) return { code: 4005, reason: 'Path not found' };
    const app = this.apps.find(
      ({ settings }) => encodeURIComponent(settings.key) === key || settings.key === key,
    );
    if (app === undefined) return { code: 4001, reason: 'Application does not exist' };
    const { settings } = app;
    if (!settings.enabled) return { code: 4003, reason: 'Application disabled' };
    if (settings.tlsOnly && !socket.secure)
      return { code: 4000, reason: 'Application only accepts SSL connections' };
    const protocol = searchParams.get('protocol');
    if (protocol === null || protocol === '') return { code: 4008, reason: 'No protocol version supplied' };
    const version = searchParams.get('version') ?? '0';
    if (!/^\d+$/.test(protocol) || !versionPattern.test(version)) {
      return { code: 4006, reason: 'Invalid version string format' };
    }
    if (Number(protocol) !== 7) return { code: 4007, reason: 'Unsupported protocol version' };
    if (app.connections.size >= settings.limits.connections) {
      return { code: 4004, reason: 'Application is over connection quota' };
    }
    if (this.size >= this.#surroundings.capacity) return { code: 4100, reason: 'Over capacity' };
    return app;
  }
}
