// Small programs as people write them for pusher-js, run over pusher-js and over surewire/pusher: what both are told is compared.
import type { PresenceChannel } from '../../src/pusher/index';
import { same } from './program';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

same('a public channel: how callbacks are called, and in which order', async (stage) => {
  const { connect, note, server, until } = stage;
  const pusher = connect();
  const channel = pusher.subscribe('news');
  note(channel.name, channel.subscribed, channel.subscriptionPending, channel.subscriptionCount ?? null);
  note(channel.pusher === pusher, pusher.channel('news') === channel, pusher.channel('other') === undefined);
  channel.bind('pusher:subscription_succeeded', (...values: unknown[]) => note('succeeded', values));
  channel.bind_global((...values: unknown[]) => note('channel global', values));
  channel.bind('said', function (this: unknown, ...values: unknown[]) {
    note('said', values, this === globalThis);
  });
  pusher.bind('said', (...values: unknown[]) => note('instance', values));
  pusher.connection.bind('message', ({ event, channel: name, data }: Record<string, unknown>) => {
    if (event === 'said') note('message', { event, name, data });
  });
  await until(() => channel.subscribed);
  for (const data of [{ n: 1 }, 'text', 7, 0, '', false, null, []]) server.trigger('news', 'said', data);
  server.trigger('news', 'last', {});
  let last = false;
  channel.bind('last', () => {
    last = true;
  });
  await until(() => last);
  note(channel.subscribed, channel.subscriptionPending, channel.subscriptionCancelled);
});

same('binding: contexts, what unbind takes off, and what is bound while an event is told', async (stage) => {
  const { connect, note } = stage;
  const pusher = connect();
  const channel = pusher.subscribe('news');
  const [one, two] = [{ name: 'one' }, { name: 'two' }];
  function said(this: { name: string }, data: unknown): void {
    note('said', this.name, data);
  }
  channel.bind('said', said, one).bind('said', said, two).bind('other', said, one);
  channel.emit('said', { n: 1 });
  channel.unbind('said', said, one);
  channel.emit('said', { n: 2 });
  channel.unbind(undefined, undefined, one);
  channel.emit('other', { n: 3 });
  channel.unbind('said');
  channel.emit('said', { n: 4 });
  channel.bind('said', said, two);
  channel.unbind(undefined, said);
  channel.emit('said', { n: 5 });
  const everything = (event: string, data: unknown) => note('everything', event, data);
  channel.bind_global(everything).bind('said', said, one);
  channel.unbind();
  channel.emit('said', { n: 6 });
  channel.unbind_all();
  channel.emit('said', { n: 7 });
  channel.bind('said', said, one);
  channel.unbind_global(everything);
  channel.emit('said', { n: 8 }, { user_id: 'ben' });
  note(
    channel.bind('x', () => {}) === channel,
    channel.unbind('x') === channel,
    channel.unbind_all() === channel,
  );
  note(
    pusher.bind('x', () => {}) === pusher,
    pusher.unbind_all() === pusher,
    channel.emit('nobody') === channel,
  );
});

same('a private channel: authorized, client events, and what the sender hears', async (stage) => {
  const { connect, note, until } = stage;
  const [ada, ben] = [connect('ada'), connect('ben')];
  const [ours, theirs] = [ada.subscribe('private-chat'), ben.subscribe('private-chat')];
  theirs.bind('client-said', (...values: unknown[]) => note('ben', values));
  ours.bind('client-said', (...values: unknown[]) => note('ada', values));
  await until(() => ours.subscribed && theirs.subscribed);
  note(ours.trigger('client-said', { n: 1 }));
  note(ada.send_event('client-said', { n: 2 }, 'private-chat'));
  note(ada.connection.send_event('client-said', 'three', 'private-chat'));
  let last = false;
  theirs.bind('client-last', () => {
    last = true;
  });
  ours.trigger('client-last', {});
  await until(() => last);
  try {
    ours.trigger('said', {});
  } catch (error) {
    note('throws', error instanceof Error);
  }
});

