import type { Acknowledgement, PublishOptions } from 'surewire';
import { describeError } from '../describe-error.ts';
import { type DemoClient, showSubscription } from './demo-client.ts';
import { duration, find, make, putFirst, timeOf } from './document.ts';

/** Publishes, and shows how the promises of this page settled and what came back. */
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

  const publish = (run: string): void => {
    const data = new FormData(form);
    const options: PublishOptions = {
      acknowledge: wantedLevel(data.get('acknowledge')),
      ...(data.get('expiresIn') === '' ? {} : { expiresIn: Number(data.get('expiresIn')) }),
    };
    const end =
      data.get('route') === 'peer'
        ? plugin.publish('client-command', { run }, options)
        : plugin.publish('command', { run }, options);
    // Not awaited: it settles when there is an acknowledgement, however long we are offline.
    end.then(
      (acknowledgement) => putFirst(acknowledged, describeEnd(run, acknowledgement), 5),
      (error: unknown) => {
        // Why is told where every message's end is, also of those whose page is gone.
        const { name, code } = describeError(error);
        putFirst(acknowledged, make('li', { class: 'bad' }, make('b', {}, run), ` ${name} (${code})`), 5);
      },
    );
  };

  const command = (): string => String(new FormData(form).get('run'));
  form.addEventListener('submit', (submitted) => {
    submitted.preventDefault();
    publish(command());
  });
  find('publish-three', HTMLButtonElement).addEventListener('click', () => {
    for (const number of [1, 2, 3]) publish(`${command()} ${number}`);
  });
}

function wantedLevel(value: FormDataEntryValue | null): 'none' | 'accepted' | 'delivered' {
  return value === 'none' || value === 'delivered' ? value : 'accepted';
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
