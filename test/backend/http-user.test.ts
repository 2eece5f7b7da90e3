import { describe, expect, it } from 'vitest';
import { HttpUserAuthenticator } from '../../src/backend/http-user';
import { aborted } from '../../src/support/deadline';
import { backend, json, surroundings, text } from '../fakes/backend-endpoint';
import { failure, secretToken } from '../fakes/secret-token';

const { seen, answers } = backend();
const patient = new AbortController().signal;
const userData = JSON.stringify({ id: 'user-1', user_info: { name: 'Ada' } });
const yes = { auth: 'key:0a1b', user_data: userData };

function authenticator(format: 'form' | 'json' = 'form') {
  const made = surroundings();
  return { ...made, user: new HttpUserAuthenticator({ ...made.endpoint, format }, made.outside) };
}

describe('the user of a connection', () => {
  it.each([
    ['form', 'socket_id=1.1'],
    ['json', '{"socket_id":"1.1"}'],
  ] as const)('is asked for by socket, written as %s', async (format, body) => {
    answers(json(yes));
    const { user } = authenticator(format);
    expect(await user.authenticate('1.1', patient)).toEqual({ auth: 'key:0a1b', userData });
    expect(seen[0]?.text).toBe(body);
    expect(seen[0]?.headers.get('authorization')).toBe(`Bearer ${secretToken}`);
  });

  it('is asked for once more with a new token after a 401', async () => {
    answers(json({}, { status: 401 }), json(yes));
    const { user, refused } = authenticator();
    await user.authenticate('1.1', patient);
    expect(refused).toEqual([secretToken]);
  });

  it.each([
    [403, false],
    [401, false],
    [404, false],
    [429, true],
    [503, true],
  ])('is an AuthenticationError after %i, retryable: %s', async (status, retryable) => {
    answers(json({ detail: `No, ${secretToken}` }, { status, headers: { 'Retry-After': '3' } }));
    const error = await failure(authenticator().user.authenticate('1.1', patient));
    expect(error).toMatchObject({ name: 'AuthenticationError', status, retryable, retryAfter: 3_000 });
    expect(error.message).toContain('No, ');
  });

  it.each([
    ['a web page', text('<html>Sign in</html>'), true],
    ['no signature', json({ user_data: userData }), true],
    ['no user', json({ auth: 'key:0a' }), false],
    ['a user that is no text', json({ auth: 'key:0a', user_data: { id: 'user-1' } }), false],
    ['a user without an id', json({ auth: 'key:0a', user_data: '{"name":"Ada"}' }), false],
    ['an id that is a number', json({ auth: 'key:0a', user_data: '{"id":1}' }), false],
  ])('is not taken from %s', async (_, answer, retryable) => {
    answers(answer);
    const error = await failure(authenticator().user.authenticate('1.1', patient));
    expect(error).toMatchObject({ name: 'AuthenticationError', retryable });
  });

  it('is not asked for when the token was taken away, which is no abort of ours', async () => {
    const { endpoint, outside } = surroundings();
    const credentials = {
      token: () => Promise.reject(aborted('somebody signed out')),
      renew: () => Promise.resolve(undefined),
    };
    const user = new HttpUserAuthenticator({ ...endpoint, format: 'form' }, { ...outside, credentials });
    const error = await failure(user.authenticate('1.1', patient));
    expect(error).toMatchObject({ code: 'authentication', retryable: false });
    expect(seen).toHaveLength(0);
  });
});