same(
  'what a client event may carry',
  async (stage) => {
    const { connect, note, until } = stage;
    const [ada, ben] = [connect('ada'), connect('ben')];
    const [ours, theirs] = [ada.subscribe('private-chat'), ben.subscribe('private-chat')];
    let last = false;
    theirs.bind('client-said', (...values: unknown[]) => note(values));
    theirs.bind('client-last', () => {
      last = true;
    });
    await until(() => ours.subscribed && theirs.subscribed);
    const carried = [{ n: 1 }, 'text', '7', '{"n":1}', 7, 0, '', false, null, [1, 'two'], undefined];
    for (const data of carried) note(ours.trigger('client-said', data));
    ours.trigger('client-last', {});
    await until(() => last);
  },
  { apps: [{ limits: { clientEventsPerSecond: 100 } }] },
);

same('leaving and hanging up from within a callback', async (stage) => {
  const { connect, note, until, server } = stage;
  const pusher = connect();
  const [news, more] = [pusher.subscribe('news'), pusher.subscribe('more')];
  news.bind('said', ({ n }: { n: number }) => {
    note('said', n);
    if (n === 2) pusher.unsubscribe('news');
  });
  news.bind('said', ({ n }: { n: number }) => note('said, too', n));
  more.bind('said', ({ n }: { n: number }) => {
    note('more', n);
    if (n === 2) pusher.disconnect();
  });
  await until(() => news.subscribed && more.subscribed);
  // One connection, so what comes on the second channel comes after all that there was on the first.
  for (const channel of ['news', 'more']) for (const n of [1, 2, 3]) server.trigger(channel, 'said', { n });
  await until(() => pusher.connection.state === 'disconnected');
  await pause(100);
  note(pusher.connection.state, news.subscribed, more.subscribed);
});

same('handlers of the application’s own in the place of endpoints', async (stage) => {
  const { connect, note, until, server } = stage;
  const ask = async (path: string, fields: Record<string, string>) => {
    const headers = { authorization: `Bearer ${server.issueToken()}` };
    const answer = await server.fetch(path, { method: 'POST', headers, body: new URLSearchParams(fields) });
    return answer.json() as never;
  };
  const pusher = connect('ada', {
    channelAuthorization: {
      customHandler: (params, callback) => {
        note(params);
        const { socketId, channelName } = params;
        void ask('/pusher/auth', { socket_id: socketId, channel_name: channelName }).then((answer) =>
          callback(null, answer),
        );
      },
    },
    userAuthentication: {
      customHandler: (params, callback) => {
        note(params);
        void ask('/pusher/user-auth', { socket_id: params.socketId }).then((answer) =>
          callback(null, answer),
        );
      },
    },
  });
  const channel = pusher.subscribe('private-chat');
  await until(() => channel.subscribed);
  pusher.signin();
  await until(() => pusher.user.user_data);
});

same('a key that the server refuses', async (stage) => {
  const { connect, note, until, server } = stage;
  server.refuse(4001);
  const pusher = connect();
  let over = false;
  pusher.connection.bind('error', ({ error }: { error: { type: string; data: { code: number } } }) => {
    note(error.type, error.data.code);
    over = true;
  });
  await until(() => over);
});

same('an old authorizer', async (stage) => {
  const { connect, note, until, server } = stage;
  const pusher = connect('ada', {
    authEndpoint: undefined as never,
    auth: { params: { tenant: 7 } },
    authorizer: (channel, options) => ({
      authorize(socketId, callback) {
        note(
          channel.name,
          channel === pusher.channel('private-chat'),
          socketId === pusher.connection.socket_id,
        );
        note(options);
        const body = new URLSearchParams({ socket_id: socketId, channel_name: channel.name });
        const headers = { authorization: `Bearer ${server.issueToken()}` };
        void server
          .fetch('/pusher/auth', { method: 'POST', headers, body })
          .then((answer) => answer.json())
          .then((answer) => callback(null, answer as never));
      },
    }),
  });
  const channel = pusher.subscribe('private-chat');
  await until(() => channel.subscribed);
});

