import { onTestFinished } from 'vitest';
import type { ChannelContract, RegisteredChannels } from '../../src/index';
import { createTestClient, type TestClient, type TestClientOptions } from '../../src/testing/index';

/** A test client that ends with its test. */
export function clientOfTest<Contract extends ChannelContract = RegisteredChannels>(
  options: TestClientOptions<Contract> = {},
): TestClient<Contract> {
  const kit = createTestClient<Contract>(options);
  onTestFinished(() => kit.client.destroy());
  return kit;
}
