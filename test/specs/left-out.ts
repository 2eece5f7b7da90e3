/** Specs that are not run, with the reason. */
export interface LeftOut {
  /** In the other repository. */
  readonly file: string;
  readonly specs: readonly string[];
  readonly reason: string;
}

/** The specs among pusher-js's `spec/javascripts/integration` that surewire/pusher does not run. */
export const leftOut: readonly LeftOut[] = [
  {
    file: 'core/falling_back_spec.js',
    specs: [
      'should disable WebSockets after two broken connections',
      'should not close established SockJS connection when WebSocket is stuck in handshake',
    ],
    reason:
      'They replace pusher-js’s transports by mocks and count what its strategies make of them. surewire has one transport, WebSockets, and no strategies.',
  },
  {
    file: 'core/timeout_configuration_spec.js',
    specs: [
      'should transition to unavailable after default timeout',
      'should transition to unavailable after timeout passed as an option',
      'should obey the server’s activity timeout and the default pong timeout',
      'should obey the activity timeout from the handshake if it’s lower than one specified in options',
      'should obey the activity timeout specified in options if it’s lower than one from the handshake',
      'should obey the pong timeout passed in options',
    ],
    reason:
      'They drive a mock in the place of pusher-js’s transport with Jasmine’s clock in the place of the platform’s timers. `unavailable` is tested in test/pusher/connection.test.ts; dead links are found by surewire’s own watch (test/link/connection-heartbeat.test.ts).',
  },
  {
    file: 'core/transport_lists_spec.js',
    specs: [
      'should use all transports if the whitelist is not specified',
      'should not use any transports if the whitelist is empty',
      'should use only transports from the whitelist',
      'should not use transports from the blacklist',
      'should not use transports from the blacklist, even if they are on the whitelist',
    ],
    reason:
      'They spy on which of pusher-js’s transports is dialled. surewire dials over WebSockets only, and says so once where that is not among the transports that were asked for.',
  },
  {
    file: 'web/dom/jsonp_spec.js',
    specs: ['all 3'],
    reason: 'They test the JSONP requests of pusher-js’s web build. surewire makes none.',
  },
  {
    file: 'web/dom/script_request_spec.js',
    specs: ['all 4'],
    reason: 'They test how pusher-js’s web build loads scripts. surewire loads none.',
  },
];

/** The tests of Laravel Echo's repository that are not run with surewire/pusher. */
export const leftOutOfEcho: readonly LeftOut[] = [
  {
    file: 'packages/{react,vue}/tests',
    specs: ['all'],
    reason:
      'They mock laravel-echo itself, and never make a Pusher. The hooks and composables are tried with surewire in test/pusher/hooks.test.tsx.',
  },
];

/** Says what is left out, and why. */
export function tell(list: readonly LeftOut[]): void {
  for (const { file, specs, reason } of list) {
    console.info(`left out of ${file}: ${specs.join('; ')}\n  ${reason}`);
  }
}
