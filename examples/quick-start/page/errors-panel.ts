import { describeError } from '../describe-error.ts';
import type { DemoClient } from './demo-client.ts';
import { find, make, putFirst, timeOf } from './document.ts';

/** Lists every error with its class, code and message; one that repeats itself is counted. */
export function showErrors(client: DemoClient): void {
  const list = find('errors', HTMLElement);
  client.on('error', (error) => showError(list, error));
  client.on('rejected', (error) => showError(list, error));
  client.on('expired', (error) => showError(list, error));
}

/** An error that leaves nothing to show: the client could not be made, or must not go on. */
export function showFatal(error: unknown): void {
  const place = find('fatal', HTMLElement);
  place.replaceChildren(...parts(error));
  place.hidden = false;
}

/** Takes back what `showFatal` said. */
export function hideFatal(): void {
  find('fatal', HTMLElement).hidden = true;
}

function showError(list: HTMLElement, error: unknown): void {
  const { name, code, message } = describeError(error);
  const key = `${name} ${code} ${message}`;
  const last = list.firstElementChild;
  const again = last instanceof HTMLElement && last.dataset['key'] === key ? last : undefined;
  const times = Number(again?.dataset['times'] ?? 0) + 1;
  again?.remove();
  const counted = times === 1 ? [] : [make('span', { class: 'count' }, `× ${times}`)];
  const item = make(
    'li',
    { 'data-key': key, 'data-times': String(times) },
    make('time', {}, timeOf(Date.now())),
    ' ',
  );
  item.append(...parts(error), ...counted);
  putFirst(list, item, 20);
}

function parts(error: unknown): Node[] {
  const { name, code, status, retryable, message } = describeError(error);
  const words = [
    `code ${code}`,
    ...(status === undefined ? [] : [`status ${status}`]),
    retryable ? 'retryable' : 'final',
  ];
  return [
    make('b', {}, name),
    make('span', { class: 'quiet' }, ` ${words.join(', ')}`),
    make('p', {}, message),
  ];
}