same('a presence channel: members, who comes, who goes', async (stage) => {
  const { connect, note, until } = stage;
  const ada = connect('ada');
  const room = ada.subscribe('presence-room') as PresenceChannel;
  note(room.members.count, room.members.me, room.members.myID, room.members.members, room.members.get('ada'));
  const state = () => {
    const each: unknown[] = [];
    room.members.each((member: unknown) => each.push(member));
    const { count, me, myID, members } = room.members;
    note({
      count,
      me,
      myID,
      members,
      each,
      ada: room.members.get('ada'),
      nobody: room.members.get('nobody'),
    });
  };
  room.bind('pusher:subscription_succeeded', (members: unknown, ...more: unknown[]) => {
    note('succeeded', members === room.members, more);
    state();
  });
  for (const event of ['pusher:member_added', 'pusher:member_removed']) {
    room.bind(event, (...values: unknown[]) => {
      note(event, values);
      state();
    });
  }
  await until(() => room.subscribed);
  const ben = connect('ben');
  const theirs = ben.subscribe('presence-room');
  theirs.bind('client-wave', (...values: unknown[]) => note('wave', values));
  await until(() => theirs.subscribed && room.members.count === 2);
  let waved = false;
  theirs.bind('client-wave', () => {
    waved = true;
  });
  room.trigger('client-wave', { hand: 'left' });
  await until(() => waved);
  ben.disconnect();
  await until(() => room.members.count === 1);
});

same(
  'a signed-in user: data, events, and whom the user watches',
  async (stage) => {
    const { connect, note, until, server } = stage;
    const ada = connect('ada');
    note(ada.user.signin_requested, ada.user.user_data);
    const heard: string[] = [];
    const hear =
      (what: string) =>
      (...values: unknown[]) => {
        note(what, values);
        heard.push(what);
      };
    ada.user.bind('paid', hear('paid'));
    ada.user.bind_global((...values: unknown[]) => note('user global', values));
    ada.user.watchlist.bind('online', hear('online'));
    ada.user.watchlist.bind('offline', hear('offline'));
    ada.signin();
    ada.signin();
    await until(() => ada.user.user_data && heard.length === 1);
    // Long enough for an answer to a second asking.
    await pause(100);
    note(ada.user.signin_requested, ada.user.user_data.id, ada.user.user_data.user_info);
    server.trigger('#server-to-user-ada', 'paid', { n: 1 });
    await until(() => heard.length === 2);
    const ben = connect('ben');
    ben.signin();
    await until(() => heard.length === 3);
    ben.disconnect();
    await until(() => heard.length === 4);
  },
  { watchlist: (userId) => (userId === 'ada' ? ['ben'] : []) },
);

same('a refused channel says so with its status, and may be asked for again', async (stage) => {
  const { connect, note, until, server, connected } = stage;
  const pusher = connect();
  await connected(pusher);
  server.rejectAuth(403);
  const channel = pusher.subscribe('private-chat');
  let refused = false;
  channel.bind(
    'pusher:subscription_error',
    ({ type, error, status }: Record<string, unknown>, ...more: unknown[]) => {
      note({ type, status, error: typeof error }, more);
      refused = true;
    },
  );
  await until(() => refused);
  note(channel.subscribed, channel.subscriptionPending, pusher.channel('private-chat') === channel);
  note(pusher.subscribe('private-chat') === channel);
  await until(() => channel.subscribed);
});

same('subscribing twice and leaving once, and leaving while the server is asked', async (stage) => {
  const { connect, note, until, server, connected } = stage;
  const pusher = connect();
  await connected(pusher);
  const first = pusher.subscribe('news');
  note(pusher.subscribe('news') === first, pusher.allChannels().length);
  first.bind('said', () => note('first'));
  await until(() => first.subscribed);
  pusher.unsubscribe('news');
  note(first.subscribed, pusher.channel('news') === undefined, pusher.allChannels().length);
  pusher.unsubscribe('news');
  const pending = pusher.subscribe('more');
  pending.bind('pusher:subscription_succeeded', () => note('more'));
  pusher.unsubscribe('more');
  note(pending.subscriptionPending, pending.subscriptionCancelled, pusher.channel('more') === pending);
  await until(() => pusher.channel('more') === undefined);
  note(pending.subscribed, pending.subscriptionPending);
  const again = pusher.subscribe('news');
  note(again === first);
  let heard = false;
  again.bind('said', () => {
    note('again');
    heard = true;
  });
  await until(() => again.subscribed);
  server.trigger('news', 'said', {});
  await until(() => heard);
});

