/** Ends this process when the one that started it has gone, however that happened: its end of our input closes. */
export function endWithParent(): void {
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(1));
  // Listening must not keep us alive.
  process.stdin.unref?.();
}
