import { backendAuth, type UntypedChannels } from '../../src/index';
import {
  createHandedToken,
  createLegacyService,
  type LegacyService,
  type LegacyServiceOptions,
} from '../../src/legacy/index';
import type { TestClient, TestClientOptions } from '../../src/testing/index';
import { clientOfTest } from './client-of-test';

type Kit = TestClient<UntypedChannels> & { readonly service: LegacyService };

/** The old service over a real client, its server and a clock that stands still. */
export function legacyService(
  options: LegacyServiceOptions = {},
  clientOptions: TestClientOptions<UntypedChannels> = {},
): Kit {
  const kit = clientOfTest<UntypedChannels>(clientOptions);
  kit.client.on('error', () => {});
  return {
    ...kit,
    service: createLegacyService(kit.client, { channel: 'test-channel', clock: kit.clock, ...options }),
  };
}

/** A service whose callers hand their tokens over. */
export function legacyServiceWithTokens(renew?: () => string | Promise<string>): Kit {
  const token = createHandedToken(renew && { renew });
  const kit = clientOfTest<UntypedChannels>();
  kit.client.destroy();
  const own = legacyService(
    { token },
    {
      ...kit.server.options,
      clock: kit.clock,
      auth: backendAuth({ endpoint: kit.server.endpoints.auth, token: token.source }),
    },
  );
  return { ...own, server: kit.server, clock: kit.clock };
}
