import * as surewire from '../../src/index';
import * as testing from '../../src/testing/index';

/** What an example may import. */
export type Modules = Readonly<Record<string, object>>;

/** A code block of a guide, as it was compiled for this page. */
export type Example = (
  modules: Modules,
  console: Readonly<Record<'log', (...parts: unknown[]) => void>>,
) => Promise<void>;

/** The device's word on its network, which a button changes. */
class ButtonNetwork implements surewire.Network {
  readonly #listeners = new Set<(change: 'online' | 'offline' | 'resumed') => void>();
  #online = true;

  online(): boolean {
    return this.#online;
  }

  watch(listener: (change: 'online' | 'offline' | 'resumed') => void): surewire.Stop {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  set(online: boolean): void {
    this.#online = online;
    for (const listener of [...this.#listeners]) listener(online ? 'online' : 'offline');
  }
}

/** One run of an example: what it made, so that buttons reach it and the next run ends it. */
class Run {
  readonly network = new ButtonNetwork();
  readonly servers: testing.TestServer[] = [];
  readonly clients: { destroy(): void }[] = [];
  ended = false;

  modules(show: (status: surewire.ConnectionStatus) => void): Modules {
    const run = this;
    class LiveClient extends surewire.RealtimeClient<surewire.UntypedChannels> {
      constructor(options: surewire.RealtimeClientOptions<surewire.UntypedChannels>) {
        super({ ...options, network: run.network });
        if (run.clients.push(this) > 1) return;
        show(this.status.get());
        this.status.subscribe((status) => run.ended || show(status));
      }
    }
    const createTestServer = (options?: testing.TestServerOptions): testing.TestServer => {
      const server = testing.createTestServer(options);
      run.servers.push(server);
      return server;
    };
    return {
      surewire: { ...surewire, RealtimeClient: LiveClient },
      'surewire/testing': { ...testing, createTestServer },
    };
  }

  end(): void {
    this.ended = true;
    for (const client of this.clients) client.destroy();
    for (const server of this.servers) void server.stop();
  }
}

/** A button that breaks something: until it is pressed again, for a time, or once. */
interface Fault {
  readonly label: string;
  readonly undo?: string;
  readonly seconds?: number;
  begin(server: testing.TestServer, run: Run): surewire.Stop | undefined;
}

/** Cuts everything between client and server, endpoints included. */
function cut(server: testing.TestServer): surewire.Stop {
  const stops = [
    server.refuse('tcp'),
    ...(['rejectAuth', 'rejectTrigger', 'rejectHistory'] as const).map((name) =>
      server[name]('network', 10_000),
    ),
  ];
  server.drop();
  return () => {
    for (const stop of stops) stop();
  };
}

const faults: Readonly<Record<string, Fault>> = {
  cut: { label: 'Cut the network for 5 s', seconds: 5, begin: cut },
  restart: {
    label: 'Restart the server (3 s)',
    begin: (server) => {
      server.restart({ downFor: 3_000 });
      return undefined;
    },
  },
  mute: { label: 'Mute the link', undo: 'Unmute', begin: (server) => server.mute() },
  expire: {
    label: 'Expire the token',
    begin: (server) => {
      server.rejectAuth(401);
      server.drop();
      return undefined;
    },
  },
  offline: {
    label: 'Go offline',
    undo: 'Come back online',
    begin: (server, { network }) => {
      const mend = cut(server);
      network.set(false);
      return () => {
        mend();
        network.set(true);
      };
    },
  },
};

/** As Node's console writes it, near enough. */
function written(value: unknown, inside = false): string {
  if (typeof value === 'string') return inside ? `'${value}'` : value;
  if (value instanceof Error) return value.message;
  if (Array.isArray(value)) return `[ ${value.map((each) => written(each, true)).join(', ')} ]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).map(([name, field]) => `${name}: ${written(field, true)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function button(label: string): HTMLButtonElement {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = label;
  return element;
}

/** Puts the buttons and the output below the code that they run. */
function panel(place: HTMLElement, example: Example, number: number): void {
  const code = place.nextElementSibling;
  const start = button('Run');
  start.className = 'live-run';
  const state = document.createElement('span');
  state.className = 'live-state';
  state.setAttribute('role', 'status');
  const output = document.createElement('pre');
  output.className = 'live-output';
  output.tabIndex = 0;
  output.hidden = true;
  output.setAttribute('role', 'region');
  output.setAttribute('aria-label', `Output of example ${number}`);
  let run: Run | undefined;
  let mends: surewire.Stop[] = [];

  const names = (place.dataset['faults'] ?? '').split(' ').filter((name) => name in faults);
  const breakers = names.flatMap((name) => {
    const fault = faults[name];
    if (fault === undefined) return [];
    const breaker = button(fault.label);
    breaker.disabled = true;
    let mend: surewire.Stop | undefined;
    const restore = (): void => {
      mend?.();
      mend = undefined;
      breaker.textContent = fault.label;
      breaker.disabled = run === undefined;
    };
    breaker.addEventListener('click', () => {
      const server = run?.servers[0];
      if (run === undefined || server === undefined) return;
      if (mend !== undefined) return restore();
      print(`── ${fault.label}`);
      mend = fault.begin(server, run);
      if (mend === undefined) return;
      mends.push(restore);
      if (fault.undo !== undefined) breaker.textContent = fault.undo;
      if (fault.seconds === undefined) return;
      breaker.disabled = true;
      const of = run;
      setTimeout(() => {
        if (of !== run || of.ended) return;
        print('── and back');
        restore();
      }, fault.seconds * 1_000);
    });
    return [breaker];
  });

  let began = 0;
  const print = (text: string): void => {
    const atEnd = output.scrollTop + output.clientHeight >= output.scrollHeight - 8;
    const seconds = ((performance.now() - began) / 1_000).toFixed(1).padStart(5);
    output.append(`${seconds} s  ${text}\n`);
    while (output.childNodes.length > 300) output.firstChild?.remove();
    if (atEnd) output.scrollTop = output.scrollHeight;
  };

  start.addEventListener('click', () => {
    run?.end();
    for (const mend of mends) mend();
    mends = [];
    const current = new Run();
    run = current;
    began = performance.now();
    output.textContent = '';
    output.hidden = false;
    start.textContent = 'Run again';
    for (const breaker of breakers) breaker.disabled = false;
    const console = {
      log: (...parts: unknown[]) => {
        if (!current.ended) print(parts.map((part) => written(part)).join(' '));
      },
    };
    const show = ({ state: word, trouble }: surewire.ConnectionStatus): void => {
      state.textContent = word;
      state.dataset['trouble'] = trouble ?? '';
      state.dataset['state'] = word;
    };
    example(current.modules(show), console).catch((error: unknown) => {
      if (!current.ended) print(written(error));
    });
  });

  const bar = document.createElement('div');
  bar.className = 'live-bar';
  bar.append(start, ...breakers, state);
  const frame = document.createElement('div');
  frame.className = 'live-panel';
  frame.append(bar, output);
  if (place.dataset['place'] === 'above') code?.before(frame);
  else code?.after(frame);
}

/** Brings the examples of this page to life, in their order. */
export function mount(examples: readonly Example[]): void {
  for (const [index, place] of document.querySelectorAll<HTMLElement>('.live').entries()) {
    const example = examples[index];
    if (example !== undefined) panel(place, example, index + 1);
  }
}
