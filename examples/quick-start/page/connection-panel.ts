import type { ConnectionStatus } from 'surewire';
import type { DemoClient } from './demo-client.ts';
import { duration, find, make, putFirst, timeOf } from './document.ts';

/** Shows the connection's status as it is, and as it was. */
export function showConnection(client: DemoClient): void {
  const lamp = find('state', HTMLElement);
  const details = find('state-details', HTMLElement);
  const reason = find('state-reason', HTMLElement);
  const history = find('history', HTMLElement);

  function show(): void {
    const status = client.status.get();
    lamp.dataset['state'] = status.state;
    lamp.textContent = status.state;
    details.textContent = describe(status);
    reason.textContent = status.reason ?? '';
  }

  // Told only when it changes: a countdown in a live region would be read out every second.
  setInterval(() => {
    const status = client.status.get();
    if (status.retryAt !== undefined) details.textContent = describe(status);
  }, 200);

  client.status.subscribe((status) => {
    show();
    const { state, attempt, socketId, retryAt } = status;
    const words = [
      state !== 'connected' && attempt > 0 && `attempt ${attempt}`,
      socketId && `as ${socketId}`,
      retryAt !== undefined && `again in ${duration(Math.max(0, retryAt - Date.now()))}`,
    ];
    const item = make(
      'li',
      { 'data-state': state },
      make('time', {}, timeOf(Date.now())),
      ' ',
      make('b', {}, state),
    );
    item.append(` ${words.filter(Boolean).join(', ')}`);
    putFirst(history, item, 30);
  });
  show();

  // What goes wrong is in the status and among the errors.
  find('connect', HTMLButtonElement).addEventListener('click', () => void client.connect().catch(() => {}));
  find('disconnect', HTMLButtonElement).addEventListener('click', () => client.disconnect());
}

function describe({ attempt, retryAt, socketId, state }: ConnectionStatus): string {
  if (socketId !== undefined) return `as ${socketId}`;
  if (retryAt !== undefined)
    return `attempt ${attempt}, again in ${duration(Math.max(0, retryAt - Date.now()))}`;
  if (state === 'idle') return 'nobody asked for a connection';
  return attempt > 0 ? `attempt ${attempt}` : '';
}
