import type { TestServer } from '../../src/testing/index';

/** A message that the server published. */
export interface Arrived<Data> {
  readonly id: string;
  readonly data: Data;
}

/** What the server published on a channel, in its order; `Data` is what the test itself sent there. */
export async function arrivals<Data>(server: TestServer, channel: string): Promise<readonly Arrived<Data>[]> {
  const answer = await server.fetch(`/realtime/history?channel=${channel}&limit=10000000`, {
    headers: { authorization: `Bearer ${server.issueToken()}` },
  });
  const { messages } = (await answer.json()) as { readonly messages: readonly Arrived<Data>[] };
  return messages;
}
