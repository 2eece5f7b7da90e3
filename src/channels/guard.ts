import { ConfigurationError, isRealtimeError, type RealtimeError, SubscriptionError } from '../errors';
import type { Recorder } from '../figures';
import type { Authorizer } from '../ports';
import type { Admission, Attendance, ClientContext, Guard, GuardedChannel } from '../slots';
import { Pace } from './pace';
import { Presence } from './presence';
import { userIdOf } from './presence-data';
import { UnnamedRefusals } from './unnamed-refusals';

/** What the guard of a client works with. */
export interface GuardOptions
  extends Pick<ClientContext, 'encryption' | 'transport' | 'clock' | 'random' | 'reports'> {
  readonly authorizer: Authorizer;
  /** Whether many channels are authorized in one request. */
  readonly batched: boolean;
  readonly recorder: Pick<Recorder, 'count'> | undefined;
}

/** What only channels that are not public need: reached through `auth`, so that pages without them do not load it. */
export class ChannelGuard implements Guard {
  readonly refusals: UnnamedRefusals;
  readonly #options: GuardOptions;
  readonly #pace: Pace;

  constructor(options: GuardOptions) {
    const { clock } = options;
    this.#options = options;
    this.#pace = new Pace(clock);
    this.refusals = new UnnamedRefusals(clock);
  }

  spread(count: number): () => number {
    const { batched, random } = this.#options;
    const spread = count > 1 ? this.#pace.spread(count) : 0;
    // What goes in one request spreads with all of it.
    const together = batched ? Math.min(spread, 2_000) * random() : undefined;
    return () => Math.round(together ?? spread * random());
  }

  attendance(report: (cause: unknown) => void): Attendance {
    return new Presence(report);
  }

  async admit(channel: GuardedChannel, signal: AbortSignal): Promise<Admission> {
    const { clock } = this.#options;
    const { name, kind } = channel;
    if (kind === 'encrypted' && this.#options.encryption === undefined) throw missingEncryption(name);
    const since = clock.now();
    try {
      const admission = await this.#authorize(channel, signal);
      if (!signal.aborted) this.#pace.answered(clock.now() - since);
      return admission;
    } catch (cause) {
      const error = unauthorized(name, cause);
      if (!signal.aborted) this.#pace.failed(error);
      throw error;
    }
  }

  /** What the server is shown, with what the channel needs later. */
  async #authorize(
    { name: channel, kind, socketId, opened }: GuardedChannel,
    signal: AbortSignal,
  ): Promise<Admission> {
    const { authorizer, encryption, transport, clock, recorder, reports } = this.#options;
    const authorization = await authorizer.authorize({ socketId, channel }, signal);
    const { auth, channelData, sharedSecret = '' } = authorization;
    return {
      proof: { auth, channelData },
      me: kind === 'presence' ? userIdOf(channel, channelData) : undefined,
      sealed:
        kind === 'encrypted'
          ? encryption?.open({
              channel,
              cryptography: transport.cryptography?.(),
              sharedSecret,
              clock,
              life: signal,
              renew: async (wanted) =>
                (await authorizer.authorize({ socketId, channel }, wanted)).sharedSecret ?? '',
              opened,
              unopened: () => {
                recorder?.count('malformed');
                reports.log(
                  'warn',
                  `Dropped a payload on "${channel}" that does not open with the channel's key`,
                );
              },
            })
          : undefined,
    };
  }
}

function unauthorized(channel: string, cause: unknown): RealtimeError {
  if (isRealtimeError(cause) && cause instanceof SubscriptionError) return cause;
  const retryable = !isRealtimeError(cause) || cause.retryable;
  return new SubscriptionError(`"${channel}" could not be authorized`, { channel, cause, retryable });
}

function missingEncryption(channel: string): SubscriptionError {
  const cause = new ConfigurationError(
    `"${channel}" is encrypted: import { encryption } from 'surewire' and pass encryption: encryption().`,
    { channel, code: 'missing-feature' },
  );
  return new SubscriptionError(cause.message, { channel, cause });
}
