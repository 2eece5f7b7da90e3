/** What a socket tells at its end. Node before 23 has no `CloseEvent`. */
export function closeEvent(words: CloseEventInit): Event {
  return typeof CloseEvent === 'function'
    ? new CloseEvent('close', words)
    : Object.assign(new Event('close'), words);
}

/** Runs `run` in a turn of its own, also in a page in the background, where timers take a second. */
export function soon(run: () => void): void {
  if (typeof MessageChannel !== 'function') {
    setTimeout(run, 0);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    run();
  };
  port2.postMessage(undefined);
}
