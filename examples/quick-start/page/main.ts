import { durable, indexedDbStorage, RealtimeClient } from 'surewire';
import type { Faults } from '../backend.ts';
import { clientOptions, type DemoSettings, override, whereIs } from '../settings.ts';
import { CarriedMessages } from './carried-messages.ts';
import { showConnection } from './connection-panel.ts';
import type { DemoClient } from './demo-client.ts';
import { find } from './document.ts';
import { hideFatal, showErrors, showFatal } from './errors-panel.ts';
import { showFaults } from './faults-panel.ts';
import { followGeneration } from './generation-panel.ts';
import { showLog } from './log-panel.ts';
import { showSwitch } from './offline-panel.ts';
import { showOutbox } from './outbox-panel.ts';
import { showPresence } from './presence-panel.ts';
import { showPublishing } from './publish-panel.ts';
import { showStatistics } from './statistics-panel.ts';
import { SwitchedNetwork } from './switched-network.ts';

const names = ['Ada', 'Barbara', 'Edsger', 'Hedy', 'Katherine', 'Leslie', 'Radia', 'Tim'];

/** One for the page, as a device has one. */
const network = new SwitchedNetwork();
const carried = new CarriedMessages();

/** Asks the server that served this page, which plays the application's backend. */
async function ask(
  path: string,
  parameters: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Response> {
  return post(network.fetch, path, parameters, signal);
}

/** Breaks something. Not over the network that is switched off: this is the hand that pulls the plug. */
async function command(name: string, parameters?: Readonly<Record<string, string>>): Promise<Faults> {
  return (await post(fetch, name, parameters)).json() as Promise<Faults>;
}

async function post(
  fetch: (address: string, init: RequestInit) => Promise<Response>,
  path: string,
  parameters: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Response> {
  const query = new URLSearchParams(parameters);
  const response = await fetch(`/demo/${path}?${query}`, { method: 'POST', signal: signal ?? null });
  if (!response.ok) throw new Error(`${response.status} for ${path}`);
  return response;
}

function setAvailable(section: HTMLElement, available: boolean): void {
  for (const each of section.querySelectorAll<HTMLElement>('.available')) each.hidden = !available;
  for (const each of section.querySelectorAll<HTMLElement>('.unavailable')) each.hidden = available;
}

function sectionOf(title: string): HTMLElement {
  return find(title, HTMLElement).closest('section') ?? document.body;
}

function show(client: DemoClient, settings: DemoSettings): void {
  const embedded = settings.mode === 'embedded';
  showErrors(client);
  showLog(client);
  showConnection(client);
  showStatistics(client);
  client.status.subscribe(({ state }) => {
    if (state !== 'failed') hideFatal();
  });

  showSwitch(client, network);
  setAvailable(sectionOf('offline-title'), settings.auth !== undefined);

  followGeneration(client, (id) => ask('generate', { id }).then(() => {}));
  setAvailable(sectionOf('generation-title'), embedded);

  const needsAuth =
    'Unavailable: a backend has to authorize this channel. Name its endpoint in VITE_PUSHER_AUTH_ENDPOINT.';
  if (settings.auth === undefined) {
    for (const id of ['publish-unavailable', 'presence-unavailable']) {
      const sentence = find(id, HTMLElement);
      sentence.textContent = needsAuth;
      sentence.hidden = false;
    }
    find('publish', HTMLFormElement).hidden = true;
  } else {
    showPublishing(client);
    showOutbox(client, carried);
    showPresence(client);
    if (settings.publish === undefined) {
      const sentence = find('publish-unavailable', HTMLElement);
      sentence.textContent =
        'To peers only: the server route needs a backend that publishes, named in VITE_PUSHER_PUBLISH_ENDPOINT.';
      sentence.hidden = false;
      find('publish', HTMLFormElement).querySelector('option[value="server"]')?.remove();
    }
  }

  setAvailable(sectionOf('faults-title'), embedded);
  if (embedded) showFaults(client, command);

  // Listening has already connected; this one tells us what cannot work.
  client.connect().catch(showFatal);
}

async function start(): Promise<void> {
  const query = new URLSearchParams(location.search);
  const user = query.get('user')?.trim() || names[Math.floor(Math.random() * names.length)] || 'Ada';
  const overrides = Object.fromEntries(query);
  // Whoever reloads this page is still the same user, and finds their own messages.
  query.set('user', user);
  history.replaceState(null, '', `?${query}`);
  const settings = override(
    (await (await fetch('/demo/settings')).json()) as DemoSettings,
    overrides,
    new URL('/demo/wrong-auth', location.href).href,
  );
  const kind = settings.mode === 'embedded' ? 'The server that comes with the demo' : 'A real service';
  find('where', HTMLElement).textContent = `${kind}: ${whereIs(settings)}`;
  find('who', HTMLElement).textContent = settings.mode === 'embedded' ? `You are ${user}` : '';
  const other = user === 'Grace' ? 'Ada' : 'Grace';
  const link = find('second-tab', HTMLAnchorElement);
  link.href = `?user=${other}`;
  link.textContent = `Open a second tab as ${other}`;
  link.hidden = settings.mode !== 'embedded';
  find('same-user', HTMLAnchorElement).href = `?user=${encodeURIComponent(user)}`;

  const token = async ({ signal }: { signal: AbortSignal }): Promise<string> =>
    (await ask('token', { user }, signal)).text();
  const client = new RealtimeClient({
    ...clientOptions(
      settings,
      token,
      durable({ storage: indexedDbStorage(), owner: settings.owner ?? user, keepRejected: true }),
    ),
    network,
    fetch: carried.watch(network.fetch),
  });
  show(client, settings);
}

start().catch((error: unknown) => {
  // Without a client there is nothing to show.
  for (const main of document.querySelectorAll('main')) main.hidden = true;
  showFatal(error);
});
