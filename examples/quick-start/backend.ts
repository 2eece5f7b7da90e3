import { setTimeout as wait } from 'node:timers/promises';
import { type AuthorizationRequest, createTestServer, type ListeningServer } from 'surewire/testing';
import { Cable } from './cable.ts';
import { Classmates } from './classmates.ts';
import { createDemoClient } from './demo-client.ts';
import { Scoreboard } from './scoreboard.ts';
import type { DemoSettings } from './settings.ts';
import { userIdOf } from './user-id.ts';

/** What is broken at the moment. */
export interface Faults {
  /** Nobody gets through: the cable is out. */
  readonly cut: boolean;
  /** Sockets stay open, and nothing gets through. */
  readonly muted: boolean;
  /** Private and presence channels are refused to everybody. */
  readonly refusing: boolean;
  /** What anybody publishes is refused. */
  readonly refusingPublishing: boolean;
}

/** How a race between two clients goes: numbered messages, and a cut in the middle of them. All times are milliseconds. */
export interface RacePlan {
  readonly messages: number;
  /** From one message to the next. */
  readonly every: number;
  /** From the first message to the cut. */
  readonly cutAfter: number;
  /** From the cut to the network's return. */
  readonly cutFor: number;
}

/** A message as the application remembers it. */
export interface RememberedMessage {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

const chapters = [
  'Reading the brief',
  'Drafting the outline',
  'Writing',
  'Drawing the figures',
  'Proofreading',
];

/** The Pusher server, and the application beside it: hands out tokens, generates content, keeps points, breaks on command. */
export class DemoBackend {
  readonly #server = createTestServer({ authorize: (request) => this.#allows(request) });
  readonly #end = new AbortController();
  readonly #scoreboards = new Map<string, Scoreboard>();
  readonly #people = new Map<string, string>();
  #classmates: Classmates | undefined;
  #cable: Cable | undefined;
  #refusing = false;
  #refusingPublishing = false;
  #muted = false;
  #forgive: (() => void)[] = [];

