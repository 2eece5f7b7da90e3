import type { ListeningServer, TestServer } from '../../src/testing/index';
import type { Gateway } from './gateway';
import type { PageServer } from './page-server';
import type { SteeredOrder } from './steered-order';

/** What there is around a page that does what a test says. */
export interface SteeredPlace {
  readonly server: TestServer;
  readonly listening: ListeningServer;
  readonly gateway: Gateway;
  readonly pages: PageServer;
}

/** The address that opens such a page, for a tab of that name and its owner. */
export function steeredAddress(
  { server, listening, gateway, pages }: SteeredPlace,
  { name, owner, lockless }: { readonly name: string } & Pick<SteeredOrder, 'owner' | 'lockless'>,
): string {
  const { key, host, port } = listening.options;
  const order: SteeredOrder = {
    server: { key, host, port },
    endpoints: { auth: listening.endpoints.auth, publish: gateway.endpoint },
    tab: name,
    token: server.issueToken({ userId: owner }),
    owner,
    lockless,
  };
  return `${pages.url}#${encodeURIComponent(JSON.stringify(order))}`;
}
