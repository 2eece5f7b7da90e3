import { type Acceptance, type OutboundMessage, PublishError, type Publisher, RealtimeError } from '../index';
import { toLegacyFrame } from './frames';
import { type LegacyServerOptions, ServerLine } from './server-line';

/**
 * Publishes to a server of the old kind, as it knows it: a frame on the channel's socket, or, where nobody is subscribed, on one that
 * is opened for it. Old servers acknowledge nothing, so that `written` is all that is ever known.
 */
export class ServerPublisher implements Publisher {
  readonly #options: LegacyServerOptions;
  readonly #lineOf: (channel: string) => ServerLine | undefined;

  constructor(options: LegacyServerOptions, lineOf: (channel: string) => ServerLine | undefined) {
    this.#options = options;
    this.#lineOf = lineOf;
  }

  async publish({ id, channel, event, data }: OutboundMessage, signal: AbortSignal): Promise<Acceptance> {
    const frame = toLegacyFrame({ event, data, messageId: id });
    const written = this.#lineOf(channel)?.write(frame) ?? false;
    return written ? { level: 'written' } : this.#write(channel, event, frame, signal);
  }

  #write(
    channel: string,
    event: string,
    frame: ReturnType<typeof toLegacyFrame>,
    signal: AbortSignal,
  ): Promise<Acceptance> {
    return new Promise((resolve, reject) => {
      let sent = false;
      const line = new ServerLine(channel, this.#options, {
        opened: () => {
          sent = line.write(frame);
          line.finish();
        },
        // What is said here was not asked for: who wants to hear it subscribes.
        received: () => {},
        closed: (code) => {
          signal.removeEventListener('abort', abort);
          const refused = sent && (code === 1003 || code === 1007 || code === 1009);
          // A close that both sides have agreed on says that everything before it is through.
          if (sent && code !== 1006 && !refused) resolve({ level: 'written' });
          else {
            const message = `"${event}" could not be written to "${channel}" on the old server (${code}).`;
            reject(new PublishError(message, { channel, event, status: code, retryable: !refused }));
          }
        },
      });
      const abort = (): void => {
        line.leave();
        reject(new RealtimeError('aborted', 'The message was withdrawn.', { channel, event }));
      };
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
    });
  }
}
