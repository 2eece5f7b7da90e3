import type { DemoClient } from './demo-client.ts';
import { find, make, putFirst, timeOf } from './document.ts';

/** What the client tells people who look for a fault, newest first. */
export function showLog(client: DemoClient): void {
  const list = find('log', HTMLElement);
  client.on('log', ({ level, message, at }) => {
    putFirst(list, make('li', { 'data-level': level }, make('time', {}, timeOf(at)), ` ${message}`), 200);
  });
}
