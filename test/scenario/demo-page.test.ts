import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { ensureChromium } from '../../.ci/chromium.mjs';
import { createTestServer } from '../../src/testing/index';
import { ExampleProcess } from '../setup/example-process';

// In Node and not in Vitest's browser, because a user's window is what is tested: its size, its tabs, its address.
let browser: Browser;
let demo: ExampleProcess;
let address: string;
let ends: (() => unknown)[] = [];
let faults: string[] = [];

async function startDemo(
  environment: Readonly<Record<string, string>> = {},
): Promise<[ExampleProcess, string]> {
  const process = new ExampleProcess(['examples/quick-start/serve.mjs', '--port', '0'], environment);
  const [found] = await process.says(/http:\/\/127\.0\.0\.1:\d+\//);
  return [process, found];
}

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  [demo, address] = await startDemo();
}, 180_000);

afterAll(async () => {
  demo.kill();
  await browser.close();
});

afterEach(async () => {
  for (const end of ends) await end();
  ends = [];
  expect(faults).toEqual([]);
  faults = [];
});

async function open(query = '', options: BrowserContextOptions & { at?: string } = {}): Promise<Page> {
  const { at = address, ...rest } = options;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...rest });
  ends.push(() => context.close());
  const page = await context.newPage();
  // Not the console's: a browser writes every lost connection there.
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(at + query);
  return page;
}

function state(page: Page, word: string): Promise<void> {
  return page.locator(`#state[data-state="${word}"]`).waitFor({ timeout: 60_000 });
}

function text(page: Page, selector: string, words: string | RegExp, timeout = 60_000): Promise<void> {
  return page.locator(selector).filter({ hasText: words }).first().waitFor({ timeout });
}

function press(page: Page, name: string): Promise<void> {
  return page.getByRole('button', { name, exact: true }).click();
}

function section(page: Page, name: string): Locator {
  return page.getByRole('region', { name });
}

