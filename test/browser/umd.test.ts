import pusher from 'pusher-js/dist/web/pusher.min.js?raw';
import { afterEach, describe, expect, inject, it } from 'vitest';
import face from '../../dist/surewire.pusher.umd.js?raw';
import slim from '../../dist/surewire.slim.umd.js?raw';
import full from '../../dist/surewire.umd.js?raw';

type Page = Window & {
  readonly Surewire: typeof import('../../src/index') & {
    readonly legacy: typeof import('../../src/legacy/index');
  };
  readonly Pusher?: unknown;
};

const frames: HTMLIFrameElement[] = [];

afterEach(() => {
  for (const frame of frames.splice(0)) frame.remove();
});

/** An empty page with these scripts in it, each behind a script tag of its own. */
async function openPage(...scripts: readonly string[]): Promise<Page> {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  frames.push(frame);
  const page = frame.contentWindow as unknown as Page;
  for (const code of scripts) {
    const script = page.document.createElement('script');
    script.src = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
    await new Promise((resolve, reject) => {
      script.onload = resolve;
      script.onerror = () => reject(new Error('the script did not load'));
      page.document.head.append(script);
    });
  }
  return page;
}

describe.each([
  ['surewire.umd.js', [full]],
  ['surewire.slim.umd.js after pusher.min.js', [pusher, slim]],
])('%s in a script tag', (_, scripts) => {
  it('follows a channel and publishes over a real socket', async () => {
    const { Surewire } = await openPage(...scripts);
    const { key, host, port, authEndpoint, publishEndpoint, token } = inject('server');
    const client = new Surewire.RealtimeClient({
      key,
      host,
      port,
      tls: false,
      auth: Surewire.backendAuth({ endpoint: authEndpoint, token: () => token }),
      publish: Surewire.publishing({ endpoint: publishEndpoint }),
    });
    const channel = client.channel('private-plugin-7');
    const received = channel.once('command', { timeout: 60_000 });
    await channel.ready({ timeout: 60_000 });

    const acknowledgement = await channel.publish('command', { run: 'build' });

    expect(acknowledgement.level).toBe('accepted');
    await expect(received).resolves.toEqual({ run: 'build' });
    expect(client.status.get().state).toBe('connected');
    client.destroy();
  });
});

it('surewire.umd.js adds one global to a page and does nothing else until it is used', async () => {
  const before = Object.getOwnPropertyNames(await openPage());

  const page = await openPage(full);

  const added = Object.getOwnPropertyNames(page).filter((name) => !before.includes(name));
  expect(added).toEqual(['Surewire']);
});

it('both files carry the same names', async () => {
  const names = Object.keys((await openPage(full)).Surewire).sort();
  expect(names).toContain('RealtimeClient');
  expect(Object.keys((await openPage(pusher, slim)).Surewire).sort()).toEqual(names);
});

describe('surewire.pusher.umd.js in a script tag', () => {
  it('defines Pusher, which stays ours when pusher-js has been loaded behind it', async () => {
    const { key, host, port, authEndpoint, token } = inject('server');
    const page = await openPage(face);
    const Pusher = page.Pusher as typeof import('../../src/pusher/index').Pusher;
    const pusher = new Pusher(key, {
      cluster: '',
      wsHost: host,
      wsPort: port,
      forceTLS: false,
      authEndpoint,
      auth: { headers: { Authorization: `Bearer ${token}` } },
    });
    try {
      const channel = pusher.subscribe('private-plugin-7');
      await expect.poll(() => channel.subscribed).toBe(true);
      expect(page.Pusher).toBe(Pusher);
      expect(channel.trigger('client-cursor', { x: 1 })).toBe(true);
    } finally {
      pusher.disconnect();
    }
  });
});

it.each([
  ['surewire.umd.js', [full]],
  ['surewire.slim.umd.js', [pusher, slim]],
])('%s has what old socket code needs', async (_, scripts) => {
  const { Surewire } = await openPage(...scripts);
  expect(Surewire.legacy.installLegacySockets).toBeTypeOf('function');
});
