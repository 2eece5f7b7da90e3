// The failures of other bindings: each story is told to them, to show it, and to ours, to show that it is over.
import { PusherProvider, usePresenceChannel } from '@harelpls/use-pusher';
import * as echoReact from '@laravel/echo-react';
import * as echoVue from '@laravel/echo-vue';
import { cleanup, render } from '@testing-library/react';
import { createElement, type ReactNode, StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { backendAuth, RealtimeClient, type UntypedChannels } from 'surewire';
import * as ours from 'surewire/react';
import { createTestServer, type ListeningServer, type TestServer } from 'surewire/testing';
import * as oursInVue from 'surewire/vue';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type App, createApp, createSSRApp, defineComponent, h, ref } from 'vue';
import { renderToString as renderVueToString } from 'vue/server-renderer';

const channel = 'private-plugin-7';
const room = 'presence-room';

let server: TestServer;
let listening: ListeningServer;
let client: RealtimeClient<UntypedChannels>;
const endings: (() => void)[] = [];

/** What pusher-js needs to find the server. */
function pusherOptions() {
  return {
    key: listening.options.key,
    cluster: 'mt1',
    wsHost: listening.options.host,
    wsPort: listening.options.port,
    forceTLS: false,
    enabledTransports: ['ws' as const],
    authEndpoint: listening.endpoints.auth,
    auth: { headers: { Authorization: `Bearer ${server.issueToken()}` } },
  };
}

function newClient(userId = 'user-1'): RealtimeClient<UntypedChannels> {
  const made = new RealtimeClient<UntypedChannels>({
    ...listening.options,
    auth: backendAuth({ endpoint: listening.endpoints.auth, token: () => server.issueToken({ userId }) }),
    // The page's own asks other origins for leave, which the test server does not give.
    fetch: server.fetch,
  });
  endings.push(() => made.destroy());
  return made;
}

beforeEach(async () => {
  server = createTestServer();
  listening = await server.listen();
  client = newClient();
  const options = { broadcaster: 'pusher' as const, ...pusherOptions() };
  echoReact.configureEcho(options);
  echoVue.configureEcho(options);
  endings.push(
    () => echoReact.echo().disconnect(),
    () => echoVue.echo().disconnect(),
  );
});

afterEach(async () => {
  cleanup();
  for (const end of endings.splice(0)) end();
  await server.stop();
});

/** Those so far, and those that are on their way: a client that comes later is connected by then. */
async function authorizations(): Promise<number> {
  await newClient().connect();
  return server.requests.filter(({ path }) => path === '/pusher/auth').length;
}

/** Publishes until somebody has heard. */
function expectHeard(heard: readonly string[], label: string): Promise<void> {
  const publish = (): readonly string[] => {
    server.trigger(channel, 'command', label);
    return heard;
  };
  return expect.poll(publish, { interval: 20 }).toContain(label);
}

/** Publishes until nobody will hear it any more who has not yet. */
async function isNeverHeard(heard: readonly string[], label: string): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt++) {
    server.trigger(channel, 'command', attempt);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return !heard.includes(label);
}

/** How many sockets were opened before now: two clients that came later are connected by then. */
async function socketsSoFar(): Promise<number> {
  await newClient().connect();
  await newClient().connect();
  return server.connections.length - 2;
}

interface ReactListener {
  /** Listens, with a function that closes over `label`. */
  readonly Listener: (props: { label: string; onHear: (label: string) => void }) => ReactNode;
  readonly Status: () => ReactNode;
}

const echoInReact: ReactListener = {
  Listener: ({ label, onHear }) => {
    echoReact.useEcho('plugin-7', '.command', () => onHear(label), [label]);
    return null;
  },
  Status: () => createElement('p', null, echoReact.useConnectionStatus()),
};

const oursInReact: ReactListener = {
  Listener: (props) => createElement(ours.RealtimeProvider, { client }, createElement(ListenerInside, props)),
  Status: () => createElement(ours.RealtimeProvider, { client }, createElement(StatusInside)),
};

function ListenerInside({ label, onHear }: { label: string; onHear: (label: string) => void }): null {
  ours.useEvent(channel, 'command', () => onHear(label));
  return null;
}

function StatusInside(): ReactNode {
  return createElement(
    'p',
    null,
    ours.useConnection(({ state }) => state),
  );
}

describe('a listener that depends on a value which changes three times', () => {
  async function authorizationsOf({ Listener }: ReactListener): Promise<number> {
    const heard: string[] = [];
    const onHear = (label: string): void => void heard.push(label);
    const { rerender } = render(<Listener label="0" onHear={onHear} />);
    for (const label of ['0', '1', '2', '3']) {
      rerender(<Listener label={label} onHear={onHear} />);
      await expectHeard(heard, label);
    }
    return authorizations();
  }

  test('echo-react subscribes and is authorized anew each time, and is deaf meanwhile', async () => {
    // Once more for each change, unless the next change comes before the answer.
    expect(await authorizationsOf(echoInReact)).toBeGreaterThan(1);
  });

  test('surewire/react stays subscribed', async () => {
    expect(await authorizationsOf(oursInReact)).toBe(1);
  });
});

