import { expect, test } from 'vitest';
import { backendAuth, userEndpoint } from '../../src/index';
import type { UserAuthenticationHandler } from '../../src/pusher/index';
import type { TestServer } from '../../src/testing/index';
import { authOf, face, port } from './face';

const userAsked = ({ server }: { readonly server: TestServer }) =>
  server.requests.filter(({ path }) => path === '/pusher/user-auth').length;

/** A server on a port, and an application whose users sign in. */
async function signing(options: Parameters<typeof port>[0] = {}) {
  const place = await port(options);
  const connect = (userId = 'ada', customHandler?: UserAuthenticationHandler) => {
    const { auth } = authOf(place.server, place.listening, userId);
    const { user: endpoint } = place.listening.endpoints;
    return place.connect({
      auth,
      userAuthentication: customHandler ? { customHandler } : { transport: 'ajax', endpoint, ...auth },
    });
  };
  return { ...place, connect };
}

test('nobody is signed in, nor asked about, before the application says so', async () => {
  const place = await signing();
  const pusher = place.connect();
  await expect.poll(() => pusher.connection.state).toBe('connected');
  expect([userAsked(place), pusher.user.user_data, pusher.user.signin_requested]).toEqual([0, null, false]);
  pusher.signin();
  pusher.signin();
  await expect.poll(() => pusher.user.user_data).toEqual({ id: 'ada', user_info: { name: 'ada' } });
  expect([userAsked(place), pusher.user.signin_requested]).toEqual([1, true]);
});

test('a signed-in user hears what is sent to the user, again after a cut, and may say so before there is a connection', async () => {
  const place = await signing();
  const pusher = place.connect();
  pusher.signin();
  const heard: unknown[] = [];
  pusher.user.bind('paid', (data: unknown) => heard.push(data));
  await expect.poll(() => pusher.user.user_data).not.toBe(null);
  place.server.trigger('#server-to-user-ada', 'paid', { n: 1 });
  await expect.poll(() => heard).toEqual([{ n: 1 }]);
  place.server.drop();
  await expect.poll(() => userAsked(place)).toBe(2);
  await expect.poll(() => pusher.user.user_data).not.toBe(null);
  place.server.trigger('#server-to-user-ada', 'paid', { n: 2 });
  await expect.poll(() => heard).toEqual([{ n: 1 }, { n: 2 }]);
});

test('the watchlist tells who is there, who comes and who goes', async () => {
  const place = await signing({ watchlist: (userId) => (userId === 'ada' ? ['ben', 'cleo'] : []) });
  const ada = place.connect();
  const heard: unknown[] = [];
  ada.user.watchlist.bind('online', (event: unknown) => heard.push(event));
  ada.user.watchlist.bind('offline', (event: unknown) => heard.push(event));
  ada.signin();
  await expect.poll(() => heard).toEqual([{ name: 'offline', user_ids: ['ben', 'cleo'] }]);
  const ben = place.connect('ben');
  ben.signin();
  await expect.poll(() => heard.at(-1)).toEqual({ name: 'online', user_ids: ['ben'] });
  ben.disconnect();
  await expect.poll(() => heard.at(-1)).toEqual({ name: 'offline', user_ids: ['ben'] });
});

test('a sign-in that is refused is told', async () => {
  const place = await signing();
  const pusher = place.connect('ada', (_params, callback) =>
    callback(Object.assign(new Error('who are you?'), { status: 403 }), null),
  );
  const errors: unknown[] = [];
  pusher.user.bind('pusher:signin_error', (error: unknown) => errors.push(error));
  pusher.signin();
  await expect
    .poll(() => errors)
    .toEqual([{ type: 'AuthError', error: expect.stringContaining('who are you?'), status: 403 }]);
});

test('the face of a client that signs in by itself knows its user', async () => {
  const made = face();
  const { server, clock } = made;
  made.client.destroy();
  const { pusher, client } = face({
    ...server.options,
    auth: backendAuth({
      endpoint: server.endpoints.auth,
      token: () => server.issueToken(),
      user: userEndpoint(server.endpoints.user),
    }),
  });
  const heard: unknown[] = [];
  pusher.user.bind('paid', (data: unknown) => heard.push(data));
  expect([client.status.get().state, pusher.user.user_data]).toEqual(['idle', null]);
  pusher.connect();
  await clock.settle();
  pusher.signin();
  expect(pusher.user.user_data).toEqual({ id: 'user-1', user_info: { name: 'user-1' } });
  server.trigger('#server-to-user-user-1', 'paid', { n: 1 });
  await clock.settle();
  expect(heard).toEqual([{ n: 1 }]);
});

test('over a client without an endpoint for users, signin says what to pass', () => {
  const { pusher } = face();
  expect(pusher.user.user_data).toBe(null);
  expect(() => pusher.signin()).toThrow(
    expect.objectContaining({ message: expect.stringContaining('userEndpoint') }),
  );
});
