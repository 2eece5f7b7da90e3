import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/index';
import { clientOptionsFromEnv } from '../../src/toolbox/index';

const good = {
  VITE_PUSHER_KEY: '0b1e5a7c9d2f43118a6e',
  VITE_PUSHER_CLUSTER: 'us2',
  VITE_PUSHER_AUTH_ENDPOINT: '/pusher/auth',
};

/** The message of the error that the environment deserves. */
function complaint(env: Record<string, unknown>): string {
  try {
    clientOptionsFromEnv(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  return 'nothing was thrown';
}

describe('the environment of a front end', () => {
  it('gives the options of a client', () => {
    expect(clientOptionsFromEnv({ ...good, MODE: 'production', DEV: false })).toEqual({
      key: '0b1e5a7c9d2f43118a6e',
      cluster: 'us2',
      authEndpoint: '/pusher/auth',
    });
  });

  it('may have blanks around its values', () => {
    expect(clientOptionsFromEnv({ ...good, VITE_PUSHER_CLUSTER: ' eu\n' }).cluster).toBe('eu');
  });

  it.each(Object.keys(good))('without %s is told what to set', (name) => {
    for (const nothing of [undefined, '', '  ', 7]) {
      const message = complaint({ ...good, [name]: nothing });
      expect(message).toContain(`${name} is not set`);
      expect(message).toContain('.env');
    }
  });

  it('with nothing at all is told everything at once', () => {
    const message = complaint({});
    for (const name of Object.keys(good)) expect(message).toContain(name);
  });

  it.each([
    'your-key-here',
    'YOUR_PUSHER_KEY',
    'your key',
    'changeme',
    'change-me',
    'CHANGE_ME',
    'replace-me',
    'xxx',
    'XXXXXXXX',
    '<key>',
    '<your key>',
    '{{PUSHER_KEY}}',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what is left when nobody filled it in
    '${PUSHER_KEY}',
    '$PUSHER_KEY',
    '[key]',
    'key-goes-here',
    'todo',
    'undefined',
    'null',
    'placeholder',
    '__PUSHER_KEY__',
    '%PUSHER_KEY%',
    'enter-your-key',
    'replace_with_key',
    'your',
    'dummy-key-for-development',
    '...',
    '***',
  ])('does not take the placeholder %s for a value', (value) => {
    for (const name of Object.keys(good)) {
      expect(complaint({ ...good, [name]: value })).toContain(`${name} is still a placeholder`);
    }
  });

  it.each([
    'app-key',
    '0b1e5a7c9d2f43118a6e',
    'local',
    'test',
    'yourkit',
    'xx',
    'mt1',
    'https://api.example.com/pusher/auth',
  ])('takes %s for what it says', (value) => {
    expect(clientOptionsFromEnv({ ...good, VITE_PUSHER_KEY: value }).key).toBe(value);
  });

  it.each([
    'VITE_PUSHER_SECRET',
    'PUSHER_SECRET',
    'VITE_APP_SECRET_KEY',
    'vite_pusher_secret',
    'VITE_SECRETS',
    'pusherSecretKey',
  ])('with %s is a loud error, which does not repeat the secret', (name) => {
    const message = complaint({ ...good, [name]: 's3cr3t-value' });
    expect(message).toContain(name);
    expect(message).toContain('change the secret');
    expect(message).not.toContain('s3cr3t-value');
  });

  it.each(['NEXTAUTH_SECRET', 'AWS_SECRET_ACCESS_KEY', 'VITE_SECRETARY', 'VITE_SECRETARIAT_URL'])(
    'may be that of a server, with secrets such as %s that are nobody else’s business',
    (name) => {
      expect(clientOptionsFromEnv({ ...good, [name]: 's3cr3t-value' }).key).toBe(good.VITE_PUSHER_KEY);
    },
  );

  it('may have the name of a secret without a value', () => {
    expect(clientOptionsFromEnv({ ...good, VITE_PUSHER_SECRET: '' }).key).toBe(good.VITE_PUSHER_KEY);
  });
});
