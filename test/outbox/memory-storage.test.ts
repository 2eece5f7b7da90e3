import { expect, test } from 'vitest';
import { memoryStorage } from '../../src/outbox/memory-storage';
import { outboxStoragePromises, storedMessage } from '../contract/outbox-storage';

outboxStoragePromises('memoryStorage', () => memoryStorage());

test('two memory storages know nothing of each other', async () => {
  const [one, other] = [memoryStorage(), memoryStorage()];
  await one.put([storedMessage('a')]);
  expect(await other.load()).toEqual([]);
});
