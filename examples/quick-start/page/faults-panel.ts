import type { Faults } from '../backend.ts';
import type { DemoClient } from './demo-client.ts';
import { find } from './document.ts';

/** What each button does, told when it was pressed. */
const notes: Readonly<Record<string, string>> = {
  cut: 'Every connection broke. The status says so at once, and the client dials again.',
  restart: 'The server is away for three seconds. Publish something: it waits, and arrives.',
  'mute on': 'Nothing gets through any more, and no socket says so. The client finds out within 20 seconds.',
  'mute off': 'Everything gets through again.',
  'refuse on':
    'Private and presence channels are refused: 403 is final, until the token changes or you connect again.',
  'refuse-publishing on':
    'What is published is answered 403, which is final: it is kept among the refused, to be retried or discarded.',
  'refuse-publishing off': 'Publishing is allowed again. Retry what was refused.',
  'refuse off': 'Channels are allowed again, and the client asks once more.',
  expire: 'Publish something: it is answered 401, a new token is fetched, and it is accepted.',
};

/** The buttons that break the embedded server. */
export function showFaults(
  client: DemoClient,
  command: (name: string, parameters?: Readonly<Record<string, string>>) => Promise<Faults>,
): void {
  const buttons = [...find('faults', HTMLElement).querySelectorAll('button')];
  const note = find('fault-note', HTMLElement);

  const show = ({ muted, refusing, refusingPublishing }: Faults): void => {
    for (const each of buttons) {
      const { command } = each.dataset;
      if (command === 'mute') each.setAttribute('aria-pressed', String(muted));
      if (command === 'refuse') each.setAttribute('aria-pressed', String(refusing));
      if (command === 'refuse-publishing') each.setAttribute('aria-pressed', String(refusingPublishing));
    }
  };

  const press = async (name: string, pressed: string | null): Promise<void> => {
    const on = pressed === 'false';
    show(await command(name, pressed === null ? {} : { on: String(on) }));
    note.textContent = notes[pressed === null ? name : `${name} ${on ? 'on' : 'off'}`] ?? '';
    if (name === 'refuse' && !on) await client.connect();
  };

  for (const each of buttons) {
    each.addEventListener('click', () => {
      press(each.dataset['command'] ?? '', each.getAttribute('aria-pressed')).catch((error: unknown) => {
        note.textContent = `That did not work: ${String(error)}`;
      });
    });
  }
  // Another tab may have pressed before us.
  void command('faults').then(show, () => {});
}
