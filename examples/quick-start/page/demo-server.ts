import type { Faults, RacePlan, RememberedMessage } from '../backend.ts';
import type { SwitchedNetwork } from './switched-network.ts';

type Parameters = Readonly<Record<string, string>>;

/** The server that served this page: it plays the application's backend, and breaks what we tell it to break. */
export class DemoServer {
  readonly #network: SwitchedNetwork;

  constructor(network: SwitchedNetwork) {
    this.#network = network;
  }

  /** A token for that user. */
  async token(user: string, signal: AbortSignal): Promise<string> {
    return (await post(this.#network.fetch, 'token', { user }, signal)).text();
  }

  /** Starts a generation; its progress comes as messages. */
  async generate(id: string, title: string, by: string): Promise<void> {
    await post(this.#network.fetch, 'generate', { id, title, by });
  }

  /** What the application remembers of the classroom, oldest first. */
  async classroom(classId: string, signal: AbortSignal): Promise<readonly RememberedMessage[]> {
    return json(await post(this.#network.fetch, 'classroom', { class: classId }, signal));
  }

  /** What the application remembers of a generation, oldest first. */
  async generation(id: string, signal: AbortSignal): Promise<readonly RememberedMessage[]> {
    return json(await post(this.#network.fetch, 'generation', { id }, signal));
  }

  /** Breaks or mends something. Not over the network that is switched off: this is the hand that pulls the plug. */
  async command(name: string, parameters: Parameters = {}): Promise<Faults> {
    return json(await post(fetch, name, parameters));
  }

  /** Starts a race, and resolves with how it will go. */
  async race(id: string): Promise<RacePlan> {
    return json(await post(fetch, 'race', { id }));
  }
}

async function post(
  fetch: (address: string, init: RequestInit) => Promise<Response>,
  path: string,
  parameters: Parameters,
  signal?: AbortSignal,
): Promise<Response> {
  const query = new URLSearchParams(parameters);
  const response = await fetch(`/demo/${path}?${query}`, { method: 'POST', signal: signal ?? null });
  if (!response.ok) throw new Error(`The demo’s server answered ${response.status} for ${path}.`);
  return response;
}

/** The demo's own server is trusted to answer in the shape that `commands.ts` gives it. */
async function json<T>(response: Response): Promise<T> {
  return (await response.json()) as T;
}
