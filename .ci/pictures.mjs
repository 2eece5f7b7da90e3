// Pictures of pages, as WebP: a third of PNG's bytes. Encoded by the browser that took them.
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The windows that pages are looked at in: a phone, a tablet, a laptop, a desktop. */
export const windows = /** @type {const} */ ([
  [390, 844],
  [820, 1180],
  [1280, 800],
  [1920, 1080],
]);

/**
 * Writes a file and says how large it is. Throws when it is larger than `most` bytes.
 * @param {string} path @param {Uint8Array} bytes @param {number} most
 */
export function keep(path, bytes, most) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  const { size } = statSync(path);
  console.log(`${path}  ${(size / 1_000).toFixed(0)} kB`);
  if (size > most) throw new Error(`${path} is larger than ${most} bytes.`);
}

/**
 * @param {import('playwright').Page} page one that is on an address with a host, since others may not decode pictures
 * @param {Uint8Array} png
 * @returns {Promise<Uint8Array>}
 */
export async function asWebp(page, png) {
  const text = await page.evaluate(async (source) => {
    const image = new Image();
    image.src = `data:image/png;base64,${source}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext('2d', { alpha: false })?.drawImage(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.75 });
    let encoded = '';
    for (const byte of new Uint8Array(await blob.arrayBuffer())) encoded += String.fromCharCode(byte);
    return btoa(encoded);
  }, Buffer.from(png).toString('base64'));
  return Buffer.from(text, 'base64');
}
