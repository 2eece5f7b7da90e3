// An application on React Native: run by hermes.mjs.
globalThis.application = async (given, write) => {
  const settings = JSON.parse(given);
  const say = (line) => write(JSON.stringify(line));
  const {
    backendAuth,
    batches,
    durable,
    publishBatches,
    publishing,
    RealtimeClient,
    sharedToken,
    webSocketLink,
  } = Surewire;

  /** React Native's AsyncStorage. */
  const kept = new Map();
  const store = {
    getItem: async (key) => kept.get(key) ?? null,
    setItem: async (key, text) => void kept.set(key, text),
    removeItem: async (key) => void kept.delete(key),
  };

  const errors = [];
  const open = () => {
    const client = new RealtimeClient({
      ...settings.server,
      transport: webSocketLink(),
      channels: Surewire.defineChannels({
        'private-{id}': { said: Surewire.event(), 'client-said': Surewire.event() },
        'presence-room': Surewire.presence()({}),
      }),
      auth: backendAuth({
        endpoint: settings.endpoints.auth,
        token: () => settings.token,
        batch: batches(),
        share: sharedToken({ owner: 'ada' }),
        user: Surewire.userEndpoint(settings.endpoints.user),
      }),
      publish: publishing({
        endpoint: settings.endpoints.publish,
        batch: publishBatches(),
        outbox: durable({ storage: Surewire.asyncStorage(store), owner: 'ada' }),
        confirm: Surewire.deliveryConfirmations(),
      }),
      statistics: Surewire.statistics(),
      recover: Surewire.recoverFromHistory({ endpoint: settings.endpoints.history }),
    });
    client.on('error', ({ code, message }) => errors.push(`${code}: ${message}`));
    return client;
  };

  const client = open();
  const heard = [];
  const news = client.channel('private-news');
  const told = () =>
    say({ heard: heard.map(({ payload, recovered }) => (recovered ? `${payload} recovered` : payload)) });
  news.on('said', (payload, { recovered }) => {
    heard.push({ payload, recovered });
    told();
  });
  const room = client.channel('presence-room');
  room.hold();
  await Promise.all([news.ready({ timeout: 20_000 }), room.ready({ timeout: 20_000 })]);
  while (client.user.get() === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  say({ ready: [room.me.get()?.id, client.user.get()?.id] });
  while (heard.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));

  const many = await Promise.all(
    Array.from({ length: 25 }, (_, n) => client.publish('private-many', 'said', n)),
  );
  say({ published: many.map(({ level }) => level).filter((level) => level === 'accepted').length });
  const { level } = await client.publish(
    'private-news',
    'client-said',
    { n: 1 },
    { acknowledge: 'delivered' },
  );
  say({ peer: level });

  const late = await news.once('said', { timeout: 20 }).catch(({ code }) => code);
  const withdrawn = new AbortController();
  const waiting = client
    .publish('private-news', 'said', 1, { signal: withdrawn.signal })
    .catch(({ code }) => code);
  withdrawn.abort();
  const messages = Surewire.messagesOf(news, 'said', { signal: withdrawn.signal });
  say({ late, waiting: await waiting, messages: (await messages.next()).done });

  client.disconnect();
  const size = { sent: client.statistics.get().sent, received: client.statistics.get().received };
  client.destroy();
  say({ cut: true });
  const offline = open();
  // The application is away for a moment: what is stored outlives this client.
  await offline.publish('private-kept', 'said', 'kept', { acknowledge: 'none' });
  offline.destroy();
  const next = open();
  const sent = new Promise((resolve) => next.on('acknowledged', (_, { data }) => resolve(data)));
  next.channel('private-kept').hold();
  say({ kept: await sent });
  await next.signOut();
  next.destroy();
  say({ end: { ...size, left: [...kept.keys()].length, errors } });
};
