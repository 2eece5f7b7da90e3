import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { RealtimeClient } from '../../src/client';
import { backendAuth, protocolTransport } from '../../src/index';
import type { Member, Stop } from '../../src/types';
import { ManualClock } from '../fakes/manual-clock';
import { ProtocolLink, proofOf } from '../fakes/protocol-link';

const names = ['public', '7', '__proto__', 'private-a', 'private-b', 'private-c', 'presence-room'] as const;
const users = ['ada', 'ben', '3'] as const;

type Step =
  | { readonly do: 'hold' | 'listen' | 'release'; readonly name: string }
  | {
      readonly do: 'refuse' | 'forbid' | 'fail' | 'hang' | 'silence';
      readonly name: string;
      readonly on: boolean;
    }
  | { readonly do: 'drop' | 'mute' | 'unmute' | 'connect' | 'disconnect' | 'token' | 'named' | 'nameless' }
  | { readonly do: 'join' | 'leave'; readonly user: string }
  | { readonly do: 'delay' | 'wait'; readonly ms: number };

const name = fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constantFrom('hold', 'listen', 'release', 'release'), name }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('refuse', 'forbid', 'fail', 'hang', 'silence'),
      name,
      on: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'drop',
        'drop',
        'mute',
        'unmute',
        'unmute',
        'connect',
        'disconnect',
        'token',
        'named',
        'nameless',
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('join', 'leave'), user: fc.constantFrom(...users) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('delay' as const), ms: fc.constantFrom(0, 40, 700, 4_000) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 1, 50, 999, 1_000, 3_000, 11_000, 40_000),
    }),
  },
);

/** A client, its server and its application. */
class World {
  readonly clock = new ManualClock();
  readonly server = new ProtocolLink(this.clock);
  readonly forbidden = new Set<string>();
  readonly failing = new Set<string>();
  readonly hanging = new Set<string>();
  readonly holds: { readonly name: string; readonly stop: Stop }[] = [];
  readonly heard: string[] = [];
  /** Everything that somebody refused at some time; nothing else may ever be taken for refused. */
  readonly blamable = new Set<string>();
  readonly oddities: string[] = [];
  listening = false;
  token = 1;
  authorizing = 0;
  mostAuthorizing = 0;
  readonly client: RealtimeClient;
  readonly compareMembers: () => void;
  /** Holds the room as well. */
  readonly listenToMembers: () => Stop;

