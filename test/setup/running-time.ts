/** How long a tick is; a machine that stands still makes one tick longer, and no more of them. */
const tick = 5;

/**
 * How long `work` took, in milliseconds of a process that runs: ticks are counted, so that a machine that stood still meanwhile,
 * or had no time for this process, adds one tick and not the time. Never more than what a clock on the wall says.
 */
export async function runningTime(work: () => Promise<unknown>): Promise<number> {
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, tick);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return ticks * tick;
}
