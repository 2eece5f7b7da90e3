// Other people's hooks, unchanged, on surewire.
import { PusherProvider, useChannel, useEvent, usePresenceChannel } from '@harelpls/use-pusher';
import * as echoReact from '@laravel/echo-react';
import * as echoVue from '@laravel/echo-vue';
import { act, cleanup, render } from '@testing-library/react';
import { createElement, type ReactNode, StrictMode, useEffect } from 'react';
import { backendAuth, RealtimeClient } from 'surewire';
import Pusher, { pusherOf } from 'surewire/pusher';
import { createTestServer, type ListeningServer, type TestServer } from 'surewire/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApp, defineComponent, h } from 'vue';
import { authOf, placeOf } from './face';

// Composables, which the rules of hooks do not know.
const { useConnectionStatus: statusInVue, useEcho: listenInVue } = echoVue;

let server: TestServer;
let listening: ListeningServer;
const endings: (() => void)[] = [];

beforeEach(async () => {
  server = createTestServer();
  listening = await server.listen();
});

afterEach(async () => {
  cleanup();
  for (const end of endings.splice(0)) end();
  await server.stop();
});

function newClient(): RealtimeClient {
  const auth = backendAuth({ endpoint: listening.endpoints.auth, token: () => server.issueToken() });
  // The page's own `fetch` asks other origins for leave, which the test server does not give.
  const client = new RealtimeClient({ ...listening.options, auth, fetch: server.fetch });
  endings.push(() => client.destroy());
  return client;
}

function echoOptions() {
  return { broadcaster: 'reverb', client: pusherOf(newClient()) } as const;
}

function echoOptionsWithClass() {
  const { key } = listening.options;
  const authorization = authOf(server, listening);
  return { broadcaster: 'reverb', Pusher, key, ...placeOf(listening), ...authorization } as const;
}

describe.each([
  ['client', echoOptions],
  ['Pusher', echoOptionsWithClass],
])('@laravel/echo-react with the option %s', (_, options) => {
  function Orders({ heard }: { readonly heard: unknown[] }): ReactNode {
    const status = echoReact.useConnectionStatus();
    echoReact.useEchoPublic('orders', '.shipped', (order) => heard.push(order));
    return status;
  }

  test('a component under StrictMode hears each event once, through a cut, and knows the connection', async () => {
    echoReact.configureEcho(options());
    endings.push(() => echoReact.echo().disconnect());
    const heard: unknown[] = [];
    const { container, unmount } = render(
      <StrictMode>
        <Orders heard={heard} />
      </StrictMode>,
    );
    await expect.poll(() => [container.textContent, server.channels.length]).toEqual(['connected', 1]);
    server.trigger('orders', 'shipped', { id: 1 });
    await expect.poll(() => heard).toEqual([{ id: 1 }]);
    const stop = server.refuse('tcp');
    server.drop();
    await expect.poll(() => container.textContent).toBe('connecting');
    stop();
    await expect.poll(() => [container.textContent, server.channels.length]).toEqual(['connected', 1]);
    server.trigger('orders', 'shipped', { id: 2 });
    await expect.poll(() => heard).toEqual([{ id: 1 }, { id: 2 }]);
    unmount();
    await expect.poll(() => server.channels).toEqual([]);
  });
});

test('@laravel/echo-react: private and presence channels of components', async () => {
  echoReact.configureEcho(echoOptions());
  endings.push(() => echoReact.echo().disconnect());
  const heard: unknown[] = [];
  function Room(): ReactNode {
    echoReact.useEcho('room', '.said', (said) => heard.push(said));
    const { channel } = echoReact.useEchoPresence('room', '.said', (said) => heard.push(said));
    useEffect(() => {
      channel()?.here((members: { name: string }[]) => heard.push(...members.map(({ name }) => name)));
    }, [channel]);
    return null;
  }
  render(<Room />);
  await expect.poll(() => heard).toContain('user-1');
  // Two channels, each with an authorization of its own: who is first is not said.
  await expect.poll(() => server.channels.length).toBe(2);
  server.trigger('private-room', 'said', 'private');
  server.trigger('presence-room', 'said', 'presence');
  await expect.poll(() => heard).toEqual(expect.arrayContaining(['private', 'presence']));
});

test('@laravel/echo-vue: a component hears events through a cut, and lets go when it is unmounted', async () => {
  echoVue.configureEcho(echoOptions());
  endings.push(() => echoVue.echo().disconnect());
  const heard: unknown[] = [];
  const Orders = defineComponent({
    setup() {
      const status = statusInVue();
      listenInVue('orders', '.shipped', (order) => heard.push(order));
      return () => h('p', status.value);
    },
  });
  const root = document.createElement('div');
  const app = createApp(Orders);
  app.mount(root);
  await expect.poll(() => [root.textContent, server.channels.length]).toEqual(['connected', 1]);
  server.drop();
  await expect.poll(() => server.channels.length).toBe(0);
  await expect.poll(() => server.channels.length).toBe(1);
  server.trigger('private-orders', 'shipped', { id: 1 });
  await expect.poll(() => heard).toEqual([{ id: 1 }]);
  app.unmount();
  await expect.poll(() => server.channels).toEqual([]);
});

test('@harelpls/use-pusher: events and members, of the client that the provider is given', async () => {
  const heard: unknown[] = [];
  function Room(): ReactNode {
    useEvent(useChannel('news'), 'said', (data) => heard.push(data));
    const { members, count } = usePresenceChannel('presence-room');
    return `${count}: ${Object.keys(members ?? {})}`;
  }
  // It brings a pusher-js of its own, whose private members make it another type.
  const client = pusherOf(newClient()) as never;
  const { container } = render(
    // Its types are of a React that knew children by itself.
    createElement(
      PusherProvider,
      { clientKey: 'app-key', cluster: 'mt1', defer: true, value: { client } },
      <Room />,
    ),
  );
  await expect.poll(() => container.textContent).toBe('1: user-1');
  await act(async () => void server.trigger('news', 'said', { n: 1 }));
  await expect.poll(() => heard).toEqual([{ n: 1 }]);
});
