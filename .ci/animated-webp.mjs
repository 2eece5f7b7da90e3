// Puts pictures one after another into one WebP file. The container only: each picture is a WebP already, as a browser makes it.

/**
 * A picture of the animation, or the part of it that differs from the one before. `left` and `top` are even.
 * @typedef {{ left: number, top: number, width: number, height: number, duration: number, webp: Uint8Array }} Frame
 */

/** @param {number} value @param {number} bytes */
function little(value, bytes) {
  return Uint8Array.from({ length: bytes }, (_, index) => (value >> (8 * index)) & 0xff);
}

/** @param {readonly Uint8Array[]} parts */
function join(parts) {
  return new Uint8Array(Buffer.concat(parts));
}

/** @param {string} name @param {readonly Uint8Array[]} parts */
function chunk(name, parts) {
  const body = join(parts);
  const padding = new Uint8Array(body.length % 2);
  return join([Buffer.from(name, 'latin1'), little(body.length, 4), body, padding]);
}

/**
 * The chunk with the pixels, out of a file with one picture.
 * @param {Uint8Array} webp
 */
function pixelsOf(webp) {
  const file = Buffer.from(webp);
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const end = at + 8 + size + (size % 2);
    if (name === 'VP8 ' || name === 'VP8L') return file.subarray(at, end);
    at = end;
  }
  throw new Error('There is no picture in this WebP file.');
}

/**
 * Writes an animation that plays for ever.
 * @param {{ width: number, height: number, frames: readonly Frame[] }} animation
 * @returns {Uint8Array}
 */
export function animatedWebp({ width, height, frames }) {
  const isAnimated = 0x02;
  const noBlending = 0x02;
  const pictures = frames.map(({ left, top, width: across, height: down, duration, webp }) =>
    chunk('ANMF', [
      little(left / 2, 3),
      little(top / 2, 3),
      little(across - 1, 3),
      little(down - 1, 3),
      little(duration, 3),
      little(noBlending, 1),
      pixelsOf(webp),
    ]),
  );
  const body = join([
    Buffer.from('WEBP', 'latin1'),
    chunk('VP8X', [little(isAnimated, 4), little(width - 1, 3), little(height - 1, 3)]),
    chunk('ANIM', [little(0xffffffff, 4), little(0, 2)]),
    ...pictures,
  ]);
  return join([Buffer.from('RIFF', 'latin1'), little(body.length, 4), body]);
}