  constructor() {
    this.client = new RealtimeClient({
      key: 'key',
      clock: this.clock,
      transport: () => protocolTransport(this.server),
      fetch: (_address, init) => this.#authorize(init),
      auth: backendAuth({ endpoint: 'https://backend.test/auth', token: () => this.#issueToken() }),
    });
    this.client.on('error', () => {});
    for (const each of names) {
      this.client.channel(each).subscription.subscribe(({ state }) => {
        if (state === 'refused' && !this.blamable.has(each)) this.oddities.push(`${each} was blamed`);
      });
    }
    const room = this.client.channel('presence-room');
    // What the member events tell must lead from one list to the next.
    let present: string[] = [];
    room.members.subscribe((members) => {
      const ids = members.map(({ id }) => id);
      if (new Set(ids).size !== ids.length) this.oddities.push('a member twice');
    });
    room.subscription.subscribe(({ state }) => {
      if (state === 'subscribed' && present.length === 0) present = room.members.get().map(({ id }) => id);
      if (state === 'unsubscribed' || state === 'refused') present = [];
    });
    this.compareMembers = () => {
      const ids = room.members.get().map(({ id }) => id);
      if (this.listening && present.sort().join() !== ids.sort().join())
        this.oddities.push(`events led to ${present}, not to ${ids}`);
    };
    this.listenToMembers = () => {
      this.listening = true;
      present = room.members.get().map(({ id }) => id);
      const stops = [
        room.on('pusher:member_added', (member) => {
          const { id } = member as Member;
          if (present.includes(id) || id === 'me') this.oddities.push(`${id} came twice`);
          present.push(id);
        }),
        room.on('pusher:member_removed', (member) => {
          const { id } = member as Member;
          if (!present.includes(id)) this.oddities.push(`${id} went twice`);
          present = present.filter((each) => each !== id);
        }),
      ];
      return () => {
        this.listening = false;
        for (const stop of stops) stop();
      };
    };
  }

  /** Good for a minute, so that tokens change while the story goes on. */
  #issueToken(): string {
    const iat = Math.floor(this.clock.now() / 1_000);
    const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${text({ alg: 'none' })}.${text({ iat, exp: iat + 60, version: this.token })}.x`;
  }

  async #authorize(init: RequestInit): Promise<Response> {
    const fields = new URLSearchParams(String(init.body));
    const channel = fields.get('channel_name') ?? '';
    this.authorizing += 1;
    this.mostAuthorizing = Math.max(this.mostAuthorizing, this.authorizing);
    try {
      if (this.hanging.has(channel)) {
        await new Promise((_, reject) => {
          init.signal?.addEventListener('abort', () => reject(init.signal?.reason), { once: true });
        });
      }
      if (this.forbidden.has(channel)) return new Response('{}', { status: 403 });
      if (this.failing.has(channel)) return new Response('{}', { status: 503 });
      return Response.json({
        auth: proofOf(fields.get('socket_id') ?? '', channel),
        ...(channel.startsWith('presence-') ? { channel_data: '{"user_id":"me"}' } : {}),
      });
    } finally {
      this.authorizing -= 1;
    }
  }

  async take(step: Step): Promise<void> {
    const { server } = this;
    const set = {
      refuse: server.refused,
      forbid: this.forbidden,
      fail: this.failing,
      hang: this.hanging,
      silence: server.unanswered,
    };
    switch (step.do) {
      case 'hold':
        this.holds.push({ name: step.name, stop: this.client.channel(step.name).hold() });
        return;
      case 'listen': {
        if (step.name === 'presence-room') {
          if (!this.listening) this.holds.push({ name: step.name, stop: this.listenToMembers() });
          return;
        }
        const channel = this.client.channel(step.name);
        const stop = channel.on('ping', () => this.heard.push(step.name));
        this.holds.push({ name: step.name, stop });
        return;
      }
      case 'release': {
        const index = this.holds.findIndex(({ name }) => name === step.name);
        if (index >= 0) this.holds.splice(index, 1)[0]?.stop();
        return;
      }
      case 'refuse':
      case 'forbid':
      case 'fail':
      case 'hang':
      case 'silence':
        if (step.on && (step.do === 'refuse' || step.do === 'forbid')) this.blamable.add(step.name);
        if (step.on) set[step.do].add(step.name);
        else set[step.do].delete(step.name);
        return;
      case 'drop':
        server.drop();
        return;
      case 'mute':
        server.mute();
        return;
      case 'unmute':
        server.unmute();
        return;
      case 'connect':
        this.client.connect().catch(() => {});
        return;
      case 'disconnect':
        this.client.disconnect();
        return;
      case 'token':
        this.token += 1;
        return;
      case 'named':
      case 'nameless':
        server.named = step.do === 'named';
        return;
      case 'join':
        if (!server.members.has(step.user)) server.join('presence-room', step.user, { name: step.user });
        return;
      case 'leave':
        if (server.members.has(step.user)) server.leave('presence-room', step.user);
        return;
      case 'delay':
        server.latency = step.ms;
        return;
      case 'wait':
        await this.clock.advance(step.ms);
    }
  }

  /** The server answers again, and time passes: who was refused is known, who was not is subscribed. */
  async settle(): Promise<void> {
    this.server.latency = 5;
    this.server.unmute();
    for (const set of [this.server.unanswered, this.failing, this.hanging]) set.clear();
    await this.clock.advance(120_000);
    // A token may have been renewed just now, and then refused channels are asked for once more.
    if (names.some((each) => this.client.channel(each).subscription.get().state === 'subscribing'))
      await this.clock.advance(1_000);
  }

  /** Everybody becomes kind, and time passes. */
  async calm(): Promise<void> {
    const { server } = this;
    server.latency = 5;
    server.unmute();
    for (const set of [server.refused, server.unanswered, this.forbidden, this.failing, this.hanging])
      set.clear();
    this.client.connect().catch(() => {});
    await this.clock.advance(120_000);
  }
}

afterEach(() => {
  vi.restoreAllMocks();
});

/** Chance that comes again with the counterexample (a linear congruential generator). */
function seedChance(seed: number): void {
  let state = seed;
  vi.spyOn(Math, 'random').mockImplementation(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  });
}

test('whatever happens, in the end the server has the channels that are held, and each delivers once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), fc.nat(), async (steps, chance) => {
      seedChance(chance);
      const world = new World();
      for (const each of steps) await world.take(each);
      await world.settle();
      const { client, server, holds } = world;
      const wanted = [...new Set(holds.map(({ name }) => name))].sort();
      if (client.status.get().state === 'connected') {
        for (const each of wanted) {
          const { state } = client.channel(each).subscription.get();
          const denied = server.refused.has(each) || world.forbidden.has(each);
          // One that was refused may have stayed so: nobody called `connect()` since.
          expect([
            each,
            denied || world.blamable.has(each) ? 'refused' : 'subscribed',
            'subscribed',
          ]).toContain(state);
          expect(server.channels.includes(each)).toBe(state === 'subscribed');
        }
      }
      await world.calm();
      expect(server.channels).toEqual(wanted);
      for (const each of names) {
        const state = wanted.includes(each) ? 'subscribed' : 'unsubscribed';
        expect([each, client.channel(each).subscription.get().state]).toEqual([each, state]);
      }
      // Each listener of a held channel hears each message once.
      world.heard.length = 0;
      const stops = wanted.map((each) => client.channel(each).on('ping', () => world.heard.push(`${each}!`)));
      for (const each of wanted) server.publish(each, 'ping', {});
      await world.clock.advance(100);
      expect(world.heard.filter((each) => each.endsWith('!')).sort()).toEqual(
        wanted.map((each) => `${each}!`).sort(),
      );
      for (const stop of stops) stop();
      const room = client.channel('presence-room');
      const present = wanted.includes('presence-room') ? ['me', ...server.members.keys()].sort() : [];
      expect(
        room.members
          .get()
          .map(({ id }) => id)
          .sort(),
      ).toEqual(present);
      expect(room.me.get()?.id).toBe(present.length > 0 ? 'me' : undefined);
      world.compareMembers();
      expect(server.complaints).toEqual([]);
      expect(world.oddities).toEqual([]);
      expect(world.mostAuthorizing).toBeLessThanOrEqual(6);
      client.destroy();
      for (const { stop } of holds) stop();
      await world.clock.advance(10);
      expect(world.clock.waiting).toBe(0);
    }),
    { numRuns: 400 },
  );
}, 180_000);