same('connecting and disconnecting, several times', async (stage) => {
  const { connect, note, until, connected } = stage;
  const pusher = connect();
  const { connection } = pusher;
  note(connection.state);
  connection.bind('state_change', (...values: unknown[]) => note('state_change', values));
  for (const state of ['connecting', 'connected', 'disconnected', 'unavailable', 'failed'])
    connection.bind(state, (...values: unknown[]) => note(state, values));
  const channel = pusher.subscribe('news');
  for (let round = 0; round < 3; round += 1) {
    await connected(pusher);
    await until(() => channel.subscribed);
    pusher.connect();
    pusher.disconnect();
    note(connection.state, channel.subscribed, channel.subscriptionPending);
    pusher.disconnect();
    pusher.connect();
    note(connection.state);
  }
  note(pusher.shouldUseTLS(), connection.isUsingTLS(), pusher.key, pusher.options.cluster);
});

same(
  '`connect()` on a connection that is there asks for nothing, not even for what was refused',
  async (stage) => {
    const { connect, note, until, server } = stage;
    server.rejectAuth(403, 9);
    const pusher = connect();
    const errors: unknown[] = [];
    pusher.subscribe('private-chat').bind('pusher:subscription_error', () => errors.push(1));
    await until(() => errors.length > 0);
    pusher.connect();
    await pause(200);
    note(errors.length, pusher.connection.state);
  },
);

same('before there is a connection', async (stage) => {
  const { connect, note } = stage;
  const pusher = connect();
  const channel = pusher.subscribe('private-chat');
  note(channel.subscribed, channel.subscriptionPending, pusher.connection.socket_id ?? null);
  pusher.unsubscribe('private-chat');
  note(pusher.allChannels().length, channel.subscriptionCancelled);
});

same('two instances, the list of instances, and one callback for both', async (stage) => {
  const { connect, note, until, server, Pusher: Class } = stage;
  const before = Class.instances.length;
  const [ada, ben] = [connect('ada'), connect('ben')];
  note(Class.instances.length - before, Class.instances.at(-1) === ben, Class.instances.at(-2) === ada);
  let calls = 0;
  const said = () => {
    calls += 1;
  };
  for (const pusher of [ada, ben]) pusher.subscribe('news').bind('said', said);
  await until(() => ada.channel('news').subscribed && ben.channel('news').subscribed);
  server.trigger('news', 'said', {});
  await until(() => calls === 2);
  ada.channel('news').unbind('said', said);
  server.trigger('news', 'said', {});
  await until(() => calls === 3);
  note(calls);
});

same(
  'cache channels and counts',
  async (stage) => {
    const { connect, note, until, server } = stage;
    server.trigger('cache-full', 'changed', { n: 1 });
    const pusher = connect();
    const [full, empty] = [pusher.subscribe('cache-full'), pusher.subscribe('cache-empty')];
    full.bind('changed', (...values: unknown[]) => note('changed', values));
    let missed = false;
    empty.bind('pusher:cache_miss', (...values: unknown[]) => {
      note('miss', values.length);
      missed = true;
    });
    let counted = false;
    full.bind('pusher:subscription_count', (...values: unknown[]) => {
      note('count', values, full.subscriptionCount);
      counted = true;
    });
    await until(() => missed && full.subscribed && counted);
  },
  { apps: [{ subscriptionCount: true }] },
);

same('an encrypted channel', async (stage) => {
  const { connect, note, until, server } = stage;
  const pusher = connect();
  const channel = pusher.subscribe('private-encrypted-secrets');
  let heard = false;
  channel.bind('told', (...values: unknown[]) => {
    note('told', values);
    heard = true;
  });
  await until(() => channel.subscribed);
  server.trigger('private-encrypted-secrets', 'told', { n: 1 });
  await until(() => heard);
  try {
    channel.trigger('client-said', {});
  } catch (error) {
    note('throws', error instanceof Error);
  }
});

same('mistakes in channel names', async (stage) => {
  const { connect, note } = stage;
  const pusher = connect();
  try {
    pusher.subscribe('#server-to-user-ada');
  } catch (error) {
    note('throws', error instanceof Error);
  }
});
