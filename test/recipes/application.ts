/** What the application's backend knows of a generation. */
export interface Generation {
  readonly title: string;
  /** From 0 to 100. */
  readonly progress: number;
}

/** What agents do, by their id. */
export type Agents = Readonly<Record<string, 'idle' | 'working'>>;

/** Who is signed in. */
export const session = { accessToken: async (): Promise<string> => 'a-token' };

export async function fetchGeneration(id: string, signal?: AbortSignal): Promise<Generation> {
  const response = await fetch(`/api/generations/${id}`, { signal: signal ?? null });
  return (await response.json()) as Generation;
}

export async function fetchAgents(): Promise<Agents> {
  return (await (await fetch('/api/agents')).json()) as Agents;
}
