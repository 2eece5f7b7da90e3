// The same as against other people's servers, so that what is tried on ours holds on theirs.
import { afterAll, beforeAll } from 'vitest';
import { createTestServer } from '../../src/testing/index';
import { testLaravelEcho } from './laravel-echo';
import { testProtocol } from './protocol';
import type { ServerPlace } from './server-visit';

const server = createTestServer();
let place: ServerPlace;

beforeAll(async () => {
  const { options } = await server.listen();
  place = { ...options, appId: 'app-id', secret: 'app-secret' };
});
afterAll(() => server.stop());

testProtocol(() => place);
testLaravelEcho(() => place);
