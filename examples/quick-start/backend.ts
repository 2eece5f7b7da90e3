import { setTimeout as wait } from 'node:timers/promises';
import { createTestServer, type ListeningServer } from 'surewire/testing';
import type { DemoSettings } from './settings.ts';

/** What is broken at the moment. */
export interface Faults {
  /** Sockets stay open, and nothing gets through. */
  readonly muted: boolean;
  /** Private and presence channels are refused to everybody. */
  readonly refusing: boolean;
  /** What anybody publishes is refused. */
  readonly refusingPublishing: boolean;
}

/** The Pusher server, and the application beside it: hands out tokens, generates content, breaks on command. */
export class DemoBackend {
  readonly #server = createTestServer({
    authorize: ({ action }) => !(action === 'subscribe' ? this.#refusing : this.#refusingPublishing),
  });
  readonly #end = new AbortController();
  #listening: ListeningServer | undefined;
  #refusing = false;
  #refusingPublishing = false;
  #unmute: (() => void) | undefined;
  #forgive: (() => void)[] = [];

  /** Opens a port, and resolves with what a client needs to know. */
  async start(): Promise<DemoSettings> {
    this.#listening = await this.#server.listen();
    const { endpoints, options } = this.#listening;
    const { key, host, port, tls } = options;
    const server = { key, host, port, tls };
    return { mode: 'embedded', server, ...endpoints };
  }

  /** Ends everything that is connected, and closes the port. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#server.stop();
  }

  get faults(): Faults {
    return {
      muted: this.#unmute !== undefined,
      refusing: this.#refusing,
      refusingPublishing: this.#refusingPublishing,
    };
  }

  /** A token for five minutes, for whoever asks: a real application wants a session for it. */
  token(name: string): string {
    // Whatever was expired is made good by a new token.
    for (const forgive of this.#forgive.splice(0)) forgive();
    const userId = name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-');
    return this.#server.issueToken({ userId, info: { name }, expiresIn: 5 * 60_000 });
  }

  /** Publishes the progress of a made-up generation, from 0 to 100 %, and that it is complete. */
  async generate(id: string, { steps = 50, every = 120 } = {}): Promise<void> {
    const channel = `content-generation-${id}`;
    const chapters = [
      'Reading the brief',
      'Drafting the outline',
      'Writing',
      'Drawing the figures',
      'Proofreading',
    ];
    try {
      for (let step = 0; step <= steps; step += 1) {
        if (step > 0) await wait(every, undefined, { signal: this.#end.signal });
        const progress = Math.round((100 * step) / steps);
        const status = chapters[Math.min(Math.floor(progress / 20), chapters.length - 1)];
        this.#server.trigger(channel, 'progress', { status, progress });
      }
      this.#server.trigger(channel, 'complete', { contentId: id });
    } catch (error) {
      if (!this.#end.signal.aborted) throw error;
    }
  }

  /** Breaks every connection, without a word. */
  cut(): void {
    this.#server.drop();
  }

  /** Takes the Pusher server away and brings it back, as a deployment does. */
  restart(downFor = 3_000): void {
    this.#server.restart({ downFor });
  }

  /** Leaves sockets open with nothing getting through, or lets everything through again. */
  mute(muted: boolean): void {
    this.#unmute?.();
    this.#unmute = muted ? this.#server.mute() : undefined;
  }

  /** Refuses private and presence channels from now on; connections are cut, so that everybody has to ask again. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing;
    if (refusing) this.#server.drop();
  }

  /** Answers 403 to publishes from now on: final, for the message as it is. */
  refusePublishing(refusing: boolean): void {
    this.#refusingPublishing = refusing;
  }

  /** Answers 401 to authorizations and publishes until somebody fetches a new token. */
  expireToken(): void {
    const always = Number.POSITIVE_INFINITY;
    this.#forgive.push(this.#server.rejectAuth(401, always), this.#server.rejectTrigger(401, always));
  }
}
