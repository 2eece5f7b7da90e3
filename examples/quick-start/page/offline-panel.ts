import { guardUnload } from 'surewire';
import type { DemoClient } from './demo-client.ts';
import { find } from './document.ts';
import type { SwitchedNetwork } from './switched-network.ts';

const notes = {
  online:
    'Go offline, publish, reload this page: what is unsent is still there, and leaves when you come back.',
  switched:
    'Switched off, in all tabs of this browser: no socket, and every request of the client fails. This page can be reloaded, for it comes from your own machine.',
  browser: 'The browser says that it has no network. What you publish waits.',
};

/** The switch of the network, and whether the browser asks before an unsent message is left behind. */
export function showSwitch(client: DemoClient, network: SwitchedNetwork): void {
  const flip = find('offline', HTMLButtonElement);
  const note = find('offline-note', HTMLElement);
  const show = (): void => {
    const { switchedOff } = network;
    flip.textContent = switchedOff ? 'Come back' : 'Go offline';
    flip.classList.toggle('primary', switchedOff);
    note.textContent = notes[switchedOff ? 'switched' : network.online() ? 'online' : 'browser'];
  };
  flip.addEventListener('click', () => network.flip());
  network.watch(show);
  show();

  find('reload', HTMLButtonElement).addEventListener('click', () => location.reload());

  const guard = find('guard', HTMLInputElement);
  let stop = (): void => {};
  const guardOrNot = (): void => {
    stop();
    stop = guard.checked ? guardUnload(client.outbox) : () => {};
  };
  guard.addEventListener('change', guardOrNot);
  // Some browsers keep what was checked over a reload.
  guardOrNot();
}
