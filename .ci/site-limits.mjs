// What the site may cost those who open it, and those who build it. Times are of CPU, so that a busy machine does not change them.

/** Seconds of CPU for `npm run docs`; on an idle machine this is how long it takes. */
export const buildSeconds = 60;

/** Of any page. Milliseconds of the page's main thread, and bytes: gzip, as they come over the wire. */
export const page = {
  /** What is done until the largest part of the first screen is there. */
  untilLargestPaint: 400,
  /** How much may move while the page comes; 0.1 is what Lighthouse calls good. */
  layoutShift: 0.05,
  /** The longest time in which the page does not answer. */
  longTask: 100,
  /** Scripts that the browser must wait for before it shows something. */
  blockingScriptBytes: 0,
  /** Style sheets, which it waits for. */
  styleBytes: 16_000,
  /** Everything that comes before somebody presses something. */
  bytes: 330_000,
};
