// Against the server that the environment names, be it Reverb, Sockudo or Pusher itself: `npm run test:server`.
import { namedServer } from '../../.ci/server.mjs';
import { testLaravelEcho } from './laravel-echo';
import { testProtocol } from './protocol';

const place = namedServer();

testProtocol(() => place, place);
testLaravelEcho(() => place, place);
