import Pusher from 'pusher-js';
import { describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  backendAuth,
  type FrameLink,
  type FrameLinkEvents,
  type Member,
  protocolTransport,
  pusherInstance,
  RealtimeClient,
  type Transport,
  userEndpoint,
} from '../../src/index';
import { createManualClock, createTestServer, type TestServerOptions } from '../../src/testing/index';
import { MemoryLink } from '../../src/testing/memory-link';

const endpoint = 'http://surewire.test/pusher/user-auth';

/** A client whose user is signed in on each connection, unless its server sees to it that not. */
function signing({
  tamper,
  token,
  ...options
}: TestServerOptions & {
  /** Puts another link in front of the server's. */
  readonly tamper?: (link: FrameLink) => FrameLink | Transport;
  readonly token?: () => string;
} = {}) {
  const clock = createManualClock();
  const server = createTestServer({ ids: 'sequential', ...options, clock });
  const link = new MemoryLink(() => server.connect());
  const made = tamper?.(link) ?? link;
  const client = new RealtimeClient({
    ...server.options,
    auth: backendAuth({
      endpoint: server.endpoints.auth,
      user: userEndpoint(endpoint),
      token: token ?? (() => server.issueToken()),
    }),
    transport: () => ('subscribe' in made ? made : protocolTransport(made)),
  });
  const errors: { readonly name: string; readonly status?: number; readonly message: string }[] = [];
  client.on('error', (error) => errors.push(error));
  const users: (Member | undefined)[] = [];
  client.user.subscribe((user) => users.push(user));
  const asked = () => server.requests.filter(({ path }) => path === '/pusher/user-auth').length;
  return { clock, server, client, errors, users, asked };
}

/** A link that says or hears something else at sign-in. */
function atSignIn(instead: (say: (code: number, message: string) => void, real: () => void) => void) {
  return (real: FrameLink): FrameLink => {
    let events: FrameLinkEvents | undefined;
    const say = (code: number, message: string): void =>
      events?.received({ event: 'pusher:error', data: { code, message } }, 0);
    return {
      open: (heard) => {
        events = heard;
        real.open(heard);
      },
      close: () => real.close(),
      destroy: () => real.destroy(),
      write: (text) => {
        if (!text.includes('pusher:signin')) return real.write(text);
        instead(say, () => real.write(text));
        return true;
      },
    };
  };
}

