import { promisifyRequest } from 'idb-keyval';

/** Opens a database as another program would; `schema` builds it when it is not there. */
export async function openDatabase(
  name: string,
  version?: number,
  schema: (database: IDBDatabase) => void = () => {},
): Promise<IDBDatabase> {
  const request = indexedDB.open(name, version);
  request.onupgradeneeded = () => schema(request.result);
  return promisifyRequest(request);
}

/** Writes records into a database behind everybody's back. */
export async function plant(
  name: string,
  store: string,
  records: readonly (readonly [IDBValidKey, unknown])[],
): Promise<void> {
  const database = await openDatabase(name);
  const transaction = database.transaction(store, 'readwrite');
  for (const [key, record] of records) transaction.objectStore(store).put(record, key);
  await promisifyRequest(transaction);
  database.close();
}

/** The keys in a store of a database. */
export async function keysIn(name: string, store: string): Promise<readonly IDBValidKey[]> {
  const database = await openDatabase(name);
  const keys = await promisifyRequest(database.transaction(store).objectStore(store).getAllKeys());
  database.close();
  return keys;
}
