import type { Acknowledgement, PendingMessage } from 'surewire';
import { describeError } from '../describe-error.ts';
import { type DemoClient, showSubscription } from './demo-client.ts';
import { button, duration, find, make, putFirst, timeOf } from './document.ts';

/** Publishes, and shows what is owed, what was acknowledged and what came back. */
export function showPublishing(client: DemoClient): void {
  const plugin = client.channel('private-plugin-{id}', { id: 7 });
  const form = find('publish', HTMLFormElement);
  const acknowledged = find('acknowledged', HTMLElement);
  const heard = find('heard', HTMLElement);
  showSubscription(find('plugin-channel', HTMLElement), plugin);

  plugin.onAny((payload, { event, receivedAt, recovered }) => {
    const { run } = payload as { readonly run?: unknown };
    const words = [make('time', {}, timeOf(receivedAt)), ` ${event} `, make('b', {}, String(run)), ' '];
    const tags = recovered === true ? [make('span', { class: 'tag' }, 'recovered')] : [];
    putFirst(heard, make('li', {}, ...words, ...tags), 4);
  });

  form.addEventListener('submit', (submitted) => {
    submitted.preventDefault();
    const data = new FormData(form);
    const run = String(data.get('run'));
    const end =
      data.get('route') === 'peer'
        ? plugin.publish('client-command', { run })
        : plugin.publish('command', { run });
    // Not awaited: it settles when there is an acknowledgement, however long we are offline.
    end.then(
      (acknowledgement) => putFirst(acknowledged, describeEnd(run, acknowledgement), 5),
      (error: unknown) => {
        const { name, code, message } = describeError(error);
        const words = `${name} (${code}): ${message}`;
        putFirst(acknowledged, make('li', { class: 'bad' }, make('b', {}, run), ' ', words), 5);
      },
    );
  });

  const pending = find('pending', HTMLElement);
  const count = find('pending-count', HTMLElement);
  client.outbox.pending.subscribe((messages) => {
    count.textContent = String(messages.length);
    pending.replaceChildren(...messages.slice(0, 5).map((message) => describePending(client, message)));
    if (messages.length > 5) pending.append(make('li', {}, `and ${messages.length - 5} more`));
  });
}

function describeEnd(run: string, { level, attempts, latency, id }: Acknowledgement): HTMLElement {
  const offers = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  return make(
    'li',
    { title: `message ${id}` },
    make('b', {}, run),
    ' ',
    make('span', { class: 'tag', 'data-state': 'subscribed' }, level),
    ` ${offers}, ${duration(latency)}`,
  );
}

function describePending(
  client: DemoClient,
  { id, event, state, attempts, error }: PendingMessage,
): HTMLElement {
  const why =
    error === undefined ? [] : [make('span', { class: 'reason' }, `${error.name}: ${error.message}`)];
  const name = `${event} ${id.slice(0, 8)}`;
  return make(
    'li',
    {},
    make('b', {}, event),
    ' ',
    make('span', { class: 'tag', 'data-state': 'subscribing' }, state),
    ` ${attempts === 0 ? 'not offered yet' : `attempt ${attempts}`} `,
    make(
      'span',
      { class: 'actions' },
      button('Retry', `Retry ${name}`, () => void client.outbox.retry(id)),
      button('Discard', `Discard ${name}`, () => void client.outbox.discard(id)),
    ),
    ...why,
  );
}
