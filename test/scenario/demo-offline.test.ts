import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { count, DemoBrowser, press, state, text } from '../setup/demo-browser';

let browser: DemoBrowser;
beforeAll(async () => {
  browser = await DemoBrowser.start();
}, 180_000);
afterAll(() => browser.stop());

/** The application's history of the room's chat: the ids and the lines that the server has. */
function historyOf(page: Page, room: string): Promise<{ id: string; text: string }[]> {
  return page.evaluate(async (name) => {
    const answer = await fetch(`/demo/classroom?class=${name}`, { method: 'POST' });
    const messages = (await answer.json()) as { id: string; event: string; data: { text: string } }[];
    return messages.filter(({ event }) => event === 'chat').map(({ id, data }) => ({ id, text: data.text }));
  }, room);
}

/** The ids of the messages on the page, oldest first. */
async function idsOn(page: Page): Promise<(string | null)[]> {
  const ids = await page
    .locator('.journey')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-id')));
  return ids.reverse();
}

/** How many messages this browser keeps. */
function stored(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const databases = (await indexedDB.databases()).flatMap(({ name }) =>
      name?.startsWith('surewire') ? [name] : [],
    );
    const whenDone = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    let found = 0;
    for (const name of databases) {
      const database = await whenDone(indexedDB.open(name));
      const stores = [...database.objectStoreNames];
      const records = await Promise.all(
        stores.map((each) => whenDone(database.transaction(each).objectStore(each).getAll())),
      );
      found += records.flat().filter((record) => JSON.stringify(record).includes('"chat"')).length;
      database.close();
    }
    return found;
  });
}

/** Sends three messages, and waits until none of them can get lost with the page. */
async function storeThree(page: Page, words = 'See you at the library'): Promise<void> {
  const before = await stored(page);
  await page.getByLabel('A message to the class').fill(words);
  await press(page, 'Send 3');
  await vi.waitFor(async () => expect(await stored(page)).toBe(before + 3), { timeout: 60_000 });
}

