/** How much of a processor `work` took, in milliseconds: what else the machine does, or that it stood still, is not in it. */
export async function cpuTime(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