describe('the demo page', { timeout: 180_000 }, () => {
  test('connects, follows a generation to 100 %, publishes with its acknowledgement and counts', async () => {
    const page = await open('?user=Ada');
    await state(page, 'connected');
    await text(page, '#plugin-channel', 'subscribed');
    await press(page, 'Generate');
    await press(page, 'Publish');
    await text(page, '#acknowledged li', /build accepted 1 attempt, \d+/);
    await text(page, '#heard li', 'command build');
    await text(page, '#people li', 'Ada you');
    await text(page, '#stage', 'complete');
    expect(await page.locator('#percent').textContent()).toBe('100 %');
    await text(page, '#statistics div', /Acknowledged1 \(/);
    await text(page, '#log li', /Connected as/);
    expect(await page.locator('#errors li').count()).toBe(0);
  });

  test('the same user in two tabs is one member, another user is a second', async () => {
    const page = await open('?user=Ada');
    await state(page, 'connected');
    await state(await open('?user=Ada'), 'connected');
    const grace = await open('?user=Grace');
    await text(grace, '#people li', 'Grace you');
    await text(page, '#people li', 'Grace');
    expect(await page.locator('#people li').count()).toBe(2);
  });

  test('a client event goes to the other tab over the socket', async () => {
    const [ada, grace] = [await open('?user=Ada'), await open('?user=Grace')];
    await text(grace, '#plugin-channel', 'subscribed');
    await ada.locator('select[name="route"]').selectOption('peer');
    await press(ada, 'Publish');
    await text(ada, '#acknowledged li', 'build written');
    await text(grace, '#heard li', 'client-command build');
  });

  test('while the server is away a message is pending, then it is acknowledged and heard', async () => {
    const page = await open('?user=Ada');
    await text(page, '#plugin-channel', 'subscribed');
    // The server is away for three seconds, which may be too short for a busy machine to look.
    const publishMeanwhile = async (): Promise<void> => {
      await state(page, 'connected');
      await press(page, 'Restart server');
      await state(page, 'reconnecting');
      await page.getByLabel('Command').fill('deploy');
      await press(page, 'Publish');
      await text(page, '#pending li', 'PublishError', 5_000);
    };
    await vi.waitFor(publishMeanwhile, { timeout: 120_000 });
    await state(page, 'connected');
    await text(page, '#acknowledged li', /deploy accepted \d+ attempts/);
    await text(page, '#heard li', 'command deploy');
    await text(page, '#errors li', 'ConnectionError code connection, status 1006, retryable');
    expect(await page.locator('#pending li').count()).toBe(0);
  });

  test('cutting connections during a generation loses none of it', async () => {
    const page = await open('?user=Ada');
    await state(page, 'connected');
    await press(page, 'Generate');
    await text(page, '#percent', /^[1-9]/);
    await press(page, 'Cut connections');
    await text(page, '#history li', 'reconnecting');
    await text(page, '#stage', 'complete');
    await text(page, '#statistics div', /Dials \/ reconnects2 \/ 1/);
  });

  test('a muted server is found out, and the connection comes back when it speaks again', async () => {
    const page = await open('?user=Ada');
    await state(page, 'connected');
    await press(page, 'Mute server');
    await state(page, 'reconnecting');
    await press(page, 'Mute server');
    await state(page, 'connected');
  });

  test('refused channels say so, and come back once they are allowed', async () => {
    const page = await open('?user=Ada');
    await text(page, '#plugin-channel', 'subscribed');
    await press(page, 'Refuse channels');
    await text(page, '#plugin-channel', /refused.*SubscriptionError/);
    await text(page, '#errors li', 'SubscriptionError code subscription, status 403, final');
    await press(page, 'Refuse channels');
    await text(page, '#plugin-channel', /subscribed$/);
  });

  test('an expired token is renewed without the user noticing', async () => {
    const page = await open('?user=Ada');
    await text(page, '#plugin-channel', 'subscribed');
    await press(page, 'Expire token');
    await text(page, '#fault-note', '401');
    await press(page, 'Publish');
    await text(page, '#acknowledged li', 'build accepted');
    await text(page, '#log li', 'A token was fetched (refused)');
    expect(await page.locator('#errors li').count()).toBe(0);
  });

  test('disconnect is final until connect', async () => {
    const page = await open('?user=Ada');
    await state(page, 'connected');
    await press(page, 'Disconnect');
    await state(page, 'idle');
    await press(page, 'Connect');
    await state(page, 'connected');
    await text(page, '#history li:first-child', 'connected');
  });
});

/** The application's history of the plugin's channel: the ids and the commands that the server has. */
function historyOf(page: Page): Promise<{ id: string; run: string }[]> {
  return page.evaluate(async () => {
    const { history } = (await (await fetch('/demo/settings')).json()) as { history: string };
    const token = await (await fetch('/demo/token?user=Ada', { method: 'POST' })).text();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${history}?channel=private-plugin-7`, { headers });
    const { messages } = (await answer.json()) as { messages: { id: string; data: { run: string } }[] };
    return messages.map(({ id, data }) => ({ id, run: data.run }));
  });
}

function idsIn(page: Page, list: string): Promise<(string | null)[]> {
  return page.locator(`${list} li`).evaluateAll((rows) => rows.map((row) => row.getAttribute('data-id')));
}

function rows(page: Page, list: string, count: number): Promise<void> {
  return expect.poll(() => page.locator(`${list} li`).count(), { timeout: 60_000 }).toBe(count);
}

/** Publishes three messages, and waits until none of them can get lost with the page. */
async function storeThree(page: Page): Promise<void> {
  await page.getByLabel('Wait until').selectOption('none');
  await press(page, 'Publish 3');
  await expect
    .poll(() => page.locator('#acknowledged .tag').allInnerTexts(), { timeout: 60_000 })
    .toEqual(Array.from({ length: 3 }, () => 'stored'));
}

describe('the demo page offline', { timeout: 180_000 }, () => {
  test('what is published offline outlives a reload, and is acknowledged and at the server once after coming back', async () => {
    const page = await open('?user=Ada');
    await state(page, 'connected');
    await press(page, 'Go offline');
    await state(page, 'offline');
    await page.getByLabel('Command').fill('survive');
    await storeThree(page);
    await rows(page, '#pending', 3);
    const published = await idsIn(page, '#pending');

    await press(page, 'Reload this page');
    await text(page, '#pending li', 'earlier page');
    await rows(page, '#pending', 3);
    await state(page, 'offline');
    expect(await idsIn(page, '#pending')).toEqual(published);
    expect(await page.locator('#pending li').allInnerTexts()).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/waiting\s+not offered yet/)),
    );

    await press(page, 'Come back');
    await text(page, '#ended li:nth-child(3)', /accepted 1 attempt, .* earlier page/);
    await state(page, 'connected');
    // The newest end is on top.
    expect((await idsIn(page, '#ended')).reverse()).toEqual(published);
    await rows(page, '#pending', 0);
    const arrived = (await historyOf(page)).filter(({ run }) => run.startsWith('survive'));
    expect(arrived).toEqual(
      published.map((id, index) => expect.objectContaining({ id, run: `survive ${index + 1}` })),
    );
    await page.reload();
    await state(page, 'connected');
    await rows(page, '#pending', 0);
  });

  test('a message that expires offline says so, and one that is discarded is not sent', async () => {
    const page = await open('?user=Ada');
    await state(page, 'connected');
    await press(page, 'Go offline');
    await page.getByLabel('Command').fill('forget');
    await press(page, 'Publish');
    await page.getByRole('button', { name: /^Discard command/ }).click();
    await text(page, '#ended li', 'discarded not offered yet');
    await page.getByLabel('Expires in').selectOption('10000');
    await press(page, 'Publish');
    await text(page, '#rejected li', /not offered yet.*MessageExpiredError/);
    await text(page, '#ended li', /expired not offered yet/);
    await press(page, 'Come back');
    await state(page, 'connected');
    expect((await historyOf(page)).filter(({ run }) => run === 'forget')).toEqual([]);
  });

  test('the browser’s own offline is as good as the switch', async () => {
    const page = await open('?user=Ada');
    await state(page, 'connected');
    await page.context().setOffline(true);
    await state(page, 'offline');
    await text(page, '#offline-note', 'The browser says');
    await press(page, 'Publish');
    await text(page, '#pending li', /waiting\s*not offered yet/);
    await page.context().setOffline(false);
    await text(page, '#ended li', /accepted \d+ attempt/);
    await state(page, 'connected');
  });

  test('a refused message is kept over a reload, and retried', async () => {
    const page = await open('?user=Ada');
    await state(page, 'connected');
    await press(page, 'Refuse publishing');
    // For the tests behind this one, should it fail: first, while the page is there.
    ends.unshift(async () => {
      const button = page.getByRole('button', { name: 'Refuse publishing' });
      if ((await button.getAttribute('aria-pressed')) === 'true') await button.click();
    });
    await press(page, 'Publish');
    await text(page, '#ended li', /rejected 1 attempt.*PublishError.*403/);
    await text(page, '#acknowledged li', 'build PublishError (publish)');
    await page.reload();
    await text(page, '#rejected li', /earlier page.*403/);
    await text(page, '#faults [aria-pressed="true"]', 'Refuse publishing');
    await press(page, 'Refuse publishing');
    await page.getByRole('button', { name: /^Retry command/ }).click();
    await text(page, '#ended li', /accepted 1 attempt.* earlier page/);
    await rows(page, '#rejected', 0);
  });

  test('of two tabs of a user one sends for both, and each tab is told of its own messages', async () => {
    const first = await open('?user=Ada');
    await state(first, 'connected');
    const [second] = await Promise.all([
      first.context().waitForEvent('page'),
      first.getByRole('link', { name: 'open another tab of yours' }).click(),
    ]);
    await state(second, 'connected');
    // A switch for both, as a device has one network.
    await press(second, 'Go offline');
    await state(first, 'offline');
    await storeThree(second);
    await press(first, 'Come back');
    await text(second, '#ended li:nth-child(3)', 'accepted');
    await press(first, 'Publish');
    await text(first, '#ended li', 'accepted');
    // Which one sends is theirs to settle: on a slow machine one may take the turn from the other.
    await expect
      .poll(async () => {
        const lines = await Promise.all([first, second].map((tab) => tab.locator('#carried').innerText()));
        return lines.some((line) => /[1-9]\d* of them for other tabs/.test(line));
      })
      .toBe(true);
    const tagged = [first, second].map((tab) =>
      tab.locator('#ended').getByText('sent by another tab').count(),
    );
    expect(Math.max(...(await Promise.all(tagged)))).toBeGreaterThan(0);
    expect(await first.locator('#ended li').count()).toBe(1);
    expect(await second.locator('#ended li').count()).toBe(3);
    // The other receivers of a message are tabs, too.
    await second.getByLabel('Wait until').selectOption('delivered');
    await press(second, 'Publish');
    await text(second, '#ended li', /delivered 1 attempt, .*, 1 confirmed/);
  });

  test('with the guard the browser asks before an unsent message is left behind, without it not', async () => {
    const page = await open('?user=Ada');
    await state(page, 'connected');
    await press(page, 'Go offline');
    await storeThree(page);
    const guard = page.getByLabel('Ask before unsent messages are left behind');
    await guard.check();
    const questions: string[] = [];
    // At once: the press is not over before somebody has answered.
    page.on('dialog', (question) => {
      questions.push(question.type());
      void question.dismiss();
    });
    await press(page, 'Reload this page');
    await expect.poll(() => questions).toEqual(['beforeunload']);
    expect(await page.locator('#pending .tag').allInnerTexts()).toEqual(['waiting', 'waiting', 'waiting']);
    await guard.uncheck();
    await press(page, 'Reload this page');
    await text(page, '#pending li', 'earlier page');
    expect(questions).toHaveLength(1);
  });
});

describe('bad input in the demo page', { timeout: 180_000 }, () => {
  test('a wrong key is a ConnectionError that ends all trying', async () => {
    const page = await open('?key=wrong');
    await text(page, '[role=alert]', 'ConnectionError code connection, status 4001, final');
    await state(page, 'failed');
  });

  test('an unreachable host is a ConnectionError that is tried again', async () => {
    const page = await open('?host=nowhere.invalid');
    await text(page, '#errors li', 'ConnectionError code connection, status 1006, retryable');
    await text(page, '#history li', /reconnecting attempt 2/);
    expect(await page.locator('[role=alert]').isHidden()).toBe(true);
  });

  test('a wrong answer of the authorization endpoint is a SubscriptionError beside the channel', async () => {
    const page = await open('?auth=wrong');
    await text(page, '#classroom-channel', /SubscriptionError: .*answered 200 with a web page/);
    await text(page, '#generation-channel', 'subscribed');
  });

  test('a secret is a ConfigurationError, and there is no client', async () => {
    const page = await open('?secret=oops');
    await text(page, '[role=alert]', /ConfigurationError.*must never reach a client/);
    expect(await page.locator('main').isHidden()).toBe(true);
  });
});

describe('the demo page and a real service', { timeout: 180_000 }, () => {
  test('works, and says what a service without a backend cannot do', async () => {
    const server = createTestServer();
    const listening = await server.listen();
    ends.push(() => listening.close());
    const [process, at] = await startDemo({
      VITE_PUSHER_KEY: 'app-key',
      VITE_PUSHER_HOST: '127.0.0.1',
      VITE_PUSHER_PORT: String(listening.port),
      VITE_PUSHER_TLS: 'false',
    });
    ends.push(() => process.kill());
    const page = await open('', { at });
    await state(page, 'connected');
    for (const name of ['Break it', 'Content generation', 'Publish', 'Present']) {
      await section(page, name).getByText('Unavailable:').waitFor();
    }
    const channel = await page.locator('#generation-channel code').textContent();
    server.trigger(channel ?? '', 'progress', { status: 'Elsewhere', progress: 30 });
    await text(page, '#percent', '30 %');
  });
});

describe('how the demo page looks', { timeout: 180_000 }, () => {
  test('nothing sticks out on a phone, a tablet and a desktop, also during an outage', async () => {
    const page = await open('?user=Ada');
    await state(page, 'connected');
    await press(page, 'Restart server');
    await press(page, 'Publish');
    await text(page, '#pending li', 'PublishError');
    for (const width of [360, 800, 1280]) {
      await page.setViewportSize({ width, height: 740 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    }
  });

  test('every control has a name, and every section a heading', async () => {
    const page = await open('?user=Ada');
    await state(page, 'connected');
    for (const control of await page
      .locator('button:visible, input:visible, select:visible, a:visible')
      .all()) {
      expect(await control.ariaSnapshot()).toMatch(/"[^"]+"/);
    }
    expect(await page.getByRole('region').count()).toBe(await page.locator('section').count());
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
  });
});