// At the same time: each user has a switch of their own.
describe.concurrent('the demo page offline', { timeout: 180_000 }, () => {
  test('what is sent offline outlives a reload in grey, and is acknowledged and at the server once after coming back', async ({
    expect,
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const { page, room } = await demo.openAlone('Ada');
    await press(page, 'Go offline');
    await state(page, 'offline');
    await storeThree(page, 'survive');
    await count(page, '.journey', 3);
    await text(page, '#state', /Offline\s*3 messages waiting/);
    const published = await idsOn(page);

    await press(page, 'Reload this page');
    await text(page, '.journey', 'from before the reload');
    await count(page, '.journey', 3);
    await state(page, 'offline');
    expect(await idsOn(page)).toEqual(published);
    expect(await page.locator('.journey .fate b').allInnerTexts()).toEqual(['Waiting', 'Waiting', 'Waiting']);
    expect(await page.locator('.bubble[data-fate="waiting"] p').allInnerTexts()).toEqual([
      'survive 1',
      'survive 2',
      'survive 3',
    ]);

    await press(page, 'Come back online');
    await count(page, '.journey[data-end="accepted"]', 3);
    await state(page, 'connected');
    expect(await idsOn(page)).toEqual(published);
    expect(await page.locator('.journey .fate').allInnerTexts()).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/Accepted.*1 try.*from before the reload/s)),
    );
    await count(page, '.bubble[data-fate="heard"]', 3);
    await text(page, '#owed', 'Nothing is waiting');
    expect(await historyOf(page, room)).toEqual(
      published.map((id, index) => ({ id, text: `survive ${index + 1}` })),
    );
    await page.reload();
    await text(page, '#classroom-state', 'Live');
    await count(page, '.journey', 0);
    await count(page, '.bubble[data-fate="heard"]', 3);
  });

  test('of a line of the notes that is changed offline, only the last version is sent', async ({
    expect,
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const { page, room } = await demo.openAlone('Ada');
    await press(page, 'Go offline');
    await state(page, 'offline');
    await page.getByLabel('Line 1 of the notes').pressSequentially('Lava');
    await count(page, '.journey', 1);
    await page.locator('#notes [data-fate="waiting"]').waitFor();
    await press(page, 'Come back online');
    await text(page, '.journey', /In the notes: “Lava”\s*Accepted/);
    const later = await demo.open({ user: demo.fresh('Grace'), class: room });
    await expect.poll(() => later.getByLabel('Line 1 of the notes').inputValue()).toBe('Lava');
  });

  test('a message that waited too long says so, and one that is discarded is not sent', async ({
    expect,
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const { page, room } = await demo.openAlone('Ada');
    await press(page, 'Go offline');
    await state(page, 'offline');
    await page.getByLabel('A message to the class').fill('forget');
    await press(page, 'Send it');
    await press(page, 'Discard “forget”');
    await text(page, '.journey', 'Discarded');
    await page.getByText('More to try').click();
    await page.getByLabel('Give a message up after 10 seconds').check();
    await press(page, 'Send it');
    await text(
      page,
      '.journey[data-end="expired"]',
      /Too late.*It waited longer than it was allowed to.*MessageExpiredError/s,
    );
    await press(page, 'Come back online');
    await state(page, 'connected');
    expect((await historyOf(page, room)).map((line) => line.text)).toEqual([]);
  });

  test('two tabs of a user have one network and one outbox: what waits in a closed one is sent by the other, once', async ({
    expect,
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const { page: first, room } = await demo.openAlone('Ada');
    await first.getByText('More to try').click();
    const [second] = await Promise.all([
      first.context().waitForEvent('page'),
      first.getByRole('link', { name: 'Open another tab of yours' }).click(),
    ]);
    await text(second, '#classroom-state', 'Live');
    // A switch for both, as a device has one network.
    await press(second, 'Go offline');
    await state(first, 'offline');
    await storeThree(second, 'left behind');
    const left = await idsOn(second);
    await second.close();
    await press(first, 'Come back online');
    await expect
      .poll(() => historyOf(first, room), { timeout: 60_000 })
      .toEqual(left.map((id, index) => ({ id, text: `left behind ${index + 1}` })));
    await count(first, '.bubble[data-fate="heard"]', 3);
    await expect.poll(() => stored(first), { timeout: 60_000 }).toBe(0);
  });

  test('what is sent before somebody else in the room is delivered, when that one has it', async ({
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const { page, room } = await demo.openAlone('Ada');
    const grace = await demo.open({ user: demo.fresh('Grace'), class: room });
    await text(grace, '#classroom-state', 'Live');
    await count(page, '#people li', 2);
    await press(page, 'Send it');
    await text(page, '.journey', /Delivered.*1 reader confirmed/s);
    await text(grace, '#chat .bubble', 'See you at the library');
  });

  test('with the guard the browser asks before an unsent message is left behind, without it not', async ({
    expect,
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const { page } = await demo.openAlone('Ada');
    await press(page, 'Go offline');
    await state(page, 'offline');
    await storeThree(page);
    await page.getByText('More to try').click();
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
    expect(await page.locator('.journey .fate b').allInnerTexts()).toEqual(['Waiting', 'Waiting', 'Waiting']);
    await guard.uncheck();
    await press(page, 'Reload this page');
    await text(page, '.journey', 'from before the reload');
    expect(questions).toHaveLength(1);
  });
});

// What is done to the server, everybody who is there notices: each has one of its own.
describe.concurrent('the demo page offline', { timeout: 180_000 }, () => {
  test('a device that says it is offline, and is, is as good as the switch', async ({ onTestFinished }) => {
    const demo = await browser.visitOwnDemo({ onTestFinished });
    const { page } = await demo.openAlone('Ada');
    // Chromium's switch lets open sockets live, which a device without a network does not.
    await page.context().setOffline(true);
    const { origin } = new URL(demo.address);
    await fetch(`${origin}/demo/cut?for=3000`, { method: 'POST', headers: { origin } });
    await state(page, 'offline');
    await text(page, '#offline-note', 'The browser says');
    await press(page, 'Send it');
    await text(page, '.journey', /See you at the library\s*Waiting/);
    await page.context().setOffline(false);
    await text(page, '.journey', 'Accepted');
    await state(page, 'connected');
  });

  test('a refused message is kept over a reload, and retried', async ({ onTestFinished }) => {
    const demo = await browser.visitOwnDemo({ onTestFinished });
    const { page } = await demo.openAlone('Ada');
    const refuse = page.getByRole('button', { name: 'Refuse what I send' });
    await refuse.click();
    await page.locator('.fault[aria-pressed="true"]').waitFor();
    await press(page, 'Send it');
    await text(page, '.journey[data-end="rejected"]', /Refused.*The server refused it\..*PublishError.*403/s);
    await text(page, '.bubble[data-fate="refused"]', 'not sent');
    await page.reload();
    await text(page, '.journey[data-end="rejected"]', /from before the reload.*403/s);
    await text(page, '.fault[aria-pressed="true"]', 'Refuse what I send');
    await refuse.click();
    await press(page, 'Retry “See you at the library”');
    await text(page, '.journey[data-end="accepted"]', /Accepted.*from before the reload/s);
    await count(page, '.journey[data-end="rejected"]', 0);
    await count(page, '.bubble[data-fate="heard"]', 1);
  });
});
