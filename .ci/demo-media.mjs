// Takes the pictures of the demo that the README shows: `npm run demo:media`. They go to docs/media, each below 400 kB.
import { spawn } from 'node:child_process';
import { chromium } from 'playwright';
import { animatedWebp } from './animated-webp.mjs';
import { ensureChromium } from './chromium.mjs';
import { asWebp, keep, windows } from './pictures.mjs';

const folder = 'docs/media';
const most = 400_000;

/** @returns {Promise<{ address: string, stop: () => void }>} */
function startDemo() {
  const child = spawn(process.execPath, ['examples/quick-start/serve.mjs', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
      const [address] = /http:\/\/127\.0\.0\.1:\d+\//.exec(said) ?? [];
      if (address !== undefined) resolve({ address, stop: () => child.kill() });
    });
    child.on('exit', () => reject(new Error(`The demo ended before it served a page:\n${said}`)));
  });
}

/** @typedef {{ left: number, top: number, width: number, height: number, data: string }} Part */

/**
 * Encodes the pictures in the browser: the first as a whole, of each later one the part that changed. One in which nothing did is empty.
 * @param {import('playwright').Page} page
 * @param {readonly string[]} pictures PNG, in base64
 * @returns {Promise<{ width: number, height: number, parts: (Part | undefined)[] }>}
 */
function encode(page, pictures) {
  return page.evaluate(async (sources) => {
    /** @type {Uint8ClampedArray | undefined} */
    let before;
    const size = { width: 0, height: 0 };
    const parts = [];
    for (const source of sources) {
      const image = new Image();
      image.src = `data:image/png;base64,${source}`;
      await image.decode();
      const { width, height } = image;
      Object.assign(size, { width, height });
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d', { alpha: false });
      if (context === null) throw new Error('There is no canvas.');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      let [left, top, right, bottom] = before === undefined ? [0, 0, width, height] : [width, height, 0, 0];
      for (let at = 0; before !== undefined && at < data.length; at += 4) {
        if (data[at] === before[at] && data[at + 1] === before[at + 1] && data[at + 2] === before[at + 2])
          continue;
        const [x, y] = [(at / 4) % width, Math.floor(at / 4 / width)];
        [left, top] = [Math.min(left, x), Math.min(top, y)];
        [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
      }
      before = data;
      // A part begins at even places.
      [left, top] = [left - (left % 2), top - (top % 2)];
      if (right <= left || bottom <= top) {
        parts.push(undefined);
        continue;
      }
      const part = new OffscreenCanvas(right - left, bottom - top);
      part.getContext('2d', { alpha: false })?.drawImage(canvas, -left, -top);
      const blob = await part.convertToBlob({ type: 'image/webp', quality: 0.72 });
      const bytes = new Uint8Array(await blob.arrayBuffer());
      let text = '';
      for (const byte of bytes) text += String.fromCharCode(byte);
      parts.push({ left, top, width: right - left, height: bottom - top, data: btoa(text) });
    }
    return { ...size, parts };
  }, pictures);
}

/**
 * Films the race from the press of its button to its end.
 * @param {import('playwright').Page} page
 */
async function film(page) {
  await page.setViewportSize({ width: 1100, height: 900 });
  // Frames that show something between two states would each have to be stored.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const box = await page.locator('#race').boundingBox();
  if (box === null) throw new Error('There is no race on the page.');
  const clip = { x: box.x - 16, y: box.y - 12, width: box.width + 32, height: box.height + 24 };
  /** @type {{ picture: string, at: number }[]} */
  const shots = [];
  const shoot = async () => {
    shots.push({ picture: (await page.screenshot({ clip })).toString('base64'), at: performance.now() });
  };
  await shoot();
  await page.getByRole('button', { name: 'Cut the network for 5 s' }).click();
  const isOver = page.getByRole('button', { name: 'Cut the network for 5 s again' });
  while ((await isOver.count()) === 0) {
    await page.waitForTimeout(260);
    await shoot();
  }
  await page.waitForTimeout(400);
  await shoot();
  const { width, height, parts } = await encode(
    page,
    shots.map(({ picture }) => picture),
  );
  /** @type {import('./animated-webp.mjs').Frame[]} */
  const frames = [];
  parts.forEach((part, index) => {
    const [now, next] = [shots[index]?.at ?? 0, shots[index + 1]?.at];
    // The result stays for a while before it begins again.
    const duration = next === undefined ? 4_000 : index === 0 ? 1_200 : Math.round(next - now);
    const last = frames.at(-1);
    if (part !== undefined) frames.push({ ...part, duration, webp: Buffer.from(part.data, 'base64') });
    else if (last !== undefined) last.duration += duration;
  });
  keep(`${folder}/demo-race.webp`, animatedWebp({ width, height, frames }), most);
}

/**
 * Makes the page look lived in.
 * @param {import('playwright').Page} page
 */
async function use(page) {
  await page.getByRole('button', { name: 'Write it' }).click();
  await page.getByLabel('Write to the class').fill('Shall I draw the magma chamber?');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByLabel('Line 1 of the notes').fill('Volcanoes: what is below, what comes out');
  await page.getByRole('button', { name: 'Raise your hand' }).click();
  await page.getByRole('button', { name: 'Notify' }).click();
  await page.waitForTimeout(16_000);
}

/**
 * @param {import('playwright').Browser} browser
 * @param {string} address
 * @param {'light' | 'dark'} colorScheme
 */
async function photograph(browser, address, colorScheme) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme });
  await page.goto(`${address}?user=Ada&class=${colorScheme}`);
  await page.locator('[data-lane="raw"] .chip[data-up="true"]').waitFor();
  await page.locator('#people li:nth-child(4)').waitFor();
  if (colorScheme === 'light') await film(page);
  else {
    await page.getByRole('button', { name: 'Cut the network for 5 s' }).click();
    await page.getByRole('button', { name: 'Cut the network for 5 s again' }).waitFor();
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await use(page);
  await page.getByRole('button', { name: 'Go offline' }).click();
  await page.getByRole('button', { name: 'Send 3' }).click();
  await page.locator('.journey:nth-child(3)').waitFor();
  await page.waitForTimeout(800);
  for (const part of ['classroom', 'outbox']) {
    const place = page.locator(`#${part}`);
    await place.evaluate((element) => {
      // Room around it.
      Object.assign(element.style, { padding: '1.5rem', background: 'var(--page)' });
    });
    keep(`${folder}/demo-${part}-${colorScheme}.webp`, await asWebp(page, await place.screenshot()), most);
    await place.evaluate((element) => element.removeAttribute('style'));
  }
  await page.getByRole('button', { name: 'Come back online' }).click();
  await page.locator('#state[data-state="connected"]').waitFor();
  await page.waitForTimeout(2_000);
  for (const [width, height] of windows) {
    await page.setViewportSize({ width, height });
    await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
    await page.waitForTimeout(600);
    keep(`${folder}/demo-${width}-${colorScheme}.webp`, await asWebp(page, await page.screenshot()), most);
  }
  await page.close();
}

const demo = await startDemo();
const browser = await chromium.launch({
  executablePath: ensureChromium(),
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  for (const scheme of /** @type {const} */ (['light', 'dark']))
    await photograph(browser, demo.address, scheme);
} finally {
  await browser.close();
  demo.stop();
}
