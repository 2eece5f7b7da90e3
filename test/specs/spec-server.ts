import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import Sdk from 'pusher';

/** A Pusher server, as other people's specs need it: with and without TLS, and with their application beside it. */
export interface SpecServer {
  readonly key: string;
  readonly host: string;
  readonly port: number;
  /** Where the same server is behind TLS. */
  readonly tlsPort: number;
  /** Signs whatever it is asked to, each connection as a member of its own. */
  readonly application: string;
  /** Publishes as a backend does. */
  trigger(channel: string, event: string, data: unknown): Promise<unknown>;
  end(): void;
}

/** Puts the application and TLS beside a server that runs. */
export async function besides(place: {
  readonly appId: string;
  readonly key: string;
  readonly secret: string;
  readonly host: string;
  readonly port: number;
}): Promise<SpecServer> {
  const { host, port, key } = place;
  const sdk = new Sdk({ ...place, port: String(port), useTLS: false });
  const application = createHttpServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const fields = new URLSearchParams(body);
    const [socketId, channel] = [fields.get('socket_id') ?? '', fields.get('channel_name') ?? ''];
    const user_info = { name: `Integration ${socketId}`, email: `integration-${socketId}@example.com` };
    // Only where it belongs: soketi takes the signature of a private channel for one without it.
    const member = channel.startsWith('presence-') ? { user_id: socketId, user_info } : undefined;
    const answer = sdk.authorizeChannel(socketId, channel, member);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  const listening: Server[] = [application];
  const open = new Set<Socket>();
  const secured = createTlsServer(certificate(), (socket) => {
    const inner = connect(port, host);
    for (const end of [socket, inner]) {
      open.add(end);
      end.on('error', () => {
        socket.destroy();
        inner.destroy();
      });
      end.on('close', () => open.delete(end));
    }
    socket.pipe(inner).pipe(socket);
  });
  listening.push(secured);
  for (const server of listening)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  return {
    key,
    host,
    port,
    tlsPort: portOf(secured),
    application: `http://127.0.0.1:${portOf(application)}`,
    trigger: (channel, event, data) => sdk.trigger(channel, event, data),
    end: () => {
      for (const server of listening) server.close();
      application.closeAllConnections();
      for (const socket of open) socket.destroy();
    },
  };
}

/** A certificate that nobody trusts, for as long as the specs run. */
function certificate(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'surewire-specs-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const how = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'];
  const { status } = spawnSync('openssl', [...how, '-keyout', keyFile, '-out', certFile]);
  if (status !== 0) throw new Error('The specs run over TLS, too, and need `openssl` to make a certificate.');
  const made = { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
  rmSync(folder, { recursive: true });
  return made;
}
