// Every entry's types resolve, also where its framework is missing: not `any`, which would hide a declaration that did not.

import type { createLegacyService } from 'surewire/legacy';
import type { useWebSocket } from 'surewire/legacy/react';
import Pusher, { type Options, type pusherOf } from 'surewire/pusher';
import { useConnection } from 'surewire/react';
import type { createRealtimeMiddleware } from 'surewire/redux';
import type { createTestServer } from 'surewire/testing';
import type { toolboxChannels } from 'surewire/toolbox';
import type { useConnection as useConnectionInVue } from 'surewire/vue';

type IsAny<T> = 0 extends 1 & T ? true : false;

export const known: readonly false[] = [
  false satisfies IsAny<typeof useConnection>,
  false satisfies IsAny<typeof useConnectionInVue>,
  false satisfies IsAny<typeof createRealtimeMiddleware>,
  false satisfies IsAny<typeof createLegacyService>,
  false satisfies IsAny<typeof useWebSocket>,
  false satisfies IsAny<typeof toolboxChannels>,
  false satisfies IsAny<typeof createTestServer>,
  false satisfies IsAny<typeof Pusher>,
  false satisfies IsAny<ReturnType<typeof pusherOf>>,
];

const options: Options = { cluster: 'us2' };
export const made: Pusher = new Pusher('app-key', options);

export function useState(): unknown {
  // @ts-expect-error a state is a string
  const state: number = useConnection(({ state }) => state);
  return state;
}
