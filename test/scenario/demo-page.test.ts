import { afterAll, beforeAll, describe, test } from 'vitest';
import { count, DemoBrowser, openDeveloperPart, press, state, text, watch } from '../setup/demo-browser';

let browser: DemoBrowser;
beforeAll(async () => {
  browser = await DemoBrowser.start();
}, 180_000);
afterAll(() => browser.stop());

// At the same time: nobody notices what another does in a room of their own.
describe.concurrent('the demo page', { timeout: 180_000 }, () => {
  test('connects, follows a generation to 100 %, sends with its acknowledgement and counts', async ({
    expect,
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const { page, user } = await demo.openAlone('Ada');
    await press(page, 'Write it');
    await press(page, 'Send it');
    await text(page, '.journey', /See you at the library\s*Accepted/);
    await text(page, '#chat .bubble[data-fate="heard"]', 'See you at the library');
    await text(page, '#people li', `${user}you`);
    await text(page, '#stage', 'Complete');
    expect(await page.locator('#percent').textContent()).toBe('100 %');
    await openDeveloperPart(page);
    await text(page, '#statistics div', /Acknowledged[1-9]\d* \(/);
    await text(page, '#log li', /Connected as/);
    expect(await page.locator('#errors li').count()).toBe(0);
  });

  test('the same user in two tabs is one member, another user is a second', async ({
    expect,
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const { page, user, room } = await demo.openAlone('Ada');
    await text(await demo.open({ user, class: room }), '#classroom-state', 'Live');
    const name = demo.fresh('Grace');
    const grace = await demo.open({ user: name, class: room });
    await text(grace, '#people li', `${name}you`);
    await text(page, '#people li', name);
    expect(await page.locator('#people li').count()).toBe(2);
  });

  test('typing and pointers go to the other tab over the socket, and are kept by nobody', async ({
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const { page, user, room } = await demo.openAlone('Ada');
    const grace = await demo.open({ user: demo.fresh('Grace'), class: room });
    await text(grace, '#classroom-state', 'Live');
    const [typing, cursors] = [await watch(grace, '.typing'), await watch(grace, '#board .cursor')];
    await page.getByLabel('Write to the class').pressSequentially('Hel');
    await typing(`${user} is typing`);
    await page.locator('#board').hover({ position: { x: 200, y: 100 } });
    await page.locator('#board').hover({ position: { x: 240, y: 120 } });
    await cursors(user);
    await count(page, '.journey', 0);
  });

  test('what is drawn, noted and said is there for whoever comes later, and a hand goes up for all', async ({
    expect,
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const { page, user, room } = await demo.openAlone('Ada');
    await press(page, 'Stamp a star');
    const box = await page.locator('#board').boundingBox();
    if (box === null) throw new Error('There is no board.');
    await page.mouse.move(box.x + 50, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + 150, box.y + 90, { steps: 5 });
    await page.mouse.up();
    await page.getByLabel('Line 2 of the notes').fill('Basalt is dark');
    await page.getByLabel('Write to the class').fill('Look at the board');
    await press(page, 'Send');
    await press(page, 'Raise your hand');
    await count(page, '#board .stroke[data-fate="heard"]', 2);
    const later = await demo.open({ user: demo.fresh('Grace'), class: room });
    await count(later, '#board .stroke', 2);
    await text(later, '#chat .bubble', 'Look at the board');
    await expect.poll(() => later.getByLabel('Line 2 of the notes').inputValue()).toBe('Basalt is dark');
    await later.getByRole('img', { name: 'Hand raised' }).waitFor();
    await text(later, '#leaders li', user);
    await press(page, 'Lower your hand');
    await count(later, '#people .hand', 0);
    await press(later, 'Wipe');
    await count(page, '#board .stroke', 0);
  });

  test('simulated classmates come, point, speak, and leave when nobody else is there', async ({
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const room = demo.fresh('room').replace(' ', '-');
    const page = await demo.open({ user: demo.fresh('Ada'), class: room }, { company: true });
    await count(page, '#people li', 4);
    await text(page, '#board .cursor', /Grace|Hedy|Edsger/);
    await text(page, '#chat .bubble', /Grace|Hedy|Edsger/);
    // They are receivers like others: what is said before them is delivered.
    await press(page, 'Send it');
    await text(page, '.journey', /Delivered.*\d readers? confirmed/);
    await page.close();
    await new Promise((resolve) => setTimeout(resolve, 11_500));
    const later = await demo.open({ user: demo.fresh('Ada'), class: room });
    await text(later, '#classroom-state', 'Live');
    await count(later, '#people li', 1);
  });

  test('a notification reaches everybody, or only whom it is for, and achievements come by themselves', async ({
    expect,
    onTestFinished,
  }) => {
    const demo = browser.visit({ onTestFinished });
    const { page, user, room } = await demo.openAlone('Ada');
    const name = demo.fresh('Grace');
    const grace = await demo.open({ user: name, class: room });
    await text(page, '#people li', name);
    const send = async (to: string, words: string): Promise<void> => {
      await page.locator('#recipient').selectOption(to);
      await page.locator('#notification').fill(words);
      await press(page, 'Notify');
    };
    await send('only me', `for ${user}`);
    await send(name, `for ${name}`);
    await send('everybody', `for all of ${room}`);
    for (const each of [page, grace]) await text(each, '#notifications li', `for all of ${room}`);
    await text(page, '#notifications li', `for ${user}`);
    await text(grace, '#notifications li', `From ${user} for ${name}`);
    expect(await grace.locator('#notifications').innerText()).not.toContain(`for ${user}`);
    await press(page, 'Send it');
    await text(page, '#notifications li', 'First words');
    await text(page, '#score', '5 points');
  });

  test('disconnecting is final until one connects', async ({ onTestFinished }) => {
    const demo = browser.visit({ onTestFinished });
    const { page } = await demo.openAlone('Ada');
    await press(page, 'Disconnect');
    await state(page, 'idle');
    await press(page, 'Connect');
    await state(page, 'connected');
    await openDeveloperPart(page);
    await text(page, '#history li:first-child', 'connected');
  });

  test('the charts say in words what they show', async ({ expect, onTestFinished }) => {
    const demo = browser.visit({ onTestFinished });
    const { page } = await demo.openAlone('Ada');
    for (const name of [
      /^Round trip, .*: \d+ ms$/,
      /^Acknowledgement, .*: \d+ ms$/,
      /^Traffic, .*: \d+ in, \d+ out$/,
    ]) {
      await page.getByRole('img', { name }).waitFor();
    }
    expect(await page.locator('.chart canvas').count()).toBe(3);
  });

  test('is found at /websocket-demo, with what the address says', async ({ expect, onTestFinished }) => {
    const demo = browser.visit({ onTestFinished });
    const page = await demo.open({}, { at: `${demo.address}websocket-demo` });
    await state(page, 'connected');
    expect(new URL(page.url()).pathname).toBe('/');
    expect(page.url()).toContain('company=off');
  });
});

// What is done to the server, everybody who is there notices: each has one of its own.
describe.concurrent('the demo page', { timeout: 180_000 }, () => {
  test('says in one sentence what it is and what to press, and the first button does it: raw loses, surewire does not', async ({
    expect,
    onTestFinished,
  }) => {
    const demo = await browser.visitOwnDemo({ onTestFinished });
    const page = await demo.open({ user: demo.fresh('Ada') });
    const sentence = page.locator('.lead');
    expect(await sentence.innerText()).toMatch(/^surewire .*press Cut the network for 5 s, and .*\.$/s);
    const [first] = await page.locator('main button').all();
    expect(await first?.innerText()).toBe('Cut the network for 5 s');
    await text(page, '[data-lane="raw"] .chip', 'Connected');
    await text(page, '[data-lane="surewire"] .chip', 'Connected');
    const note = await watch(page, '#race-note');
    await first?.click();
    await note('The network is cut');
    await text(page, '#race-note', 'Same server, same cut');
    const score = (lane: string): Promise<string> =>
      page.locator(`[data-lane="${lane}"] .score strong`).innerText();
    expect(await score('surewire')).toBe('50');
    await text(
      page,
      '[data-lane="surewire"] .verdict',
      /Nothing lost, all in order\. \d+ arrived after the cut/,
    );
    // Five of nine seconds, so about half of them; those that the other side got afterwards may be a few.
    expect(Number(await score('raw'))).toBeLessThan(40);
    await text(page, '[data-lane="raw"] .verdict', `${50 - Number(await score('raw'))} lost for good`);
  });

  test('while the server is away a message is pending, then it is acknowledged and heard', async ({
    onTestFinished,
  }) => {
    const demo = await browser.visitOwnDemo({ onTestFinished });
    const { page, room } = await demo.openAlone('Ada');
    const mend = await demo.cutBy(page, 'Restart the server');
    await state(page, 'reconnecting');
    await page.getByLabel('A message to the class').fill('While you were away');
    await press(page, 'Send it');
    await text(page, '.journey', /While you were away.*Waiting/s);
    await text(page, '#chat .bubble[data-fate="waiting"]', 'While you were away');
    await mend();
    await state(page, 'connected');
    await text(page, '.journey', /While you were away.*Accepted/s);
    await text(page, '#chat .bubble[data-fate="heard"]', 'While you were away');
    const grace = await demo.open({ user: demo.fresh('Grace'), class: room });
    await text(grace, '#chat .bubble', 'While you were away');
    await openDeveloperPart(page);
    await text(page, '#errors li', 'ConnectionError code connection, status 1006, retryable');
  });

  test('cutting the network in the middle of a generation loses none of it, nor does a reload', async ({
    expect,
    onTestFinished,
  }) => {
    const demo = await browser.visitOwnDemo({ onTestFinished });
    const { page } = await demo.openAlone('Ada');
    await press(page, 'Write it');
    await text(page, '#percent', /^[1-9]/);
    const stage = await watch(page, '#stage');
    await press(page, 'Cut for 3 s');
    await stage('The network is down');
    await openDeveloperPart(page);
    await text(page, '#history li', 'reconnecting');
    await text(page, '#stage', 'Complete');
    expect(await page.locator('#percent').textContent()).toBe('100 %');
    await text(page, '#statistics div', /Dials \/ reconnects\d+ \/ 1/);
    await page.reload();
    await text(page, '#percent', '100 %');
  });

  test('a silent server is found out, and the connection comes back when it speaks again', async ({
    onTestFinished,
  }) => {
    const demo = await browser.visitOwnDemo({ onTestFinished });
    const { page } = await demo.openAlone('Ada');
    await press(page, 'Silence the server');
    await state(page, 'reconnecting');
    await press(page, 'Silence the server');
    await state(page, 'connected');
  });

  test('a locked room says so in words, and opens again once it is unlocked', async ({ onTestFinished }) => {
    const demo = await browser.visitOwnDemo({ onTestFinished });
    const { page } = await demo.openAlone('Ada');
    await press(page, 'Lock the room');
    await text(page, '#classroom-state', 'No access');
    await text(page, '#classroom .problem', 'You have no access to this room at the moment');
    await openDeveloperPart(page);
    await text(page, '#errors li', 'SubscriptionError code subscription, status 403, final');
    await press(page, 'Lock the room');
    await text(page, '#classroom-state', 'Live');
  });

  test('an expired sign-in is renewed without the user noticing', async ({ expect, onTestFinished }) => {
    const demo = await browser.visitOwnDemo({ onTestFinished });
    const { page } = await demo.openAlone('Ada');
    await press(page, 'Expire my sign-in');
    await press(page, 'Send it');
    await text(page, '.journey', /See you at the library\s*Accepted/);
    await openDeveloperPart(page);
    await text(page, '#log li', 'A token was fetched (refused)');
    expect(await page.locator('#errors li').count()).toBe(0);
  });
});