describe('a route change from one component to another on the same channel', () => {
  async function authorizationsOf({ Listener }: ReactListener): Promise<number> {
    const heard: string[] = [];
    const onHear = (label: string): void => void heard.push(label);
    const page = (label: string): ReactNode => (
      <StrictMode>
        <Listener key={label} label={label} onHear={onHear} />
      </StrictMode>
    );
    const { rerender } = render(page('list'));
    await expectHeard(heard, 'list');
    rerender(page('details'));
    await expectHeard(heard, 'details');
    return authorizations();
  }

  test('echo-react unsubscribes and subscribes', async () => {
    expect(await authorizationsOf(echoInReact)).toBe(2);
  });

  test('surewire/react stays subscribed', async () => {
    expect(await authorizationsOf(oursInReact)).toBe(1);
  });
});

describe('rendering the state of the connection on a server, in React', () => {
  async function socketsOf({ Status }: ReactListener): Promise<number> {
    expect(renderToString(<Status />)).toMatch(/^<p>\w+<\/p>$/);
    return socketsSoFar();
  }

  test('echo-react opens a socket', async () => {
    expect(await socketsOf(echoInReact)).toBe(1);
  });

  test('surewire/react opens none', async () => {
    expect(await socketsOf(oursInReact)).toBe(0);
  });
});

interface VueListener {
  /** Listens; `dependency` is a value that the listener depends on. */
  listen(dependency: { readonly value: string }, onHear: (label: string) => void): void;
  install(app: App): App;
}

const echoInVue: VueListener = {
  listen: (dependency, onHear) => {
    echoVue.useEcho('plugin-7', '.command', () => onHear(dependency.value), [dependency as never]);
  },
  install: (app) => app,
};

const oursForVue: VueListener = {
  listen: (dependency, onHear) => {
    oursInVue.useEvent(channel, 'command', () => onHear(dependency.value));
  },
  install: (app) => app.use(oursInVue.createRealtime(client)),
};

describe('one change of what a listener depends on, in Vue', () => {
  /** What is heard, of a listener whose dependency has just changed. */
  async function changed({ listen, install }: VueListener): Promise<readonly string[]> {
    const heard: string[] = [];
    const dependency = ref('before');
    const app = install(
      createApp(
        defineComponent(() => {
          listen(dependency, (label) => heard.push(label));
          return () => null;
        }),
      ),
    );
    app.mount(document.createElement('div'));
    endings.unshift(() => app.unmount());
    await expectHeard(heard, 'before');
    dependency.value = 'after';
    return heard;
  }

  test('echo-vue never hears anything again', async () => {
    expect(await isNeverHeard(await changed(echoInVue), 'after')).toBe(true);
  });

  test('surewire/vue goes on', async () => {
    await expectHeard(await changed(oursForVue), 'after');
  });
});

describe('rendering a listener on a server, in Vue', () => {
  async function socketsOf({ listen, install }: VueListener): Promise<number> {
    const component = defineComponent(() => {
      listen(ref('server'), () => {});
      return () => h('p');
    });
    expect(await renderVueToString(install(createSSRApp(component)))).toBe('<p></p>');
    return socketsSoFar();
  }

  test('echo-vue opens a socket', async () => {
    expect(await socketsOf(echoInVue)).toBe(1);
  });

  test('surewire/vue opens none', async () => {
    expect(await socketsOf(oursForVue)).toBe(0);
  });
});

describe('a second component that shows who is there, mounted when the channel is subscribed', () => {
  type Members = (onCount: (count: number) => void) => ReactNode;

  async function countsOf(
    members: Members,
    inProvider: (children: ReactNode) => ReactNode,
  ): Promise<number[]> {
    const counts = [0, 0];
    const Counting = ({ place }: { place: number }): ReactNode =>
      members((count) => {
        counts[place] = count;
      });
    const { rerender } = render(inProvider(<Counting key="first" place={0} />));
    await expect.poll(() => counts[0]).toBe(1);
    rerender(inProvider([<Counting key="first" place={0} />, <Counting key="late" place={1} />]));
    // Somebody else comes: whoever follows the channel at all has heard of it then.
    newClient('user-2').channel(room).hold();
    await expect.poll(() => counts[0]).toBe(2);
    return counts;
  }

  test('use-pusher shows only who came after it', async () => {
    const { key, cluster, ...options } = pusherOptions();
    const members: Members = (onCount) => {
      onCount(Object.keys(usePresenceChannel(room).members ?? {}).length);
      return null;
    };
    const inProvider = (children: ReactNode): ReactNode =>
      createElement(PusherProvider as never, { clientKey: key, cluster, ...options }, children);
    expect(await countsOf(members, inProvider)).toEqual([2, 1]);
  });

  test('surewire/react shows everybody', async () => {
    const members: Members = (onCount) => {
      onCount(ours.usePresence(room, (presence) => presence.members.length));
      return null;
    };
    const inProvider = (children: ReactNode): ReactNode => (
      <ours.RealtimeProvider client={client}>{children}</ours.RealtimeProvider>
    );
    expect(await countsOf(members, inProvider)).toEqual([2, 2]);
  });
});