describe('a signed-in user', () => {
  it('is known on the connection and hears what the server sends to the user', async () => {
    const { clock, server, client, errors } = signing();
    const heard: unknown[] = [];
    const all: string[] = [];
    client.on('message', ({ channel }) => all.push(channel));
    client.user.on('notice', (payload, message) => heard.push([payload, message.event, message.channel]));
    await clock.advance(1_000);
    expect(server.connections[0]?.userId).toBe('user-1');
    expect(client.user.get()).toEqual({ id: 'user-1', info: { name: 'user-1' } });
    server.trigger('#server-to-user-user-1', 'notice', { text: 'hello' });
    server.trigger('#server-to-user-user-2', 'notice', { text: 'not for us' });
    await clock.advance(100);
    expect(heard).toEqual([[{ text: 'hello' }, 'notice', '#server-to-user-user-1']]);
    expect(all).toEqual(['#server-to-user-user-1']);
    expect(errors).toEqual([]);
  });

  it('is signed in anew after each reconnect, with the listeners that there were', async () => {
    const { clock, server, client, users, asked } = signing();
    let heard = 0;
    const stop = client.user.on('notice', () => heard++);
    await clock.advance(1_000);
    server.drop();
    // Not a moment more: the next dial may come at once.
    await clock.settle();
    expect(client.user.get()).toBeUndefined();
    await clock.advance(10_000);
    expect(client.user.get()?.id).toBe('user-1');
    expect(users.map((user) => user?.id)).toEqual(['user-1', undefined, 'user-1']);
    expect(asked()).toBe(2);
    server.trigger('#server-to-user-user-1', 'notice', 1);
    await clock.advance(100);
    stop();
    server.trigger('#server-to-user-user-1', 'notice', 2);
    await clock.advance(100);
    expect(heard).toBe(1);
  });

  it('does not stand in the way of channels, nor they in its', async () => {
    const { clock, server, client, errors } = signing();
    for (let id = 0; id < 20; id++) client.channel(`private-class-${id}`).hold();
    await clock.advance(2_000);
    expect(server.connections[0]?.channels).toHaveLength(21);
    expect(client.user.get()?.id).toBe('user-1');
    expect(errors).toEqual([]);
  });

  it('is tried again with growing waits while the endpoint is in trouble', async () => {
    const { clock, server, client, errors, asked } = signing();
    server.rejectAuth(503, 3);
    client.user.on('notice', () => {});
    await clock.advance(30_000);
    expect(client.user.get()?.id).toBe('user-1');
    expect(asked()).toBe(4);
    expect(errors.map(({ name, status }) => [name, status])).toEqual([['AuthenticationError', 503]]);
  });

  it('is not tried again after a no, until somebody connects', async () => {
    const { clock, server, client, errors, asked } = signing();
    server.rejectAuth(403, 1);
    client.user.on('notice', () => {});
    await clock.advance(60_000);
    server.drop();
    await clock.advance(60_000);
    expect(asked()).toBe(1);
    expect(client.status.get().state).toBe('connected');
    expect(errors.filter(({ name }) => name === 'AuthenticationError')).toHaveLength(1);
    void client.connect();
    await clock.advance(1_000);
    expect(client.user.get()?.id).toBe('user-1');
  });

  it('renews the token once when the endpoint does not take it', async () => {
    let issued = 0;
    const { clock, server, client, asked } = signing({
      token: () => server.issueToken({ expiresIn: 3_600_000 + issued++ * 1_000 }),
    });
    server.rejectAuth(401, 1);
    client.user.on('notice', () => {});
    await clock.advance(1_000);
    expect(client.user.get()?.id).toBe('user-1');
    expect(asked()).toBe(2);
  });

  it('gives up the answer of a connection that is gone', async () => {
    const { clock, server, client, asked, errors } = signing();
    const free = server.hangAuth(1);
    client.user.on('notice', () => {});
    await clock.advance(1_000);
    server.drop();
    await clock.advance(8_000);
    free();
    await clock.advance(1_000);
    expect(client.user.get()?.id).toBe('user-1');
    expect(asked()).toBe(2);
    expect(errors.filter(({ name }) => name === 'AuthenticationError')).toEqual([]);
  });
});

