import { ensureSoketi } from '../../.ci/soketi.mjs';
import { apps, placeOf } from '../interop/soketi-apps';
import { Soketi } from '../interop/soketi-process';
import { runPusherSpecs } from './pusher-js';
import { besides } from './spec-server';

await runPusherSpecs('soketi', async () => {
  ensureSoketi();
  const soketi = await Soketi.start(apps);
  const beside = await besides(placeOf(soketi));
  return {
    ...beside,
    end: () => {
      beside.end();
      void soketi.end();
    },
  };
});
