// What the site may cost those who open it, and those who build it. Measured on two cores; times leave room for a busy machine.

/** Seconds of CPU for `npm run docs`; on an idle machine this is how long it takes. */
export const buildSeconds = 60;

/** Of any page. Milliseconds and bytes; bytes are gzip, as they come over the wire. */
export const page = {
  /** Until the largest part of the first screen is there, on this machine. */
  largestPaint: 1_500,
  /** How much may move while the page comes; 0.1 is what Lighthouse calls good. */
  layoutShift: 0.05,
  /** The longest time in which the page does not answer. */
  longTask: 200,
  /** Scripts that the browser must wait for before it shows something. */
  blockingScriptBytes: 0,
  /** Style sheets, which it waits for. */
  styleBytes: 16_000,
  /** Everything that comes before somebody presses something. */
  bytes: 330_000,
};