describe('a server that does not sign in', () => {
  it('is told from one that is slow: no answer within 10 s is tried again', async () => {
    let times = 0;
    const { clock, client, errors } = signing({
      tamper: atSignIn((_, real) => {
        if (times++ > 0) real();
      }),
    });
    client.user.on('notice', () => {});
    await clock.advance(9_000);
    expect(errors).toEqual([]);
    await clock.advance(3_000);
    expect(errors[0]?.message).toContain('within 10 s');
    expect(client.user.get()?.id).toBe('user-1');
  });

  it('does not know the event, as Reverb: said once, and not asked again on later connections', async () => {
    let times = 0;
    const { clock, server, client, errors, asked } = signing({
      tamper: atSignIn((say) => {
        times++;
        say(4200, 'Invalid message format');
      }),
    });
    const channel = client.channel('private-class-1');
    channel.hold();
    client.user.on('notice', () => {});
    for (let round = 0; round < 5; round++) {
      await clock.advance(30_000);
      server.drop();
    }
    await clock.advance(30_000);
    expect(times).toBe(1);
    expect(asked()).toBe(1);
    expect(channel.subscription.get().state).toBe('subscribed');
    expect(errors.filter(({ status }) => status === 4200)).toMatchObject([
      { name: 'AuthenticationError', message: expect.stringContaining('`userEndpoint`') },
    ]);
  });

  it('refuses the signature, without a word about whose', async () => {
    const { clock, client, errors, asked } = signing({
      tamper: atSignIn((say) => {
        say(4009, 'Invalid signature');
      }),
    });
    client.user.on('notice', () => {});
    await clock.advance(30_000);
    expect(client.user.get()).toBeUndefined();
    expect(client.status.get().state).toBe('connected');
    expect(asked()).toBe(1);
    expect(errors).toMatchObject([{ name: 'AuthenticationError', status: 4009 }]);
  });

  it('is not blamed for a private channel that is refused in the same moment', async () => {
    const { clock, server, client, errors } = signing();
    const { fetch } = server.options;
    const forging = new RealtimeClient({
      ...server.options,
      auth: backendAuth({
        endpoint: server.endpoints.auth,
        user: userEndpoint(endpoint),
        token: () => server.issueToken(),
      }),
      fetch: async (address, init) => {
        const answer = await fetch(address, init);
        // The sign-in goes out second, and is under way when the channel is refused.
        if (address === endpoint) await new Promise<void>((resolve) => clock.after(100, resolve));
        // What the application signs for this channel, the server does not take.
        if (!String(init.body).includes('private-forged')) return answer;
        return new Response((await answer.text()).replace(/[0-9a-f]{8}"/, '00000000"'), { status: 200 });
      },
    });
    client.destroy();
    forging.on('error', (error) => errors.push(error));
    server.delay(200);
    forging.user.on('notice', () => {});
    const forged = forging.channel('private-forged');
    forged.hold();
    await clock.advance(30_000);
    expect(forging.user.get()?.id).toBe('user-1');
    expect(forged.subscription.get().state).toBe('refused');
    expect(errors).toMatchObject([
      { name: 'SubscriptionError', message: expect.stringContaining('private-forged') },
    ]);
    forging.destroy();
  });

  it('is believed when it signs in after all: the refusal was about something else', async () => {
    const { clock, client } = signing({
      tamper: atSignIn((say, real) => {
        say(4009, 'Invalid signature');
        real();
      }),
    });
    client.user.on('notice', () => {});
    await clock.advance(1_000);
    expect(client.user.get()?.id).toBe('user-1');
  });

  it('is refused over a transport that cannot, when the client is made', () => {
    const make = (): unknown =>
      signing({
        tamper: (real): Transport => {
          const made = protocolTransport(real);
          return {
            open: (receive) => made.open(receive),
            close: () => made.close(),
            destroy: () => made.destroy(),
            subscribe: (channel, proof) => made.subscribe(channel, proof),
            unsubscribe: (channel) => made.unsubscribe(channel),
            send: (...message) => made.send(...message),
            ping: () => made.ping(),
          };
        },
      });
    expect(make).toThrow(/leave out `userEndpoint`/);
  });
});

describe('the end of a sign-in', () => {
  it('terminated connections come back once with a renewed token, and not a second time', async () => {
    let issued = 0;
    const { clock, server, client } = signing({
      token: () => server.issueToken({ expiresIn: 3_600_000 + issued++ * 1_000 }),
    });
    client.user.on('notice', () => {});
    await clock.advance(1_000);
    expect(issued).toBe(1);
    server.close(4009, 'You got disconnected by the app');
    await clock.advance(10_000);
    expect(issued).toBe(2);
    expect(client.user.get()?.id).toBe('user-1');
    const stop = server.refuse(4009);
    server.close(4009, 'You got disconnected by the app');
    await clock.advance(60_000);
    stop();
    expect(client.status.get().state).toBe('failed');
    expect(client.user.get()).toBeUndefined();
  });

  it('signing out forgets the user', async () => {
    const { clock, client, users } = signing();
    client.user.on('notice', () => {});
    await clock.advance(1_000);
    await client.signOut();
    expect(client.user.get()).toBeUndefined();
    expect(users).toHaveLength(2);
  });

  it('leaves nothing behind when the client is destroyed', async () => {
    const { clock, server, client } = signing();
    server.rejectAuth(503, 100);
    client.user.on('notice', () => {});
    await clock.advance(1_000);
    client.destroy();
    client.user.on('notice', () => {});
    await clock.advance(1_000);
    expect(clock.pending).toBe(0);
    expect(server.connections).toHaveLength(0);
  });

  it('says what is missing when there is no endpoint for users', () => {
    const client = new RealtimeClient(createTestServer().options);
    expect(() => client.user).toThrow(
      expect.objectContaining({ code: 'missing-feature', message: expect.stringContaining('userEndpoint(') }),
    );
  });

  it('reports a listener that throws, and the others still hear', async () => {
    const { clock, server, client, errors } = signing();
    let heard = 0;
    client.user.on('notice', () => {
      throw new TypeError('broken');
    });
    client.user.on('notice', () => heard++);
    await clock.advance(1_000);
    server.trigger('#server-to-user-user-1', 'notice', {});
    await clock.advance(100);
    expect(heard).toBe(1);
    expect(errors).toMatchObject([{ name: 'RealtimeError', message: expect.stringContaining('notice') }]);
    expect(errors[0]).not.toBeInstanceOf(AuthenticationError);
  });
});

describe('over a real socket', () => {
  it('signs in and hears the user through pusher-js', async () => {
    const server = createTestServer();
    const { options, endpoints, close } = await server.listen();
    const client = new RealtimeClient({
      ...options,
      auth: backendAuth({
        endpoint: endpoints.auth,
        user: userEndpoint(endpoints.user),
        token: () => server.issueToken(),
      }),
    });
    const heard: unknown[] = [];
    client.on('error', (error) => heard.push(error.message));
    client.user.on('notice', (payload) => heard.push(payload));
    await expect.poll(() => client.user.get()?.id).toBe('user-1');
    server.trigger('#server-to-user-user-1', 'notice', { text: 'hello' });
    await expect.poll(() => heard.length).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard).toEqual([{ text: 'hello' }]);
    client.destroy();
    await close();
  });

  it('signs nobody in before the application says that there is somebody, then on each connection', async () => {
    const server = createTestServer();
    const { options, endpoints, close } = await server.listen();
    let say = (): void => {};
    const when = new Promise<void>((resolve) => {
      say = resolve;
    });
    const client = new RealtimeClient({
      ...options,
      auth: backendAuth({
        endpoint: endpoints.auth,
        user: userEndpoint({ endpoint: endpoints.user, when, headers: { 'x-tenant': '7' } }),
        token: () => server.issueToken(),
      }),
    });
    const asked = () => server.requests.filter(({ path }) => path === '/pusher/user-auth').length;
    await client.connect();
    const first = client.socketId;
    server.drop();
    // Whoever only looks now and then may miss that it was away: the next dial may come at once.
    await expect
      .poll(() => [client.status.get().state, client.socketId === first])
      .toEqual(['connected', false]);
    expect([asked(), client.user.get()]).toEqual([0, undefined]);
    say();
    await expect.poll(() => client.user.get()?.id).toBe('user-1');
    expect(asked()).toBe(1);
    client.destroy();
    await close();
  });

  it('tells the user who of the watchlist is there, comes and goes', async () => {
    const server = createTestServer({ watchlist: (userId) => (userId === 'user-1' ? ['ben'] : []) });
    const { options, endpoints, close } = await server.listen();
    const connect = (userId: string) =>
      new RealtimeClient({
        ...options,
        auth: backendAuth({
          endpoint: endpoints.auth,
          user: userEndpoint(endpoints.user),
          token: () => server.issueToken({ userId }),
        }),
      });
    const [client, ben] = [connect('user-1'), connect('ben')];
    const heard: unknown[] = [];
    for (const event of ['pusher:online', 'pusher:offline'])
      client.user.on(event, (data) => heard.push([event, data]));
    await expect.poll(() => heard).toEqual([['pusher:offline', { userIds: ['ben'] }]]);
    await ben.connect();
    await expect.poll(() => heard.at(-1)).toEqual(['pusher:online', { userIds: ['ben'] }]);
    ben.destroy();
    await expect.poll(() => heard.at(-1)).toEqual(['pusher:offline', { userIds: ['ben'] }]);
    client.destroy();
    await close();
  });

  it('says that an instance of the application cannot be signed in', () => {
    const pusher = new Pusher('app-key', { cluster: 'us2', enabledTransports: [] });
    const make = () =>
      new RealtimeClient({
        key: 'app-key',
        transport: pusherInstance(pusher),
        auth: backendAuth({ endpoint: '/pusher/auth', user: userEndpoint(endpoint) }),
      });
    expect(make).toThrow('leave out `userEndpoint`');
    pusher.disconnect();
  });
});
