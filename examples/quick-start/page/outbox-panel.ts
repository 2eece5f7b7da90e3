import type { Acknowledgement, PendingMessage, RealtimeError, RejectedMessage } from 'surewire';
import type { CarriedMessages } from './carried-messages.ts';
import type { DemoClient } from './demo-client.ts';
import { button, duration, find, make, putFirst, timeOf } from './document.ts';

type AnyMessage = Omit<PendingMessage, 'state' | 'error'>;

const shown = 8;

/** Shows each message from `publish` to its end, also those of the page before this one. */
export function showOutbox(client: DemoClient, carried: CarriedMessages): void {
  const { outbox } = client;
  showPending(client);
  showRejected(client);
  showEnds(client, carried);
  find('flush', HTMLButtonElement).addEventListener('click', () => void outbox.flush());
  find('clear', HTMLButtonElement).addEventListener('click', () => void outbox.clear());
}

function showPending({ outbox }: DemoClient): void {
  const list = find('pending', HTMLElement);
  const count = find('pending-count', HTMLElement);
  const describe = ({ state, error, ...message }: PendingMessage): HTMLElement => {
    const words = state === 'in-flight' ? 'in flight' : state;
    return make(
      'li',
      { 'data-id': message.id },
      ...heading(message),
      make('span', { class: 'tag', 'data-state': state }, words),
      ` ${attemptsOf(message)}, `,
      age(message),
      ...pageOf(message),
      make(
        'span',
        { class: 'actions' },
        button('Retry', `Retry ${nameOf(message)}`, () => void outbox.retry(message.id)),
        button('Discard', `Discard ${nameOf(message)}`, () => void outbox.discard(message.id)),
      ),
      ...why(error),
    );
  };
  const show = (messages: readonly PendingMessage[]): void => {
    count.textContent = String(messages.length);
    list.replaceChildren(...messages.slice(0, shown).map(describe));
    if (messages.length > shown) list.append(make('li', {}, `and ${messages.length - shown} more`));
  };
  outbox.pending.subscribe(show);
  show(outbox.pending.get());
  // Only the figures: a list that is made anew each second takes the button away from under the finger.
  setInterval(() => {
    for (const each of list.querySelectorAll<HTMLElement>('[data-since]')) {
      each.textContent = since(Number(each.dataset['since']));
    }
  }, 1_000);
}

function showRejected({ outbox }: DemoClient): void {
  const list = find('rejected', HTMLElement);
  const count = find('rejected-count', HTMLElement);
  const describe = ({ error, ...message }: RejectedMessage): HTMLElement =>
    make(
      'li',
      { 'data-id': message.id },
      ...heading(message),
      ` ${attemptsOf(message)}`,
      ...pageOf(message),
      make(
        'span',
        { class: 'actions' },
        button('Retry', `Retry ${nameOf(message)}`, () => void outbox.retry(message.id)),
        button('Discard', `Discard ${nameOf(message)}`, () => void outbox.discard(message.id)),
      ),
      ...why(error),
    );
  const show = (messages: readonly RejectedMessage[]): void => {
    count.textContent = String(messages.length);
    list.replaceChildren(...messages.slice(-shown).reverse().map(describe));
    if (messages.length > shown) list.append(make('li', {}, `and ${messages.length - shown} older ones`));
  };
  outbox.rejected.subscribe(show);
  show(outbox.rejected.get());
}

/** By events and not by promises: those of an earlier page are gone. */
function showEnds(client: DemoClient, carried: CarriedMessages): void {
  const list = find('ended', HTMLElement);
  const ended = new Set<string>();
  const end = (message: PendingMessage, word: string, tone: string, ...details: (string | Node)[]): void => {
    ended.add(message.id);
    putFirst(
      list,
      make(
        'li',
        { 'data-id': message.id },
        make('time', {}, timeOf(Date.now())),
        ' ',
        ...heading(message),
        make('span', { class: 'tag', 'data-state': tone }, word),
        ` ${attemptsOf(message)}, `,
        make('span', { class: 'age' }, since(message.createdAt)),
        ...pageOf(message),
        ...details,
      ),
      shown,
    );
  };
  client.on('acknowledged', ({ level, receivers }: Acknowledgement, message) => {
    // The socket of a peer message is always our own; one of an earlier page may have been taken there by that.
    const elsewhere = message.route === 'server' && !isEarlier(message) && !carried.has(message.id);
    const by = elsewhere ? [' ', make('span', { class: 'tag' }, 'sent by another tab')] : [];
    const to = receivers === undefined ? '' : `, ${receivers} confirmed`;
    end(message, level, 'subscribed', to, ...by);
  });
  client.on('rejected', (error, message) => {
    const word =
      error.code === 'aborted' ? 'discarded' : error.code === 'unconfirmed' ? 'unconfirmed' : 'rejected';
    end(message, word, 'refused', ...(word === 'discarded' ? [] : why(error)));
  });
  client.on('expired', (error, message) => end(message, 'expired', 'refused', ...why(error)));

  const line = find('carried', HTMLElement);
  setInterval(() => {
    const owed = new Set(client.outbox.pending.get().map(({ id }) => id));
    const all = [...carried];
    // Their events come where they were published.
    const others = all.filter((id) => !owed.has(id) && !ended.has(id)).length;
    line.textContent = `This tab took ${plural(all.length, 'message')} to the server, ${others} of them for other tabs.`;
  }, 500);
}

function heading(message: AnyMessage): (string | Node)[] {
  return [
    make('b', {}, message.event),
    ' ',
    make('code', { title: message.id }, message.id.slice(0, 8)),
    ' ',
    make('span', { class: 'quiet' }, `on ${message.channel}`),
    ' ',
  ];
}

function nameOf({ event, id }: AnyMessage): string {
  return `${event} ${id.slice(0, 8)}`;
}

function attemptsOf({ attempts }: AnyMessage): string {
  return attempts === 0 ? 'not offered yet' : plural(attempts, 'attempt');
}

function isEarlier({ createdAt }: AnyMessage): boolean {
  return createdAt < performance.timeOrigin;
}

/** Older than this page: of the one before it, or of another tab that was there first. */
function pageOf(message: AnyMessage): (string | Node)[] {
  return isEarlier(message) ? [' ', make('span', { class: 'tag' }, 'earlier page')] : [];
}

function age({ createdAt }: AnyMessage): HTMLElement {
  return make('span', { class: 'age', 'data-since': String(createdAt) }, since(createdAt));
}

function since(moment: number): string {
  return duration(Math.max(0, Date.now() - moment));
}

function why(error: RealtimeError | undefined): Node[] {
  return error === undefined ? [] : [make('span', { class: 'reason' }, `${error.name}: ${error.message}`)];
}

function plural(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
