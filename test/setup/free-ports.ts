import { type AddressInfo, createServer } from 'node:net';

/** So many ports that nobody has now, each another: they are held until all are found. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** A port that nobody has now. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port as number;
}
