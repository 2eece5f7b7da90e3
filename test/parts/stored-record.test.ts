import { expect, test } from 'vitest';
import { durable, type OutboxStorage, publishing, RealtimeClient, type StoredMessage } from '../../src/index';

test('a message is stored with at most 220 characters beside its names and payload, because disks and browsers charge by the byte', async () => {
  const stored: StoredMessage[] = [];
  const storage: OutboxStorage = {
    load: async () => [],
    put: async (messages) => void stored.push(...messages),
    remove: async () => {},
  };
  const client = new RealtimeClient({
    key: 'app-key',
    cluster: 'eu',
    network: { online: () => false, watch: () => () => {} },
    publish: publishing({ endpoint: '/publish', outbox: durable({ storage, owner: 'user-1' }) }),
  });
  const data = { text: 'x'.repeat(200) };
  await client.publish('private-room', 'said', data, { acknowledge: 'none' });
  client.destroy();
  const [record] = stored;
  expect(record).toMatchObject({ channel: 'private-room', event: 'said', data, tab: expect.any(String) });
  const own =
    JSON.stringify(record).length - JSON.stringify(['private-room', 'said', '/publish', data]).length;
  expect(own).toBeLessThanOrEqual(220);
});
