import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { WebLocksTabs } from '../../src/support/tabs';
import { tabCoordinatorPromises } from '../contract/tab-coordinator';
import { openPage } from './another-page';

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

tabCoordinatorPromises('WebLocksTabs in a browser', () => ({
  tabs: [new WebLocksTabs(), new WebLocksTabs()],
  settle: () => wait(50),
}));

/** A client in a page of its own whose token source counts its calls; `owner` keeps tests apart. */
async function openTab(owner: string, token: () => string | Promise<string>) {
  const { page, close } = await openPage();
  const { key, host, port, authEndpoint } = inject('server');
  const client = new page.RealtimeClient({
    key,
    host,
    port,
    tls: false,
    // The page's own, all of them: its locks end with it.
    auth: page.backendAuth({ endpoint: authEndpoint, token, share: page.sharedToken({ owner }) }),
  });
  return { client, close };
}

describe('pages of one browser', () => {
  afterEach(() => {
    for (const frame of document.querySelectorAll('iframe')) frame.remove();
  });

  it('make one token request for forty channels in five of them', async () => {
    let calls = 0;
    const source = async (): Promise<string> => {
      calls++;
      await wait(100);
      return inject('server').token;
    };
    const tabs = await Promise.all(Array.from({ length: 5 }, () => openTab('five', source)));
    const channels = tabs.flatMap(({ client }) =>
      Array.from({ length: 40 }, (_, id) => client.channel(`private-class-${id}`)),
    );
    await Promise.all(channels.map((channel) => channel.ready({ timeout: 60_000 })));
    expect(calls).toBe(1);
    for (const { client } of tabs) client.destroy();
  }, 180_000);

  it('go on when the one that asks is closed in the middle of it', async () => {
    let calls = 0;
    const closed = await openTab('closed', () => {
      calls++;
      return new Promise<string>(() => {});
    });
    const stays = await openTab('closed', () => {
      calls++;
      return inject('server').token;
    });
    void closed.client.channel('private-class-1').hold();
    await vi.waitFor(() => expect(calls).toBe(1), 60_000);
    const ready = stays.client.channel('private-class-1').ready({ timeout: 60_000 });
    await wait(300);
    expect(calls).toBe(1);
    closed.close();
    await ready;
    expect(calls).toBe(2);
    stays.client.destroy();
  }, 180_000);
});