  /** Opens a port at `host` (default: for this machine only), and resolves with what a client needs to know. */
  async start(host = '127.0.0.1'): Promise<DemoSettings> {
    const listening = await this.#server.listen();
    const direct = settingsOf(listening, listening.port);
    this.#classmates = new Classmates((name) => createDemoClient(direct, () => this.token(name)));
    this.#cable = new Cable(listening.port);
    return settingsOf(listening, await this.#cable.listen(host));
  }

  /** Ends everything that is connected, and closes the ports. */
  async stop(): Promise<void> {
    this.#end.abort();
    this.#classmates?.stop();
    await Promise.all([this.#cable?.close(), this.#server.stop()]);
  }

  get faults(): Faults {
    return {
      cut: this.#cable?.isCut ?? false,
      muted: this.#muted,
      refusing: this.#refusing,
      refusingPublishing: this.#refusingPublishing,
    };
  }

  /** A token for five minutes, for whoever asks: a real application wants a session for it. */
  token(name: string): string {
    // Whatever was expired is made good by a new token.
    for (const forgive of this.#forgive.splice(0)) forgive();
    const userId = userIdOf(name);
    this.#people.set(userId, name);
    const role = name === 'Grace' ? 'teacher' : 'student';
    return this.#server.issueToken({ userId, info: { name, role }, expiresIn: 5 * 60_000 });
  }

  /** What was published on a channel, oldest first: the application's own memory of it. */
  async messagesOn(channel: string): Promise<readonly RememberedMessage[]> {
    const headers = { authorization: `Bearer ${this.token('history')}` };
    const query = new URLSearchParams({ channel });
    const answer = await this.#server.fetch(`/realtime/history?${query}`, { headers });
    const { messages } = (await answer.json()) as { readonly messages: readonly RememberedMessage[] };
    return messages;
  }

  /** Publishes the progress of a made-up generation, from 0 to 100 %, and that it is complete. */
  async generate(
    id: string,
    {
      steps = 50,
      every = 120,
      title,
      by,
    }: { steps?: number; every?: number; title?: string; by?: string } = {},
  ): Promise<void> {
    const channel = `content-generation-${id}`;
    try {
      for (let step = 0; step <= steps; step += 1) {
        if (step > 0) await wait(every, undefined, { signal: this.#end.signal });
        const progress = Math.round((100 * step) / steps);
        const status = chapters[Math.min(Math.floor(progress / 20), chapters.length - 1)];
        this.#server.trigger(channel, 'progress', { status, progress });
      }
      this.#server.trigger(channel, 'complete', { contentId: id });
      if (title !== undefined) {
        this.#server.trigger('dashboard-updates', 'content-updated', {
          contentId: id,
          title,
          change: 'created',
        });
      }
      if (by !== undefined) this.#award(userIdOf(by), 'complete', undefined);
    } catch (error) {
      if (!this.#end.signal.aborted) throw error;
    }
  }

  /** Publishes numbered messages on `race-{id}`, and pulls the cable out in the middle of them. Resolves after the last one. */
  async race(id: string, { messages, every, cutAfter, cutFor }: RacePlan): Promise<void> {
    const { signal } = this.#end;
    const cut = wait(cutAfter, undefined, { signal }).then(() => this.cut(cutFor));
    const publish = async (): Promise<void> => {
      for (let number = 1; number <= messages; number += 1) {
        this.#server.trigger(`race-${id}`, 'numbered', { number });
        await wait(every, undefined, { signal });
      }
    };
    try {
      await Promise.all([cut, publish()]);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Lets simulated classmates into a class, or sends them away. */
  simulate(classId: string, on: boolean): void {
    if (on) this.#classmates?.enter(classId);
    else this.#classmates?.leave(classId);
  }

  /** Pulls the cable out for so many milliseconds: every connection of a page breaks, without a word. */
  cut(milliseconds = 0): void {
    this.#cable?.cut(milliseconds);
  }

  /** Takes the Pusher server away and brings it back, as a deployment does. */
  restart(downFor = 8_000): void {
    this.#server.restart({ downFor });
  }

  /** Leaves sockets open with nothing getting through, or lets everything through again. */
  mute(muted: boolean): void {
    this.#muted = muted;
    this.#cable?.mute(muted);
  }

  /** Refuses private and presence channels from now on; connections are cut, so that everybody has to ask again. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing;
    if (refusing) this.cut();
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

  #allows({ action, channel, userId, parameters }: AuthorizationRequest): boolean {
    if (Classmates.isOne(userId) || userId === 'history') {
      this.#reward(action, channel, userId, parameters);
      return true;
    }
    if (action === 'subscribe') return !this.#refusing && isOwn(channel, userId);
    if (this.#refusingPublishing) return false;
    this.#reward(action, channel, userId, parameters);
    return true;
  }

  #reward(
    action: AuthorizationRequest['action'],
    channel: string,
    userId: string | undefined,
    { event }: AuthorizationRequest['parameters'],
  ): void {
    if (action !== 'publish' || userId === undefined || !channel.startsWith('presence-classroom-')) return;
    // Told after the message that it is for.
    setImmediate(() => this.#award(userId, String(event), channel));
  }

  /** Counts a deed where it was done; one that belongs to no class, in all of them. */
  #award(userId: string, deed: string, channel: string | undefined): void {
    for (const place of channel === undefined ? this.#scoreboards.keys() : [channel]) {
      const board = this.#scoreboards.get(place) ?? new Scoreboard();
      this.#scoreboards.set(place, board);
      const award = board.count(userId, this.#people.get(userId) ?? userId, deed);
      if (award === undefined) continue;
      this.#server.trigger(place, 'leaderboard', award.leaderboard);
      this.#server.trigger(`private-user-${userId}`, 'score', award.score);
      if (award.achievement !== undefined) {
        this.#server.trigger(`private-user-${userId}`, 'achievement', award.achievement);
      }
    }
  }
}

/** A user's own channel is for nobody else; all others are for everybody. */
function isOwn(channel: string, userId: string | undefined): boolean {
  return !channel.startsWith('private-user-') || channel === `private-user-${userId}`;
}

function settingsOf({ endpoints, options }: ListeningServer, port: number): DemoSettings {
  const { key, host, tls } = options;
  const move = (address: string): string => {
    const url = new URL(address);
    url.port = String(port);
    return url.href;
  };
  return {
    mode: 'embedded',
    server: { key, host, port, tls },
    auth: move(endpoints.auth),
    publish: move(endpoints.publish),
    history: move(endpoints.history),
  };
}
