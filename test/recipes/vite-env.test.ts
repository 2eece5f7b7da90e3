import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

function environment(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value);
}

const complete = {
  VITE_PUSHER_KEY: 'a1b2c3',
  VITE_PUSHER_CLUSTER: 'us2',
  VITE_PUSHER_AUTH_ENDPOINT: '/pusher/auth',
};

test('with its variables set there is a client, which does nothing yet', async () => {
  environment(complete);
  const { client } = await import('./vite-env');
  expect(client.status.get().state).toBe('idle');
});

test('a build without a variable says which one', async () => {
  environment({ ...complete, VITE_PUSHER_CLUSTER: '' });
  await expect(import('./vite-env')).rejects.toThrow('VITE_PUSHER_CLUSTER is not set');
});

test('a secret in reach of the page stops it', async () => {
  environment({ ...complete, VITE_PUSHER_SECRET: 'very-secret' });
  await expect(import('./vite-env')).rejects.toThrow('VITE_PUSHER_SECRET');
});
