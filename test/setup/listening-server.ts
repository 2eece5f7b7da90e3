import type { TestProject } from 'vitest/node';
import { createTestServer } from '../../src/testing/index';

declare module 'vitest' {
  interface ProvidedContext {
    /** Options for a client of a test server on a real port; `token` is good for an hour. */
    readonly server: {
      readonly key: string;
      readonly host: string;
      readonly port: number;
      readonly authEndpoint: string;
      readonly publishEndpoint: string;
      readonly token: string;
    };
  }
}

/** A page cannot open a port, so the server that its tests talk to over real sockets runs here, in Node. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = createTestServer();
  const { options, endpoints, close } = await server.listen();
  const { key, host, port } = options;
  project.provide('server', {
    key,
    host,
    port,
    authEndpoint: endpoints.auth,
    publishEndpoint: endpoints.publish,
    token: server.issueToken(),
  });
  return close;
}
